internal import CairnLedger
internal import CairnStore
internal import Logging

/// The ledger of a data directory as a node uses it, and its history when that isn't part of it yet.
struct OpenedNode: ~Copyable {
    let opened: OpenedLedger
    let history: HistoryFill?

    consuming func takeOpened() -> OpenedLedger { self.opened }

    static func open(on disk: any Disk, logger: Logger) throws(StoreError) -> OpenedNode {
        let whole = try LedgerStore.open(on: disk)
        guard try LedgerAhead.exists(on: disk) else {
            // A crash in the making of it, or in its removal.
            try LedgerAhead.remove(from: disk)
            return OpenedNode(opened: whole, history: nil)
        }
        let ahead = try LedgerAhead.open(on: disk, genesis: try whole.store.block(0).block)
        for repair in whole.repairs { logger.warning("repaired", metadata: ["what": "\(repair)"]) }
        let store = ahead.store
        return OpenedNode(opened: ahead, history: HistoryFill(whole, ahead: store, on: disk, logger: logger))
    }
}
