internal import CairnConsensus
internal import CairnLedger
internal import CairnStore
internal import Dispatch
internal import Logging

/// Fills the history of a ledger that began with a snapshot: catches up from the genesis block to where the snapshot begins,
/// like any node that is behind, beside the ledger that goes on ahead.
///
/// `@unchecked Sendable`: everything mutable is touched on the driver's event loop only.
final class HistoryFill: @unchecked Sendable {
    enum Phase: Sendable {
        case fetching
        /// The history has come to where the snapshot begins.
        case copying
        /// It can't go on; why was logged.
        case stopped
    }

    /// The first block that is ahead.
    let first: BlockIndex
    let keeper: HistoryKeeper
    let disk: any Disk
    var machine: CatchUpMachine
    var phase = Phase.fetching
    /// What was last told of, in blocks.
    var told: UInt64 = 0

    /// - Parameters:
    ///   - opened: the history, as far as it is there.
    ///   - ahead: what is ahead of it.
    init(_ opened: consuming OpenedLedger, ahead: LedgerStore, on disk: any Disk, logger: Logger) {
        let chain = opened.chain
        self.first = ahead.firstBlock
        self.disk = disk
        // There is nobody else to ask for the last few.
        self.machine = CatchUpMachine(
            chain: chain.chain, tip: chain.tip, configuration: CatchUpConfiguration(blocksBehindMin: 1))
        self.keeper = HistoryKeeper(opened) { file in
            logger.warning("the disk is full: the history waits", metadata: ["file": "\(file)"])
        }
    }

    var store: LedgerStore { self.keeper.store }

    /// Whether all blocks before the snapshot are there.
    var isComplete: Bool { self.store.head.index >= self.first }

    /// - Parameter ahead: what is ahead of the history.
    func progress(_ ahead: LedgerStore) -> SnapshotProgress {
        SnapshotProgress(
            firstBlock: self.first, firstRecord: ahead.firstRecord,
            historyHead: min(self.store.head.index, self.first), historySize: self.store.head.treeSize)
    }
}
