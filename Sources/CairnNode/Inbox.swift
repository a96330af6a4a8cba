internal import CairnConsensus
internal import CairnLedger
internal import Synchronization

/// Where any thread leaves submissions for the one that writes, and how much may be on its way.
final class Inbox: Sendable {
    typealias Completion = @Sendable (Result<Receipt, AppendError>) -> Void

    struct Item: Sendable {
        var submission: Submission
        var completion: Completion
    }

    private struct State {
        var items: [Item] = []
        /// Submissions that were taken in and not answered.
        var records = 0
        var bytes = 0
        var isClosed = false
    }

    private let capacity: Mempool.Capacity
    private let state = Mutex(State())

    init(capacity: Mempool.Capacity) {
        self.capacity = capacity
    }

    /// Records that wait or are being written.
    var records: Int {
        self.state.withLock { $0.records }
    }

    enum Addition {
        /// The writer has to be told.
        case first
        case added
        case refused(AppendError)
    }

    func add(_ item: Item) -> Addition {
        self.state.withLock { state in
            if state.isClosed { return .refused(.stopped) }
            let records = state.records + item.submission.entries.count
            let bytes = state.bytes + item.submission.entries.bytes.count
            guard state.records == 0 || (records <= self.capacity.records && bytes <= self.capacity.bytes) else {
                return .refused(.queueFull)
            }
            state.records = records
            state.bytes = bytes
            state.items.append(item)
            return state.items.count == 1 ? .first : .added
        }
    }

    /// Everything that came since the last time.
    func takeAll() -> [Item] {
        self.state.withLock { state in
            var items: [Item] = []
            swap(&items, &state.items)
            return items
        }
    }

    /// Makes room: a submission was answered.
    func answered(records: Int, bytes: Int) {
        self.state.withLock { state in
            state.records -= records
            state.bytes -= bytes
        }
    }

    /// Lets nothing more in.
    func close() {
        self.state.withLock { $0.isClosed = true }
    }
}
