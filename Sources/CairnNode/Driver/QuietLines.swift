package import CairnConsensus

/// Lets one line a minute of each kind into the log, and counts the rest. Pure.
package struct QuietLines: Sendable {
    package static let pause = Duration.seconds(60)

    private struct Kind: Sendable {
        var next: Instant
        var leftOut = 0
    }

    private var kinds: [String: Kind] = [:]

    package init() {}

    /// - Parameter kind: one of a few names.
    /// - Returns: how many lines were left out since the last one; nil when this one is to be left out too.
    package mutating func take(_ kind: String, now: Instant) -> Int? {
        guard let known = self.kinds[kind] else {
            self.kinds[kind] = Kind(next: now + Self.pause)
            return 0
        }
        guard now >= known.next else {
            self.kinds[kind]?.leftOut += 1
            return nil
        }
        self.kinds[kind] = Kind(next: now + Self.pause)
        return known.leftOut
    }
}
