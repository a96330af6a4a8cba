internal import CairnLock

/// Lets one task at a time through, in the order in which they came; a cancelled one leaves the line.
final class SerialGate: Sendable {
    private struct State {
        var isTaken = false
        var waiting: [(ticket: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
        var tickets: UInt64 = 0
    }

    private let state = Lock(State())

    /// - Throws: `.cancelled` when the task is.
    func pass<Value>(
        _ body: () async throws(LedgerClientError) -> Value
    ) async throws(LedgerClientError) -> Value {
        guard await self.enter() else { throw .cancelled }
        defer { self.leave() }
        return try await body()
    }

    /// - Returns: false when the task is cancelled.
    private func enter() async -> Bool {
        let ticket = self.state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isIn = self.state.withLock { state -> Bool? in
                    // Cancelled before it stood in line: nobody would take it out again.
                    if Task.isCancelled { return false }
                    if !state.isTaken {
                        state.isTaken = true
                        return true
                    }
                    state.waiting.append((ticket, continuation))
                    return nil
                }
                if let isIn { continuation.resume(returning: isIn) }
            }
        } onCancel: {
            let continuation = self.state.withLock { state in
                state.waiting.firstIndex { $0.ticket == ticket }.map { state.waiting.remove(at: $0).continuation }
            }
            continuation?.resume(returning: false)
        }
    }

    private func leave() {
        let next = self.state.withLock { state in
            if state.waiting.isEmpty { state.isTaken = false }
            return state.waiting.isEmpty ? nil : state.waiting.removeFirst().continuation
        }
        next?.resume(returning: true)
    }
}
