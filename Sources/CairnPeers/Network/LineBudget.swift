package import CairnConsensus

/// What strangers cause in the log: of each kind a few lines a minute, and one line that counts the rest. Pure.
package struct LineBudget {
    private static let minute = Duration.seconds(60)

    private let linesOfKind: Int
    private var told: [String: Int] = [:]
    private var left: [String: Int] = [:]
    /// When the present minute began; nil when nothing came since the last one was told.
    private var since: Instant?

    /// - Parameter linesOfKind: told one by one in a minute.
    package init(linesOfKind: Int) {
        self.linesOfKind = linesOfKind
    }

    /// Counts what has happened.
    ///
    /// - Parameter kind: one of a few: what a stranger wrote is no kind.
    /// - Returns: whether it is to have a line of its own.
    package mutating func take(_ kind: String, now: Instant) -> Bool {
        self.since = self.since ?? now
        if self.told[kind, default: 0] < self.linesOfKind {
            self.told[kind, default: 0] += 1
            return true
        }
        self.left[kind, default: 0] += 1
        return false
    }

    /// What had no line of its own, once a minute: `783 × a, 2 × b`.
    package mutating func takeSummary(now: Instant) -> (count: Int, text: String)? {
        guard let since = self.since, now.since(since) >= Self.minute else { return nil }
        let left = self.left
        self.since = nil
        self.told = [:]
        self.left = [:]
        guard !left.isEmpty else { return nil }
        let kinds = left.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return (left.values.reduce(0, +), kinds.map { "\($0.value) × \($0.key)" }.joined(separator: ", "))
    }
}
