package import CairnLedger
package import CairnNode

/// A ledger as commands read it: a data directory or a running node.
package protocol LedgerSource: Sendable {
    func record(_ number: RecordNumber) async throws(CommandFailure) -> LedgerRecord

    /// Calls `body` with `count` records from `first` on, in order. All of them must be in the ledger.
    func forEachRecord(
        from first: RecordNumber, count: UInt64, _ body: (LedgerRecord) throws(CommandFailure) -> Void
    ) async throws(CommandFailure)

    /// Blocks in ascending order, all of which must be in the chain.
    func blocks(_ range: ClosedRange<BlockIndex>) async throws(CommandFailure) -> [BlockSummary]

    /// `size` nil: in the ledger as it is now.
    func inclusionProof(of number: RecordNumber, in size: TreeSize?) async throws(CommandFailure) -> InclusionProof
    func consistencyProof(from old: TreeSize, to new: TreeSize?) async throws(CommandFailure) -> ConsistencyProof

    func status() async throws(CommandFailure) -> LedgerStatus

    /// To be called once, at the end.
    func close() async
}

/// The same for commands that write or sign, for which a data directory's key is needed.
package protocol WritableLedger: LedgerSource {
    /// Appends records that fit one block, and returns when they are final and durable.
    ///
    /// - Parameter idempotencyKey: names the submission: one of the same key is written once.
    func append(_ entries: Entries, idempotencyKey: String?) async throws(CommandFailure) -> AppendedBatch

    /// A proof file, with a checkpoint that holds the record.
    func tlogProof(of number: RecordNumber) async throws(CommandFailure) -> TLogProof

    /// By which keys checkpoints are signed.
    func noteKeys() async throws(CommandFailure) -> LedgerNoteKeys
}
