package import CairnConsensus
import CairnLedger

/// The time of the simulated world, in nanoseconds since its beginning. Nodes don't see it: each has its own clocks.
package typealias WorldTime = UInt64

extension UInt64 {
    /// Nanoseconds in some microseconds.
    package static func microseconds(_ count: UInt64) -> UInt64 { count * 1_000 }
    static func milliseconds(_ count: UInt64) -> UInt64 { count * 1_000_000 }
    package static func seconds(_ count: UInt64) -> UInt64 { count * 1_000_000_000 }
}

/// The two clocks of one node. Both run a little too fast or too slow; the wall clock is also wrong, and may be set.
package struct SimulatedClock: Sendable {
    /// How much too fast, in parts of a million.
    package let driftPerMillion: Int64
    /// By how much the wall clock is ahead.
    package private(set) var wallOffsetMicroseconds: Int64
    /// The world's time when the process began, which its monotonic clock counts from.
    private var started: WorldTime
    /// What a monotonic clock shows at its process's beginning is anything.
    private var startInstant: UInt64

    /// Wall clocks begin on 2026-01-01T00:00:00Z, give or take the offset.
    static let epochMicroseconds: Int64 = 1_767_225_600_000_000

    package init(driftPerMillion: Int64, wallOffsetMicroseconds: Int64) {
        self.driftPerMillion = driftPerMillion
        self.wallOffsetMicroseconds = wallOffsetMicroseconds
        self.started = 0
        self.startInstant = 0
    }

    package mutating func startProcess(at time: WorldTime, instant: UInt64) {
        self.started = time
        self.startInstant = instant
    }

    mutating func setWall(offsetMicroseconds: Int64) { self.wallOffsetMicroseconds = offsetMicroseconds }

    private func drifted(_ nanoseconds: UInt64) -> UInt64 {
        let span = Int64(nanoseconds)
        return UInt64(span + span / 1_000_000 * self.driftPerMillion)
    }

    package func moment(at time: WorldTime) -> Moment {
        let wall = Int64(self.drifted(time) / 1_000) + Self.epochMicroseconds + self.wallOffsetMicroseconds
        return Moment(
            instant: Instant(nanoseconds: self.startInstant + self.drifted(time - self.started)),
            timestamp: Timestamp(microseconds: UInt64(wall)))
    }

    /// The first time of the world at which the monotonic clock shows `instant`, not before `time`.
    package func time(of instant: Instant, notBefore time: WorldTime) -> WorldTime {
        guard instant.nanoseconds > self.startInstant else { return time }
        let span = Int64(clamping: instant.nanoseconds - self.startInstant)
        // An estimate, then the exact place by small steps: the drift is at most a thousandth.
        var guess = self.started + UInt64(max(0, span - span / 1_000_000 * self.driftPerMillion))
        while self.moment(at: max(guess, self.started)).instant < instant {
            guess += max(1, instant.nanoseconds - self.moment(at: guess).instant.nanoseconds)
        }
        return max(guess, time)
    }
}
