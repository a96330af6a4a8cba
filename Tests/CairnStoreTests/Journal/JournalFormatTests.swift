import CairnHash
import CairnLedger
import CairnStore
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Writes the journal of docs/formats.md, whose bytes come from a program of its own in another language.
struct JournalFormatTests {
    private static let header =
        "43524e4a00000001e64917938b5c3c3dc8aa933254c560d799539274b28d5d45b258ad34e78441aad75a980182b10ab7d54bfed3c964"
        + "073a0ee172f3daa62325af021a68f707511a0000000000000002000000000000000100000000000000010000000000000001"
        + "0000000000000800"
    private static let headerChecksum = "1d2bb5d4"
    private static let firstCell =
        "7ac0ec2d000000000000000000000001000000320200000000000000000000000000000007015b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b"
        + "5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b"
    private static let secondCell =
        "93296a96000000000000000000000002000000320200000000000000000000000000000007035b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b"
        + "5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b0000003202000000000000000000000000000000080200000000000000000000000000000000"
        + "00000000000000000000000000000000"
    private static let digest = "f59675961f07604349b5b289787362427b4e7ea8620bc7aeb6b42457552098c4"

    @Test func journal() throws {
        let key = try #require(Hex.decode(StoredVectors.seed).flatMap(PrivateKey.init(seed:)))
        let chain = try #require(Digest(hex: "e64917938b5c3c3dc8aa933254c560d799539274b28d5d45b258ad34e78441aa"))
        let hash = try #require(Digest(bytes: Array(repeating: 0x5B, count: 32)))
        func vote(_ view: View, _ kind: Vote.Kind) -> JournalEntry {
            .vote(.init(epoch: 0, view: view, kind: kind, blockHash: kind == .nullify ? .zero : hash))
        }
        let disk = MemoryDisk()
        var journal = try Journal.create(on: disk, chain: chain, key: key.publicKey, roomBytes: 2_048)
        try journal.append(vote(7, .notarise))
        try journal.trim(keeping: [vote(7, .notarise)])
        try journal.append(vote(7, .finalise))
        try journal.append(vote(8, .nullify))
        _ = try journal.sync()

        let bytes = try #require(disk.contents(of: "journal/0000000000000002.log"))
        #expect(Hex.encode(bytes[0..<112]) == Self.header)
        #expect(Hex.encode(bytes[508..<512]) == Self.headerChecksum)
        #expect(Hex.encode(bytes[512..<582]) == Self.firstCell)
        #expect(Hex.encode(bytes[1_024..<1_148]) == Self.secondCell)
        #expect(Digest(hashing: bytes).description == Self.digest)
    }

    @Test func everyVectorIsInTheDocument() throws {
        var folder = URL(filePath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        let document = try String(contentsOf: folder.appending(path: "docs/formats.md"), encoding: .utf8)
        for vector in [Self.header, Self.headerChecksum, Self.firstCell, Self.secondCell, Self.digest] {
            #expect(document.contains(vector), "\(vector)")
        }
    }
}
