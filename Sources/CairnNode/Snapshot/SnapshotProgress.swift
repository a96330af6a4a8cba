public import CairnLedger

/// How far the history of a ledger that began with a snapshot is there.
public struct SnapshotProgress: Hashable, Sendable {
    /// The first block that is there without the history before it.
    public var firstBlock: BlockIndex
    /// The first record of it.
    public var firstRecord: RecordNumber
    /// The newest block of the history.
    public var historyHead: BlockIndex
    /// Records of the history.
    public var historySize: TreeSize

    public init(
        firstBlock: BlockIndex, firstRecord: RecordNumber, historyHead: BlockIndex, historySize: TreeSize
    ) {
        self.firstBlock = firstBlock
        self.firstRecord = firstRecord
        self.historyHead = historyHead
        self.historySize = historySize
    }
}
