import CairnNode
import Testing

struct CheckpointScheduleTests {
    /// A schedule, and calls to it that `#expect` can take.
    private final class Fixture {
        var schedule = CheckpointSchedule()

        func next(_ size: UInt64, at milliseconds: Int64) -> CheckpointSchedule.Step {
            self.schedule.next(size: size, now: .milliseconds(milliseconds))
        }

        func reopen() -> Bool { self.schedule.reopen() }
    }

    @Test func atOnceWhenIdleAndOnceASecond() {
        let test = Fixture()
        #expect(test.next(0, at: 5) == .sign)
        test.schedule.published()
        #expect(test.next(0, at: 9_000) == .nothing)
        #expect(test.next(1, at: 9_000) == .sign)
        test.schedule.published()
        #expect(test.next(2, at: 9_001) == .wake(after: .milliseconds(999)))
        // One timer is enough.
        #expect(test.next(3, at: 9_500) == .nothing)
        test.schedule.timerFired()
        // It came too early: it is set again.
        #expect(test.next(3, at: 9_999) == .wake(after: .milliseconds(1)))
        test.schedule.timerFired()
        #expect(test.next(4, at: 10_000) == .sign)
        test.schedule.published()
        #expect(test.next(4, at: 10_001) == .nothing)
    }

    @Test func oneAfterTheOther() {
        let test = Fixture()
        #expect(test.next(1, at: 0) == .sign)
        #expect(test.next(2, at: 5_000) == .nothing)
        #expect(!test.reopen())
        test.schedule.published()
        #expect(test.next(2, at: 5_000) == .sign)
        test.schedule.published()
        #expect(test.reopen())
        #expect(test.next(3, at: 9_000) == .nothing)
        test.schedule.published()
        #expect(test.next(3, at: 9_000) == .sign)
    }
}
