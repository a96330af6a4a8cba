import CairnHash
import CairnIndex
import CairnLedger
import Foundation
import GRDB

/// A place for an index, gone with the last reference, and made-up blocks to put into it.
final class TestFile: Sendable {
    let path: String
    static let chain = Digest(hashing: Array("chain".utf8))

    init() {
        let name = "cairn-\(UUID().uuidString).sqlite"
        self.path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
    }

    deinit {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: self.path + suffix) }
    }

    /// - Parameter blocks: how many of the made-up blocks the ledger holds.
    func open(chain: Digest = TestFile.chain, blocks: Int = 6) throws -> LedgerIndex {
        try LedgerIndex(path: self.path, chain: chain) { block in
            block.rawValue < UInt64(blocks) ? Self.hash(ofBlock: block) : nil
        }
    }

    /// Runs SQL behind the index's back.
    func change(_ sql: String) throws {
        let database = try DatabaseQueue(path: self.path)
        try database.write { try $0.execute(sql: sql) }
        try database.close()
    }

    static func hash(ofBlock block: BlockIndex) -> Digest { Digest(hashing: Array("block \(block)".utf8)) }

    /// Every third record is the same one.
    static func leafHash(of number: RecordNumber) -> Digest {
        Digest(hashing: Array(number.rawValue % 3 == 0 ? "same".utf8 : "record \(number)".utf8))
    }

    /// How many records the ledger has with the first so many blocks: three a block, and none in the genesis block.
    static func records(ofBlocks blocks: Int) -> Int { max(0, blocks - 1) * 3 }

    static func add(_ blocks: Range<Int>, to index: LedgerIndex) throws {
        let records = Self.records(ofBlocks: blocks.lowerBound)..<Self.records(ofBlocks: blocks.upperBound)
        try index.add(
            blockHashes: blocks.map { Self.hash(ofBlock: BlockIndex($0)) }, from: BlockIndex(blocks.lowerBound),
            leafHashes: records.map { Self.leafHash(of: RecordNumber($0)) }, from: RecordNumber(records.lowerBound))
    }

    /// What a ledger of so many blocks says of the index.
    func check(blocks: Int = 6) -> LedgerIndex.Finding {
        let ledger = LedgerIndex.Compared(
            chain: Self.chain, blocks: UInt64(blocks),
            blockHash: { $0.rawValue < UInt64(blocks) ? Self.hash(ofBlock: $0) : nil },
            leafHash: { $0.rawValue < UInt64(Self.records(ofBlocks: blocks)) ? Self.leafHash(of: $0) : nil })
        return LedgerIndex.check(path: self.path, against: ledger)
    }
}
