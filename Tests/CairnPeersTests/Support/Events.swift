import CairnLock

/// Values that come from other threads, and those who wait for something about them.
final class Events<Value: Sendable>: Sendable {
    private struct Waiter {
        var isMet: ([Value]) -> Bool
        var continuation: CheckedContinuation<[Value], Never>
    }

    private struct State {
        var values: [Value] = []
        var waiters: [Waiter] = []
    }

    private let state = Lock(State())

    var all: [Value] { self.state.withLock { $0.values } }

    func add(_ value: Value) {
        let (values, met) = self.state.withLock { state -> ([Value], [Waiter]) in
            state.values.append(value)
            let met = state.waiters.filter { $0.isMet(state.values) }
            state.waiters.removeAll { $0.isMet(state.values) }
            return (state.values, met)
        }
        for waiter in met { waiter.continuation.resume(returning: values) }
    }

    /// All values, as soon as they are as asked for.
    @discardableResult
    func wait(until isMet: @escaping @Sendable ([Value]) -> Bool) async -> [Value] {
        await withCheckedContinuation { continuation in
            let values = self.state.withLock { state -> [Value]? in
                if isMet(state.values) { return state.values }
                state.waiters.append(Waiter(isMet: isMet, continuation: continuation))
                return nil
            }
            if let values { continuation.resume(returning: values) }
        }
    }
}
