import CairnHash
import CairnIndex
import CairnLedger
import Foundation
import Testing

@Suite("Index")
struct LedgerIndexTests {
    private let file = TestFile()

    @Test("A1, A2: finds blocks and records by hash, and goes on where it was")
    func finding() throws {
        var index = try self.file.open()
        #expect(index.rebuildReason != nil)
        #expect(try index.watermark() == (0, 0))
        try TestFile.add(0..<4, to: index)
        #expect(try index.watermark() == (4, 9))
        index.close()

        index = try self.file.open()
        #expect(index.rebuildReason == nil)
        #expect(try index.watermark() == (4, 9))
        try TestFile.add(4..<6, to: index)
        for block in 0..<6 {
            #expect(try index.blocks(withHash: TestFile.hash(ofBlock: BlockIndex(block))) == [BlockIndex(block)])
        }
        #expect(try index.blocks(withHash: TestFile.hash(ofBlock: 6)) == [])
        for number in [1, 2, 13, 14] {
            let leafHash = TestFile.leafHash(of: RecordNumber(number))
            #expect(try index.records(withLeafHash: leafHash, from: 0, limit: 9) == [RecordNumber(number)])
        }
        #expect(self.file.check() == .inUse)
        index.close()
        #expect(self.file.check() == .good)
    }

    @Test("equal records come in order, from a number on, and not too many")
    func ranges() throws {
        let index = try self.file.open()
        try TestFile.add(0..<6, to: index)
        let same = TestFile.leafHash(of: 0)
        #expect(try index.records(withLeafHash: same, from: 0, limit: 99) == [0, 3, 6, 9, 12])
        #expect(try index.records(withLeafHash: same, from: 3, limit: 2) == [3, 6])
        #expect(try index.records(withLeafHash: same, from: 4, limit: 2) == [6, 9])
        #expect(try index.records(withLeafHash: same, from: 13, limit: 2) == [])
        for first in [UInt64(Int64.max), UInt64(Int64.max) + 1, .max] {
            #expect(try index.records(withLeafHash: same, from: RecordNumber(rawValue: first), limit: 2) == [])
        }
    }

    @Test("blocks are added all or none")
    func atomicity() throws {
        let index = try self.file.open()
        try TestFile.add(0..<3, to: index)
        let hashes = [TestFile.leafHash(of: 1), TestFile.leafHash(of: 2)]
        // The second record is there already, under the same number.
        #expect(throws: IndexError.self) {
            try index.add(blockHashes: [TestFile.hash(ofBlock: 3)], from: 3, leafHashes: hashes, from: 1)
        }
        #expect(try index.watermark() == (3, 6))
        #expect(try index.blocks(withHash: TestFile.hash(ofBlock: 3)) == [])
        index.close()
        #expect(self.file.check(blocks: 3) == .good)
    }

    @Test("is made anew when it is of another chain or another ledger")
    func otherLedger() throws {
        func expectAnew(_ index: LedgerIndex) throws {
            #expect(index.rebuildReason != nil)
            #expect(try index.watermark() == (0, 0))
            try TestFile.add(0..<6, to: index)
            index.close()
        }
        try expectAnew(try self.file.open())
        let again = try self.file.open()
        #expect(again.rebuildReason == nil)
        again.close()
        // Of a shorter ledger, as from a backup.
        try expectAnew(try self.file.open(blocks: 5))
        // Of one that grew otherwise.
        let path = self.file.path
        try expectAnew(try LedgerIndex(path: path, chain: TestFile.chain) { TestFile.hash(ofBlock: $0.next()) })
        // Of another chain.
        let other = try self.file.open(chain: Digest(hashing: []))
        #expect(other.rebuildReason == "it is of another chain")
        try expectAnew(other)
    }

    @Test("what was discarded is made anew")
    func discarding() throws {
        let index = try self.file.open()
        try TestFile.add(0..<2, to: index)
        index.discard()
        #expect(self.file.check() == .missing)
        #expect(throws: IndexError.self) { try index.watermark() }
        #expect(try self.file.open().rebuildReason != nil)
    }
}
