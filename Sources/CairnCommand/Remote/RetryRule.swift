/// When a submission that brought no answer is sent again, and after how long.
package struct RetryRule: Sendable {
    /// Sendings of one submission.
    package var attemptsMax: Int
    /// Before the second sending to a node that was not reached; doubles each time.
    package var delayFirst: Duration
    /// What a node may ask us to wait at most.
    var delayMax: Duration

    package init(
        attemptsMax: Int = 8, delayFirst: Duration = .milliseconds(200), delayMax: Duration = .seconds(30)
    ) {
        self.attemptsMax = attemptsMax
        self.delayFirst = delayFirst
        self.delayMax = delayMax
    }

    /// Nil: don't.
    ///
    /// - Parameter isRepeatable: sending the submission twice writes it once.
    package func delay<Success>(
        after outcome: Result<Success, ExchangeError>, attempt: Int, isRepeatable: Bool
    ) -> Duration? {
        guard attempt < self.attemptsMax, case .failure(let error) = outcome else { return nil }
        switch error {
        case .refused(let problem):
            // The node says that it wrote nothing and when to come back: safe to repeat in any case.
            guard problem.status == 503, let seconds = problem.retryAfterSeconds else { return nil }
            return min(.seconds(Int64(clamping: seconds)), self.delayMax)
        case .unreachable:
            // It may have been written before the connection was lost.
            guard isRepeatable else { return nil }
            return min(self.delayFirst * (1 << min(attempt - 1, 16)), self.delayMax)
        }
    }
}
