internal import CairnHash
internal import CairnIndex
internal import CairnLedger
internal import CairnLock
internal import CairnStore
internal import Dispatch
internal import Foundation
internal import Logging

/// Lets the index follow the ledger, on a thread of its own and of the lowest priority: it never holds up an append.
///
/// While records come in it waits until many have gathered, since one large transaction costs a fraction of many small
/// ones. What it lacks meanwhile, look-ups find in the ledger itself: see `Node.blockIndex(withHash:)`.
final class Indexer: Sendable {
    /// Records that are worth a transaction while more come in.
    static let batchRecords: UInt64 = 1 << 18
    /// Headers that are read before it looks whether it has to stop.
    private static let blocksAtOnce = 64
    /// How long the ledger has to be quiet before it takes fewer.
    private static let quietTime = DispatchTimeInterval.milliseconds(250)

    private let index: LedgerIndex
    private let store: LedgerStore
    private let logger: Logger
    private let wake = DispatchSemaphore(value: 0)
    private let stopping = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)
    private let state = Lock(State())
    private let indexedRecords: Lock<UInt64>

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
        let (next, records) = try index.watermark()
        self.indexedRecords = Lock(records)
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
        LowPriority.takeOnThisThread()
        defer { self.finished.signal() }
        while true {
            let (next, isStopping) = self.state.withLock { state in
                state.isAwake = false
                return (state.nextBlock, state.isStopping)
            }
            if isStopping { return }
            let head = self.store.head
            if next > head.index {
                self.wake.wait()
                continue
            }
            if head.treeSize.rawValue - self.indexedRecords.withLock({ $0 }) < Self.batchRecords {
                // Ends early only when the node stops.
                _ = self.stopping.wait(timeout: .now() + Self.quietTime)
                if self.store.head.index != head.index { continue }
            }
            do {
                let after = try self.addBatch(from: next)
                self.state.withLock { state in
                    state.nextBlock = after
                    state.failure = nil
                }
            } catch {
                guard self.goesOn(after: error) else { return }
                self.wake.wait()
            }
        }
    }

    /// Whether to try again when the ledger grows the next time.
    private func goesOn(after error: any Error) -> Bool {
        let isFirst = self.state.withLock { state in
            defer { state.failure = "\(error)" }
            return state.failure == nil
        }
        if let error = error as? IndexError {
            if error.isDiskFull {
                if isFirst { self.logger.warning("the index waits for room", metadata: ["error": "\(error)"]) }
                return true
            }
            // Whatever is wrong with the file, the next start would stumble over it again.
            self.index.discard()
        }
        self.logger.error("the index stopped; the next start takes it up", metadata: ["error": "\(error)"])
        return false
    }

    private func addBatch(from first: BlockIndex) throws -> BlockIndex {
        let head = self.store.head.index
        var hashes: [Digest] = []
        var end = self.indexedRecords.withLock { $0 }
        let firstRecord = RecordNumber(rawValue: end)
        var root: Digest?
        var next = first
        // Where every other thread goes first, the least of this may take minutes; stopping must not wait for it.
        let isStopping = { self.state.withLock { $0.isStopping } }
        while next <= head, hashes.count < Self.batchRecords, end - firstRecord.rawValue < Self.batchRecords {
            if hashes.count.isMultiple(of: Self.blocksAtOnce), isStopping() { return first }
            let header = try self.store.header(of: next)
            hashes.append(header.hash)
            end = header.treeSize.rawValue
            root = header.treeRoot
            next = next.next()
        }
        guard let root else { return next }
        let leafHashes = try self.store.leafHashes(from: firstRecord, to: TreeSize(rawValue: end), root: root)
        let isAdded = try self.index.add(
            blockHashes: hashes, from: first, leafHashes: leafHashes, from: firstRecord, isCancelled: isStopping)
        guard isAdded else { return first }
        self.indexedRecords.withLock { $0 = end }
        return next
    }
}
