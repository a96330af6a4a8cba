import CairnHash
import CairnLedger
import CairnNode

/// A ledger whose directory is read in this process.
protocol DirectoryReading: LedgerSource {
    var reader: LedgerReader { get }
}

/// Records that are read at once: with the largest records, 64 MiB.
private let pageRecords = 1_024

extension DirectoryReading {
    func record(_ number: RecordNumber) throws(CommandFailure) -> LedgerRecord {
        try self.reading { () throws(ReadError) in LedgerRecord(try self.reader.record(number)) }
    }

    func forEachRecord(
        from first: RecordNumber, count: UInt64, _ body: (LedgerRecord) throws(CommandFailure) -> Void
    ) throws(CommandFailure) {
        var next = first
        let end = first.rawValue + count
        while next.rawValue < end {
            let (from, limit) = (next, Int(min(UInt64(pageRecords), end - next.rawValue)))
            let records = try self.reading { () throws(ReadError) in try self.reader.records(from: from, limit: limit) }
            for record in records { try body(LedgerRecord(record)) }
            next = next + records.count
        }
    }

    func blocks(_ range: ClosedRange<BlockIndex>) throws(CommandFailure) -> [BlockSummary] {
        var summaries: [BlockSummary] = []
        for index in range.lowerBound.rawValue...range.upperBound.rawValue {
            let final = try self.reading { () throws(ReadError) in try self.reader.listedBlock(BlockIndex(index)) }
            summaries.append(BlockSummary(final.block))
        }
        return summaries
    }

    func inclusionProof(of number: RecordNumber, in size: TreeSize?) throws(CommandFailure) -> InclusionProof {
        try self.reading { () throws(ReadError) in try self.reader.inclusionProof(of: number, in: size) }
    }

    func consistencyProof(from old: TreeSize, to new: TreeSize?) throws(CommandFailure) -> ConsistencyProof {
        try self.reading { () throws(ReadError) in try self.reader.consistencyProof(from: old, to: new) }
    }

    func reading<Result>(_ body: () throws(ReadError) -> Result) throws(CommandFailure) -> Result {
        do throws(ReadError) {
            return try body()
        } catch {
            throw .failed("\(error)")
        }
    }
}

extension LedgerRecord {
    fileprivate init(_ stored: StoredRecord) {
        self.init(
            number: stored.number, record: stored.record, leafHash: stored.leafHash, blockIndex: stored.block.index,
            blockHash: stored.block.hash, timestamp: stored.block.timestamp.description)
    }
}

extension BlockSummary {
    fileprivate init(_ block: Block) {
        self.init(
            index: block.index, hash: block.header.hash, timestamp: block.header.timestamp.description,
            previousHash: block.header.previousHash, treeSize: block.header.treeSize,
            treeRoot: block.header.treeRoot, recordCount: UInt64(block.entries.count))
    }
}
