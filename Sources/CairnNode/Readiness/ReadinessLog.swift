package import CairnConsensus

/// Which lines the log gets when a node stops being ready, and when it is again. Pure.
///
/// What lasts a moment only is not told. Some states have their own lines, where they are noticed: those are left to them.
package struct ReadinessLog: Sendable {
    package enum Line: Hashable, Sendable {
        case obstacle(String)
        /// Nothing of what was told hinders records any more.
        case ready
        case caution(String)
        /// None of what was warned of is so any more.
        case calm
    }

    /// How long records have to be hindered, or not any more, before it is told.
    package static let patience = Duration.seconds(3)
    /// How long a clock has to be right again. What is warned of is told at once.
    package static let calmAfter = Duration.seconds(60)

    /// What was told last, and what may be next, by code.
    private struct Story: Sendable {
        /// How long something, and nothing, has to be so before it is told.
        let patience: Duration
        let calmAfter: Duration
        var told: [String] = []
        var present: [String] = []
        var since = Instant(nanoseconds: 0)

        /// Whether something else is so now than what was told, and has been for a while.
        mutating func changes(to codes: [String], now: Instant) -> Bool {
            if codes != self.present {
                self.present = codes
                self.since = now
            }
            guard codes != self.told, now >= self.since + (codes.isEmpty ? self.calmAfter : self.patience) else {
                return false
            }
            self.told = codes
            return true
        }
    }

    private var obstacles = Story(patience: Self.patience, calmAfter: Self.patience)
    private var cautions = Story(patience: .zero, calmAfter: Self.calmAfter)

    package init() {}

    package mutating func news(_ readiness: Readiness, now: Instant) -> [Line] {
        var lines: [Line] = []
        let obstacles = readiness.obstacles.filter(\.isToldHere)
        if self.obstacles.changes(to: obstacles.map(\.code), now: now) {
            lines += obstacles.isEmpty ? [.ready] : obstacles.map { .obstacle("\($0)") }
        }
        if self.cautions.changes(to: readiness.cautions.map(\.code), now: now) {
            lines += readiness.cautions.isEmpty ? [.calm] : readiness.cautions.map { .caution("\($0)") }
        }
        return lines
    }
}

extension Readiness.Obstacle {
    /// Whether nothing else tells the log of it.
    fileprivate var isToldHere: Bool {
        switch self {
        case .noLinks, .noAddresses, .noQuorum, .stalled: true
        case .failed, .stopping, .lostVote, .halted, .damaged, .diskFull, .starting, .catchingUp: false
        }
    }
}
