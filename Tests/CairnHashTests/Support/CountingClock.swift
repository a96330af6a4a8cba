import Synchronization

/// A clock that goes one second on each time it is asked.
final class CountingClock: Clock {
    struct Instant: InstantProtocol {
        var seconds: Int

        func advanced(by duration: Duration) -> Self { Self(seconds: self.seconds + Int(duration.components.seconds)) }

        func duration(to other: Self) -> Duration { .seconds(other.seconds - self.seconds) }

        static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }
    }

    private let asked = Atomic<Int>(0)

    var now: Instant { Instant(seconds: self.asked.add(1, ordering: .relaxed).newValue) }
    var minimumResolution: Duration { .seconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {}
}
