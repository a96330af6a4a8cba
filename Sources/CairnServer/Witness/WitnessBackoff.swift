/// When a witness that failed is asked again: after 1 s, then twice as long each time, up to 5 minutes. Decisions only.
package struct WitnessBackoff {
    package static let first: Duration = .seconds(1)
    static let longest: Duration = .seconds(300)

    private var failures = 0
    private var notBefore: Duration?
    private var reason: String?

    package init() {}

    /// - Parameter now: time since any fixed moment.
    package func mayAsk(now: Duration) -> Bool {
        self.notBefore.map { $0 <= now } ?? true
    }

    /// - Parameter reason: nil for what nobody has to be told.
    /// - Returns: how long to wait, and whether the reason is new and so worth a line in the log.
    package mutating func failed(_ reason: String?, now: Duration) -> (delay: Duration, isNew: Bool) {
        let delay = min(Self.first * (1 << min(self.failures, 20)), Self.longest)
        self.failures += 1
        self.notBefore = now + delay
        guard let reason, reason != self.reason else { return (delay, false) }
        self.reason = reason
        return (delay, true)
    }

    /// - Returns: whether somebody was told that it had failed.
    package mutating func succeeded() -> Bool {
        defer { self = WitnessBackoff() }
        return self.reason != nil
    }
}
