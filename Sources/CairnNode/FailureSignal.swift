internal import CairnLock

/// Tells any number of waiters, once, that the node ended: by a failure or without one.
final class FailureSignal: Sendable {
    private struct State {
        var error: NodeError?
        var hasEnded = false
        var waiters: [CheckedContinuation<NodeError?, Never>] = []
    }

    private let state = Lock(State())

    var present: NodeError? {
        self.state.withLock { $0.error }
    }

    func fail(_ error: NodeError) { self.finish(error) }

    func end() { self.finish(nil) }

    private func finish(_ error: NodeError?) {
        let waiters = self.state.withLock { state in
            guard !state.hasEnded else { return [CheckedContinuation<NodeError?, Never>]() }
            state.hasEnded = true
            state.error = error
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: error) }
    }

    func wait() async -> NodeError? {
        await withCheckedContinuation { continuation in
            let error: NodeError?? = self.state.withLock { state in
                if state.hasEnded { return .some(state.error) }
                state.waiters.append(continuation)
                return .none
            }
            if let error { continuation.resume(returning: error) }
        }
    }
}
