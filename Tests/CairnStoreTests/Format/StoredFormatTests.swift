import CairnHash
import CairnLedger
import CairnStore
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Writes the ledger of `StoredVectors` and compares every file.
struct StoredFormatTests {
    private let key: PrivateKey

    init() throws {
        let seed = try #require(Hex.decode(StoredVectors.seed))
        self.key = try #require(PrivateKey(seed: seed))
    }

    /// A disk with the ledger on it, closed.
    private func disk() throws -> MemoryDisk {
        let members = try #require(MemberSet([Member(key: self.key.publicKey)], faultModel: .bft))
        let settings = try GenesisSettings(
            name: "example.org/stones", message: "Every stone counts.", random: Array(0..<16), members: members)
        let start = Timestamp(microseconds: StoredVectors.timestamp)
        let disk = MemoryDisk()
        try LedgerStore.create(
            on: disk, genesis: settings.genesisBlock(proposer: self.key.publicKey, timestamp: start))
        let opened = try LedgerStore.open(on: disk)
        var chain = opened.chain
        var writer = opened.takeWriter()
        func id(_ client: String, _ key: String) -> SubmissionID {
            SubmissionID(client: Array(client.utf8), idempotencyKey: Array(key.utf8))
        }
        let submissions = SubmissionList([
            .init(id: id("alice", "one"), offsets: 0..<2), .init(id: id("alice", "two"), offsets: 3..<4),
            .init(id: id("bob", "one"), offsets: 4..<5),
        ])
        for (texts, submissions) in [
            ([#"{"a":[true,null],"b":1}"#, #""stoné""#, "1e+21", "0.1", "{}"], submissions), (["[]"], nil),
        ] {
            var entries = Entries()
            for text in texts { entries.append(try Record(json: text)) }
            let proposed = chain.tip.makeBlock(
                entries: entries, leafHashes: entries.leafHashes(), submissions: submissions,
                proposer: self.key.publicKey, now: Timestamp(microseconds: start.microseconds + 1_500_000))
            let view = View(proposed.block.index.rawValue)
            let vote = Vote(chain: chain.chain, epoch: 0, view: view, kind: .finalise, blockHash: proposed.hash)
            let certificate = Certificate(
                epoch: 0, view: view, blockHash: proposed.hash,
                votes: [.init(member: 0, signature: self.key.sign(vote.message))])
            try writer.append(
                FinalBlock(block: proposed.block, certificate: certificate), leafHashes: proposed.leafHashes)
            _ = try writer.sync()
            chain.advance(to: proposed)
        }
        try writer.close()
        return disk
    }

    @Test func segment() throws {
        let bytes = try #require(try self.disk().contents(of: "blocks/00000000000000000000.log"))
        #expect(Hex.encode(bytes.prefix(64)) == StoredVectors.segmentHeader)
        var place = 64
        for header in StoredVectors.frameHeaders {
            #expect(Hex.encode(bytes[place..<place + 24]) == header)
            let lengths = bytes[place + 8..<place + 16].map { Int($0) }
            place += 24 + (lengths[2] << 8 | lengths[3]) + (lengths[6] << 8 | lengths[7])
        }
        #expect(place == bytes.count)
        #expect(bytes.count == StoredVectors.segmentByteCount)
        #expect(Digest(hashing: bytes).description == StoredVectors.segmentDigest)
    }

    @Test func places() throws {
        let bytes = try #require(try self.disk().contents(of: "blocks/index"))
        #expect(Hex.encode(bytes) == StoredVectors.places.joined())
    }

    @Test func seal() throws {
        let bytes = try #require(try self.disk().contents(of: "blocks/seal"))
        #expect(bytes.count == 1_024)
        let slot = bytes[512...]
        #expect(Hex.encode(slot.prefix(72)) == StoredVectors.sealFields)
        #expect(slot.dropFirst(72).dropLast(4).allSatisfy { $0 == 0 })
        #expect(Hex.encode(slot.suffix(4)) == StoredVectors.sealChecksum)
    }

    @Test func aNewLedgerHasNothingToPutRight() throws {
        let members = try #require(MemberSet([Member(key: self.key.publicKey)], faultModel: .bft))
        let settings = try GenesisSettings(name: "a", message: "", random: Array(0..<16), members: members)
        let disk = MemoryDisk()
        try LedgerStore.create(
            on: disk,
            genesis: settings.genesisBlock(proposer: self.key.publicKey, timestamp: Timestamp(microseconds: 0)))
        for _ in 0..<3 {
            let opened = try LedgerStore.open(on: disk)
            #expect(opened.repairs == [])
            var writer = opened.takeWriter()
            try writer.close()
        }
    }

    @Test func tree() throws {
        let disk = try self.disk()
        let bytes = try #require(disk.contents(of: "tree/0"))
        #expect(bytes.count == 6 * 32)
        #expect(Digest(hashing: bytes).description == StoredVectors.treeDigest)
        for level in 1...7 { #expect(disk.contents(of: "tree/\(level)") == []) }
    }

    @Test func keyFile() throws {
        let disk = MemoryDisk()
        disk.setContents(of: "node.key", to: Array(StoredVectors.keyFile.utf8))
        #expect(try KeyFile.read(on: disk).publicKey == self.key.publicKey)
        // And what is made has the same form.
        let other = MemoryDisk()
        let made = try KeyFile.readOrCreate(on: other)
        let text = String(decoding: other.contents(of: "node.key") ?? [], as: UTF8.self)
        #expect(text == "cairn node key 1\nseed \(Hex.encode(made.seed))\npublic \(made.publicKey)\n")
    }

    @Test func everyVectorIsInTheDocument() throws {
        var folder = URL(filePath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        let document = try String(contentsOf: folder.appending(path: "docs/formats.md"), encoding: .utf8)
        let vectors =
            [
                StoredVectors.segmentDigest, StoredVectors.segmentHeader, StoredVectors.sealFields,
                StoredVectors.sealChecksum, StoredVectors.epochs, StoredVectors.treeDigest,
                String(StoredVectors.segmentByteCount),
            ] + StoredVectors.frameHeaders + StoredVectors.places
            + StoredVectors.keyFile.split(separator: "\n").map(String.init)
        for vector in vectors { #expect(document.contains(vector), "\(vector)") }
    }
}
