internal import CairnLedger
internal import CairnLock
internal import Dispatch

/// Those who wait until the ledger has a number of records.
package final class GrowthWaiters: Sendable {
    private struct State {
        var waiters: [UInt64: (size: TreeSize, continuation: CheckedContinuation<Bool, Never>)] = [:]
        var nextNumber: UInt64 = 0
        var isStopped = false
    }

    private let state = Lock(State())

    func wait(for size: TreeSize, present: @escaping @Sendable () -> TreeSize, timeout: Duration) async -> Bool {
        if present() >= size { return true }
        return await withCheckedContinuation { continuation in
            let number: UInt64? = self.state.withLock { state in
                guard !state.isStopped else { return nil }
                defer { state.nextNumber += 1 }
                state.waiters[state.nextNumber] = (size, continuation)
                return state.nextNumber
            }
            guard let number else {
                continuation.resume(returning: false)
                return
            }
            // It may have grown before it was waited for.
            if present() >= size { return self.finish(number, true) }
            DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(timeout / .nanoseconds(1)))) {
                self.finish(number, false)
            }
        }
    }

    private func finish(_ number: UInt64, _ answer: Bool) {
        self.state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume(returning: answer)
    }

    /// The ledger has grown.
    func signal(_ size: TreeSize) {
        let ready = self.state.withLock { state in
            state.waiters.filter { $0.value.size <= size }.map(\.key)
        }
        for number in ready { self.finish(number, true) }
    }

    func stop() {
        let numbers = self.state.withLock { state in
            state.isStopped = true
            return Array(state.waiters.keys)
        }
        for number in numbers { self.finish(number, false) }
    }
}
