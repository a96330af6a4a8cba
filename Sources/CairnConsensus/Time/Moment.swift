public import CairnLedger

/// A point on one process's own clock that never goes back: nanoseconds since some moment of that process.
///
/// It measures how long things take. What a block says about time is a `Timestamp`.
public struct Instant: Hashable, Comparable, Sendable {
    public let nanoseconds: UInt64

    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Later by a duration, which must not be negative.
    public static func + (left: Instant, right: Duration) -> Instant {
        Instant(nanoseconds: left.nanoseconds + right.wholeNanoseconds)
    }

    /// How long after another, zero when it isn't.
    public func since(_ earlier: Instant) -> Duration {
        self <= earlier ? .zero : .nanoseconds(Int64(clamping: self.nanoseconds - earlier.nanoseconds))
    }
}

extension Instant? {
    /// The earlier of two, of which any may be missing.
    public func orEarlier(_ other: Instant?) -> Instant? {
        guard let self, let other else { return self ?? other }
        return Swift.min(self, other)
    }
}

/// Now, on the clock that measures and on the clock that everybody shares more or less.
public struct Moment: Hashable, Sendable {
    public var instant: Instant
    public var timestamp: Timestamp

    public init(instant: Instant, timestamp: Timestamp) {
        self.instant = instant
        self.timestamp = timestamp
    }
}

extension Duration {
    /// Whole nanoseconds of a duration that is not negative and below 2^63 of them (292 years).
    var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = self.components
        precondition(seconds >= 0 && attoseconds >= 0, "time only goes on")
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}

extension Timestamp {
    /// Later by a duration that is not negative; the last possible time when there is none so late.
    func adding(_ duration: Duration) -> Timestamp {
        let (sum, overflow) = self.microseconds.addingReportingOverflow(duration.wholeNanoseconds / 1_000)
        return Timestamp(microseconds: overflow ? .max : sum)
    }
}
