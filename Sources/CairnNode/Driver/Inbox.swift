package import CairnConsensus
package import CairnLedger
internal import CairnLock
internal import Dispatch

/// Where any thread leaves submissions for the one that writes, and how much may be on its way.
package final class Inbox: Sendable {
    package typealias Completion = @Sendable (Result<Receipt, AppendError>) -> Void

    package struct Item: Sendable {
        package var submission: Submission
        package var client: ClientID
        package var completion: Completion

        package init(submission: Submission, client: ClientID, completion: @escaping Completion) {
            self.submission = submission
            self.client = client
            self.completion = completion
        }
    }

    private struct State {
        var items: [Item] = []
        /// What submissions take that were taken in and not answered.
        var room: FairShare<ClientID>
        var isClosed = false
        /// How many items the writer waits for, nil while it doesn't.
        var awaited: Int?
        /// With how many items the writer wants to be told, beside the first.
        var called: Int?
    }

    private let state: Lock<State>
    private let gathered = DispatchSemaphore(value: 0)

    package init(capacity: QueueCapacity) {
        self.state = Lock(State(room: FairShare(capacity)))
    }

    /// Records that wait or are being written.
    package var records: Int {
        self.state.withLock { $0.room.records }
    }

    /// Whether there is no submission that nobody took yet.
    package var isEmpty: Bool { self.state.withLock { $0.items.isEmpty } }

    package enum Addition {
        /// The writer has to be told: this is the first, or the last one that it waits for.
        case first
        case added
        case refused(AppendError)
    }

    package func add(_ item: Item) -> Addition {
        self.state.withLock { state in
            if state.isClosed { return .refused(.stopped) }
            let entries = item.submission.entries
            guard state.room.take(records: entries.count, bytes: entries.bytes.count, for: item.client) else {
                return .refused(.queueFull)
            }
            state.items.append(item)
            if let awaited = state.awaited, state.items.count >= awaited {
                state.awaited = nil
                self.gathered.signal()
            }
            if let called = state.called, state.items.count >= called {
                state.called = nil
                return .first
            }
            return state.items.count == 1 ? .first : .added
        }
    }

    /// Waits until there are `count` items, but no longer than `nanoseconds`. Only the writer calls it.
    func gather(_ count: Int, nanoseconds: UInt64) {
        let mustWait = self.state.withLock { state in
            guard state.items.count < count, !state.isClosed else { return false }
            state.awaited = count
            return true
        }
        guard mustWait else { return }
        guard self.gathered.wait(timeout: .now() + .nanoseconds(Int(nanoseconds))) == .timedOut else { return }
        let isSignalled = self.state.withLock { state in
            defer { state.awaited = nil }
            return state.awaited == nil
        }
        // It came after all, between the time-out and now: the next wait must not take it for its own.
        if isSignalled { self.gathered.wait() }
    }

    /// Whether there are some items, but fewer than `count`: then the writer is told when there are.
    package func calls(at count: Int) -> Bool {
        self.state.withLock { state in
            let isShort = !state.items.isEmpty && state.items.count < count
            state.called = isShort ? count : nil
            return isShort
        }
    }

    /// Everything that came since the last time.
    package func takeAll() -> [Item] {
        self.state.withLock { state in
            state.called = nil
            var items: [Item] = []
            swap(&items, &state.items)
            return items
        }
    }

    /// Makes room: a submission was answered.
    package func answered(_ item: Item) {
        let entries = item.submission.entries
        self.state.withLock { state in
            state.room.giveBack(records: entries.count, bytes: entries.bytes.count, for: item.client)
        }
    }

    /// Lets nothing more in.
    package func close() {
        self.state.withLock { $0.isClosed = true }
    }
}
