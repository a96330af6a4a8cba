public import CairnLedger

extension LedgerWriter {
    /// Whether all that was appended is shown, and more can be.
    public var isSettled: Bool { self.pending.isEmpty && self.failure == nil }

    /// The newest block that was appended, shown or not.
    public var lastAppended: BlockIndex { self.pending.last?.head.index ?? self.shownHead.index }

    /// The newest block that readers see.
    public var head: LedgerHead { self.shownHead }

    /// Goes on in the files of another writer of the same ledger, which has come to the same block: the store of this one
    /// is the one that stays, whoever holds it.
    ///
    /// - Precondition: both show the same newest block, and nothing else is on its way.
    public mutating func takeOver(_ other: consuming LedgerWriter) {
        precondition(self.shownHead == other.shownHead, "both have the same blocks")
        precondition(self.isSettled && other.isSettled, "all that was appended is shown, and no writer failed")
        self.grower = other.grower
        self.segments = other.segments
        self.end = other.end
        self.sealFile = other.sealFile
        self.sealSequence = other.sealSequence
        self.shownEnd = other.shownEnd
        self.durableBlocks = other.durableBlocks
        self.hasNewSegment = other.hasNewSegment
        self.isSealed = other.isSealed
        self.reserved = other.reserved
        self.store.takeOver(other.store)
    }
}
