import CairnHash
import CairnLedger
import CairnNode
import Logging

/// A ledger in a data directory that no running node uses, with the directory's key.
struct LocalLedger: WritableLedger, DirectoryReading {
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

    var reader: LedgerReader { self.node.reader }

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

    func tlogProof(of number: RecordNumber) async throws(CommandFailure) -> TLogProof {
        // A record that isn't there has no checkpoint, ever.
        _ = try self.inclusionProof(of: number, in: nil)
        guard let checkpoint = await self.node.checkpoint(covering: number) else { throw .failed("interrupted") }
        return try self.reading { () throws(ReadError) in try self.node.proof(of: number, in: checkpoint) }
    }

    func noteKeys() throws(CommandFailure) -> LedgerNoteKeys {
        LedgerNoteKeys(
            origin: self.node.genesisSettings.name, chain: self.node.chain, epoch: 0,
            members: self.node.genesisSettings.members, keys: self.node.noteKeys)
    }

    func status() throws(CommandFailure) -> LedgerStatus {
        let status = self.node.status
        return LedgerStatus(
            place: self.directory, name: status.name, chain: status.chain,
            predecessor: self.node.genesisSettings.predecessor, key: status.key.description,
            headIndex: status.head.index, headHash: status.headHash,
            headTimestamp: status.head.timestamp.description, treeSize: status.head.treeSize,
            treeRoot: status.head.treeRoot, version: status.version, notReady: status.notReady,
            warnings: status.readiness.cautions.map { "\($0)" })
    }

    func close() async {
        await self.node.shutdown()
    }
}
