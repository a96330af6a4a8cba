import CairnHash
import CairnLedger
import CairnNode
import Logging

/// A ledger in a data directory that no running node uses.
struct LocalLedger: LedgerSource {
    /// Records that are read at once: with the largest records, 64 MiB.
    private static let pageRecords = 1_024

    private let node: Node
    private let directory: String

    init(directory: String, logger: Logger) throws(CommandFailure) {
        var configuration = Node.Configuration(dataDirectory: directory)
        // Nothing here looks anything up by hash.
        configuration.isIndexed = false
        do throws(NodeError) {
            self.node = try Node.open(configuration, logger: logger)
        } catch {
            throw CommandFailure(opening: directory, error)
        }
        self.directory = directory
    }

    func append(_ entries: Entries, idempotencyKey: String?) async throws(CommandFailure) -> AppendedBatch {
        // A data directory has one user, who needs no name.
        let id = idempotencyKey.map { SubmissionID(client: [], idempotencyKey: Array($0.utf8)) }
        let submission: Submission
        do throws(SubmissionError) {
            submission = try Submission(id: id, entries: entries)
        } catch {
            throw .failed("nothing was appended: \(error)")
        }
        let receipt: Receipt
        do throws(AppendError) {
            receipt = try await self.node.submit(submission)
        } catch {
            throw .failed("nothing was appended: \(error)")
        }
        return AppendedBatch(
            firstRecord: receipt.firstRecord, count: receipt.count,
            leafHash: receipt.count == 1 ? submission.leafHashes.first : nil, blockIndex: receipt.block.index,
            blockHash: receipt.block.hash, timestamp: receipt.block.timestamp.description, isRepeat: receipt.isRepeat)
    }

    func record(_ number: RecordNumber) throws(CommandFailure) -> LedgerRecord {
        try self.read { node throws(ReadError) in LedgerRecord(try node.record(number)) }
    }

    func forEachRecord(
        from first: RecordNumber, count: UInt64, _ body: (LedgerRecord) throws(CommandFailure) -> Void
    ) throws(CommandFailure) {
        var next = first
        let end = first.rawValue + count
        while next.rawValue < end {
            let limit = Int(min(UInt64(Self.pageRecords), end - next.rawValue))
            let records = try self.read { node throws(ReadError) in try node.records(from: next, limit: limit) }
            for record in records { try body(LedgerRecord(record)) }
            next = next + records.count
        }
    }

    func blocks(_ range: ClosedRange<BlockIndex>) throws(CommandFailure) -> [BlockSummary] {
        var summaries: [BlockSummary] = []
        for index in range.lowerBound.rawValue...range.upperBound.rawValue {
            let final = try self.read { node throws(ReadError) in try node.block(BlockIndex(index)) }
            summaries.append(BlockSummary(final.block))
        }
        return summaries
    }

    func inclusionProof(of number: RecordNumber, in size: TreeSize?) throws(CommandFailure) -> InclusionProof {
        try self.read { node throws(ReadError) in try node.inclusionProof(of: number, in: size) }
    }

    func consistencyProof(from old: TreeSize, to new: TreeSize?) throws(CommandFailure) -> ConsistencyProof {
        try self.read { node throws(ReadError) in try node.consistencyProof(from: old, to: new) }
    }

    func tlogProof(of number: RecordNumber) async throws(CommandFailure) -> TLogProof {
        // A record that isn't there has no checkpoint, ever.
        _ = try self.inclusionProof(of: number, in: nil)
        guard let checkpoint = await self.node.checkpoint(covering: number) else { throw .failed("interrupted") }
        return try self.read { node throws(ReadError) in try node.proof(of: number, in: checkpoint) }
    }

    func noteKeys() throws(CommandFailure) -> LedgerNoteKeys {
        LedgerNoteKeys(
            origin: self.node.genesisSettings.name, chain: self.node.chain, epoch: 0,
            members: self.node.genesisSettings.members, keys: self.node.noteKeys)
    }

    func status() throws(CommandFailure) -> LedgerStatus {
        let status = self.node.status
        return LedgerStatus(
            place: self.directory, name: status.name, chain: status.chain, key: status.key.description,
            headIndex: status.head.index, headHash: status.headHash,
            headTimestamp: status.head.timestamp.description, treeSize: status.head.treeSize,
            treeRoot: status.head.treeRoot, version: status.version, notReady: status.notReady)
    }

    func close() async {
        await self.node.shutdown()
    }

    private func read<Result>(_ body: (Node) throws(ReadError) -> Result) throws(CommandFailure) -> Result {
        do throws(ReadError) {
            return try body(self.node)
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
