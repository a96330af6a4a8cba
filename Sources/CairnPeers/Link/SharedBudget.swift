package import CairnConsensus
internal import CairnLock

/// A budget of messages and bytes that several links share.
package final class SharedBudget: Sendable {
    private struct State {
        var messages: TokenBucket
        var bytes: TokenBucket
    }

    private let state: Lock<State>

    package init(_ budget: PeerBudget, now: Instant) {
        self.state = Lock(
            State(
                messages: TokenBucket(perSecond: budget.messagesPerSecond, now: now),
                bytes: TokenBucket(perSecond: budget.bytesPerSecond, now: now)))
    }

    /// - Returns: how long whoever used it up has to wait.
    func take(messages: Int, bytes: Int, now: Instant) -> Duration {
        self.state.withLock { state in
            max(state.messages.take(messages, now: now), state.bytes.take(bytes, now: now))
        }
    }
}
