internal import CairnConsensus

/// A budget per second, as a pure value: what is used up comes back with time, and as much as two seconds bring can
/// be saved.
struct TokenBucket {
    private let perSecond: Double
    private var tokens: Double
    private var last: Instant

    init(perSecond: Int, now: Instant) {
        self.perSecond = Double(max(1, perSecond))
        self.tokens = 2 * self.perSecond
        self.last = now
    }

    /// Uses up some tokens, more than there are if need be.
    ///
    /// - Returns: how long to wait until the debt is paid, zero when there is none.
    mutating func take(_ count: Int, now: Instant) -> Duration {
        let passed = now.since(self.last)
        let seconds = Double(passed.components.seconds) + Double(passed.components.attoseconds) / 1e18
        self.tokens = min(2 * self.perSecond, self.tokens + seconds * self.perSecond) - Double(count)
        self.last = max(self.last, now)
        return self.tokens >= 0 ? .zero : .seconds(-self.tokens / self.perSecond)
    }
}
