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
}
