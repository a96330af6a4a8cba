public import CairnLedger

extension LedgerStore {
    /// Begins the repair of the segment that holds a block of the ledger, or of an earlier one when that is damaged too.
    /// Reads the segment; blocking. Nothing is changed before `LedgerWriter.repair`.
    public func beginRepair(of block: BlockIndex) throws(StoreError) -> SegmentRepair {
        let snapshot = self.snapshot
        let log = DamagedLog(
            segments: snapshot.segments, chain: snapshot.members.chain, head: (snapshot.head.index, snapshot.head.hash),
            places: self.places, tree: self.tree, epochs: self.epochs, verifier: self.verifier)
        return try SegmentRepair(log, at: try log.start(for: min(block, snapshot.head.index)))
    }

    /// The first block of the file that holds a block of the ledger. A repair puts the whole file right.
    package func firstBlockInFile(with block: BlockIndex) -> BlockIndex {
        self.snapshot.segments.last(where: { $0.firstBlock <= block })?.firstBlock ?? 0
    }
}
