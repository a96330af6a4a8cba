import CairnHash
import CairnLedger
import Foundation

/// A log in memory that answers as a node does, and can be made to lie.
struct FakeLog: Sendable {
    static let origin: ExactText = "example.com/fake"
    static let chain = Digest(hashing: Array("a chain".utf8))

    let keyring: NoteKeyring
    let members: MemberSet
    private(set) var records: [Record] = []
    private(set) var tree = MerkleTree()
    /// Answers that are given in place of the right ones.
    var lies: [String: FakeServer.Answer] = [:]
    /// Entries that bundles hold in place of the right ones.
    var wrongEntries: [Int: Record] = [:]

    /// - Parameter seed: of the member's key.
    init(_ count: Int = 0, seed: UInt8 = 1, origin: ExactText = Self.origin) throws {
        guard let key = PrivateKey(seed: [UInt8](repeating: seed, count: 32)),
            let members = MemberSet([Member(key: key.publicKey, power: 1)], faultModel: .majority)
        else { preconditionFailure("32 bytes are a seed, one member is a set") }
        self.members = members
        self.keyring = try NoteKeyring(nodeKey: key, chain: Self.chain, origin: origin)
        self.origin = origin
        try self.append(count)
    }

    private let origin: ExactText

    mutating func append(_ count: Int, _ name: String = "n") throws {
        for _ in 0..<count { try self.append(json: #"{"\#(name)":\#(self.records.count)}"#) }
    }

    mutating func append(json: String) throws {
        let record = try Record(json: json)
        self.records.append(record)
        self.tree.append(record.leafHash)
    }

    func policy() throws -> TrustPolicy {
        try TrustPolicy(
            origin: self.origin, chain: Self.chain, epoch: 0, members: self.members, keys: [self.keyring.certified])
    }

    func signed(_ size: TreeSize? = nil, time: UInt64 = 1_700_000_000) -> SignedCheckpoint {
        let size = size ?? self.tree.size
        let checkpoint = Checkpoint(origin: self.origin, size: size, root: self.tree.root(at: size))
        let signatures = self.keyring.sign(checkpoint, time: time)
        return SignedCheckpoint(checkpoint, signatures: [signatures.log, signatures.cosignature])
    }

    // MARK: Answers

    func answer(_ uri: String) -> FakeServer.Answer {
        if let lie = self.lies[uri] { return lie }
        if let lie = self.lies[String(uri.prefix { $0 != "?" })] { return lie }
        if uri == "/checkpoint" { return .ok(self.signed().bytes) }
        let numbers = uri.matches(of: /\d+/).compactMap { UInt64($0.output) }
        if uri.hasPrefix("/v1/consistency") { return self.growth(from: numbers[1], to: numbers[2]) }
        if uri.hasPrefix("/tile/entries/"), let tile = Tile(path: uri.dropFirst(6).utf8) { return self.entries(tile) }
        if uri.hasPrefix("/tile/0/"), let tile = Tile(path: uri.dropFirst(6).utf8) { return self.hashes(tile) }
        guard uri.hasPrefix("/v1/records/"), numbers[1] < self.tree.size.rawValue else { return .status(404) }
        let number = RecordNumber(rawValue: numbers[1])
        if uri.hasSuffix("/tlog-proof") {
            let path = self.tree.inclusionProof(of: number, in: self.tree.size)
            return .ok(TLogProof(index: number, path: path, checkpoint: self.signed()).bytes)
        }
        if uri.contains("/proof") {
            guard numbers[2] <= self.tree.size.rawValue else { return .status(404) }
            let path = self.tree.inclusionProof(of: number, in: TreeSize(rawValue: numbers[2]))
            return .json(#"{"number":\#(number),"tree_size":\#(numbers[2]),"path":\#(Self.list(path))}"#)
        }
        return .json(#"{"number":\#(number),"data":\#(self.records[Int(number.rawValue)].text)}"#)
    }

    private func growth(from old: UInt64, to new: UInt64) -> FakeServer.Answer {
        guard new <= self.tree.size.rawValue else { return .status(404) }
        let (old, new) = (TreeSize(rawValue: old), TreeSize(rawValue: new))
        let path = self.tree.consistencyProof(from: old, to: new)
        return .json(
            #"{"from":\#(old),"to":\#(new),"from_root":"\#(self.tree.root(at: old))","path":\#(Self.list(path))}"#)
    }

    private func entries(_ tile: Tile) -> FakeServer.Answer {
        let first = Int(tile.index) * Tile.widthMax
        guard first + tile.width <= self.records.count else { return .status(404) }
        var entries = Entries()
        for place in first..<first + tile.width { entries.append(self.wrongEntries[place] ?? self.records[place]) }
        return .ok(entries.bytes)
    }

    private func hashes(_ tile: Tile) -> FakeServer.Answer {
        let first = Int(tile.index) * Tile.widthMax
        guard first + tile.width <= self.records.count else { return .status(404) }
        return .ok(self.records[first..<first + tile.width].flatMap(\.leafHash.bytes))
    }

    private static func list(_ hashes: [Digest]) -> String {
        "[" + hashes.map { "\"\($0)\"" }.joined(separator: ",") + "]"
    }
}
