import CairnHash
import CairnIndex
import CairnLedger
import CairnPeers
import CairnStore
import Foundation

/// Files of the sample ledger: what a fuzzer of a file's format begins with.
enum SampleFiles {
    /// Nil for a target whose inputs don't come from a data directory.
    static func sample(for target: FuzzTarget) throws -> [UInt8]? {
        let ledger = SampleLedger.shared
        switch target {
        case .frames:
            let segment = ledger.disk.contents(of: Segment.path(firstBlock: 0)) ?? []
            return Array(segment.dropFirst(Segment.headerByteCount))
        case .seal: return ledger.disk.contents(of: Seal.path)
        case .places: return ledger.disk.contents(of: BlockPlaces.path)
        case .epochs: return try self.epochs()
        case .tree: return ledger.disk.contents(of: TreeFiles.path(level: 0))
        case .journal: return try self.journal()
        case .base: return try self.base()
        case .address: return self.addresses()
        case .index: return try self.index()
        default: return nil
        }
    }

    private static func epochs() throws -> [UInt8] {
        let disk = MemoryDisk()
        let file = EpochFile(file: try disk.open(EpochFile.path, .create))
        try file.write(3, of: 0)
        try file.write(5, of: 1)
        return disk.contents(of: EpochFile.path) ?? []
    }

    private static func journal() throws -> [UInt8] {
        let disk = MemoryDisk()
        var journal = try Journal.create(
            on: disk, chain: SampleLedger.shared.chain, key: SampleLedger.key.publicKey, roomBytes: 512)
        let final = try LedgerStore.open(on: SampleLedger.shared.disk.copy()).store.block(2)
        for entry in [
            JournalEntry.block(final.block),
            .vote(JournalEntry.OwnVote(epoch: 0, view: 3, kind: .notarise, blockHash: .zero)),
        ] {
            try journal.append(entry)
            _ = try journal.sync()
        }
        return disk.contents(of: JournalFile.path(generation: 1)) ?? []
    }

    private static func base() throws -> [UInt8] {
        let store = try LedgerStore.open(on: SampleLedger.shared.disk.copy()).store
        let last = try store.header(of: 5)
        return ChainBase(
            history: try store.memberHistory(), last: last,
            edge: try store.treeEdge(at: last.treeSize, root: last.treeRoot),
            submissions: [
                (SubmissionID(client: [1], idempotencyKey: [2]), SubmissionWindow.Place(firstRecord: 1, count: 2))
            ]
        ).encoded()
    }

    private static func addresses() -> [UInt8] {
        let identity = PeerIdentity(key: SampleLedger.key, chain: SampleLedger.shared.chain)
        let address = PeerAddress(host: "example.org", port: 5_001)
        return AddressFile(
            records: [AddressRecord([address], sequence: 1, identity: identity)], added: [address]
        ).encoded()
    }

    private static func index() throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: "cairn-fuzz-\(UUID()).sqlite")
        defer { try? FileManager.default.removeItem(at: file) }
        let index = try LedgerIndex(path: file.path(percentEncoded: false), chain: .zero) { _ in nil }
        let hash = Digest(hashing: [1])
        try index.add(blockHashes: [.zero, hash], from: 0, leafHashes: [hash, .zero, hash], from: 0)
        index.close()
        return [UInt8](try Data(contentsOf: file))
    }
}
