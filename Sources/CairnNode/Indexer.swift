internal import CairnHash
internal import CairnIndex
internal import CairnLedger
internal import CairnStore
internal import Dispatch
internal import Foundation
internal import Logging
internal import Synchronization

/// Lets the index follow the ledger, on a thread of its own and of the lowest priority: it never holds up an append.
final class Indexer: Sendable {
    /// Records that go into one transaction: large enough to be fast, small enough to stop soon.
    private static let batchRecords = 8_192
    /// How long it lets blocks gather before it takes them: many small transactions would cost more than a few large.
    private static let gatherTime = DispatchTimeInterval.milliseconds(250)

    private let index: LedgerIndex
    private let store: LedgerStore
    private let logger: Logger
    private let wake = DispatchSemaphore(value: 0)
    private let stopping = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    private struct State {
        var isStopping = false
        var isAwake = false
        var nextBlock: BlockIndex = 0
        var failure: String?
    }

    init(index: LedgerIndex, store: LedgerStore, logger: Logger) throws(IndexError) {
        self.index = index
        self.store = store
        self.logger = logger
        let next = try index.nextBlock()
        self.state.withLock { $0.nextBlock = next }
    }

    /// The newest block that the index knows.
    var indexedBlock: BlockIndex? {
        self.state.withLock { $0.nextBlock.previous() }
    }

    func start() {
        let thread = Thread { self.run() }
        thread.name = "cairn.index"
        thread.start()
    }

    /// The ledger has grown.
    func signal() {
        let mustWake = self.state.withLock { state in
            defer { state.isAwake = true }
            return !state.isAwake
        }
        if mustWake { self.wake.signal() }
    }

    /// Ends the thread, and waits for it.
    func stop() {
        self.state.withLock { $0.isStopping = true }
        self.wake.signal()
        self.stopping.signal()
        self.finished.wait()
        self.index.close()
    }

    private func run() {
        Self.lowerPriority()
        defer { self.finished.signal() }
        while true {
            let (next, isStopping) = self.state.withLock { state in
                state.isAwake = false
                return (state.nextBlock, state.isStopping)
            }
            if isStopping { return }
            if next > self.store.head.index {
                self.wake.wait()
                // Ends early only when the node stops.
                _ = self.stopping.wait(timeout: .now() + Self.gatherTime)
                continue
            }
            do {
                let after = try self.addBatch(from: next)
                self.state.withLock { $0.nextBlock = after }
            } catch {
                self.state.withLock { $0.failure = "\(error)" }
                self.logger.error(
                    "the index stopped; it is taken up at the next start", metadata: ["error": "\(error)"])
                return
            }
        }
    }

    private func addBatch(from first: BlockIndex) throws -> BlockIndex {
        let head = self.store.head.index
        var blocks: [LedgerIndex.IndexedBlock] = []
        var records = 0
        var next = first
        while next <= head, records < Self.batchRecords {
            let block = try self.store.block(next).block
            let leafHashes = try self.store.leafHashes(from: block.firstRecord, count: block.entries.count)
            blocks.append(
                LedgerIndex.IndexedBlock(
                    index: next, hash: block.header.hash, firstRecord: block.firstRecord, leafHashes: leafHashes))
            records += max(1, leafHashes.count)
            next = next.next()
        }
        try self.index.add(blocks)
        return next
    }

    private static func lowerPriority() {
        #if os(Linux)
            // On Linux this is the priority of the calling thread alone.
            setpriority(__priority_which_t(0), 0, 19)
        #endif
    }
}
