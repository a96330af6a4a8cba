import CairnLock
import CairnNode

/// Collects answers in the order of the questions, and knows when all are there.
final class Answers: Sendable {
    typealias Answer = Result<Receipt, AppendError>

    private struct State {
        var answers: [Answer?] = []
        var open = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Lock(State())

    func begin() -> Int {
        self.state.withLock { state in
            state.answers.append(nil)
            state.open += 1
            return state.answers.count - 1
        }
    }

    func end(_ place: Int, _ answer: Answer) {
        let waiters = self.state.withLock { state in
            precondition(state.answers[place] == nil, "a submission was answered twice")
            state.answers[place] = answer
            state.open -= 1
            guard state.open == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// How many are there.
    var count: Int {
        self.state.withLock { $0.answers.count - $0.open }
    }

    /// The answer at a place, nil when it isn't there yet.
    func present(_ place: Int) -> Answer? {
        self.state.withLock { $0.answers[place] }
    }

    /// Waits until every question is answered.
    func all() async -> [Answer] {
        await withCheckedContinuation { continuation in
            let isDone = self.state.withLock { state in
                if state.open > 0 { state.waiters.append(continuation) }
                return state.open == 0
            }
            if isDone { continuation.resume() }
        }
        return self.state.withLock { $0.answers.compactMap { $0 } }
    }
}
