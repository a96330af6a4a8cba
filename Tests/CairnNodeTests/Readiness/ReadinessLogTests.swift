import CairnConsensus
import CairnNode
import Testing

@Suite("What the log says of readiness")
struct ReadinessLogTests {
    private static let power = QuorumPower(present: 2, needed: 3, total: 4)
    private static let missing = Readiness(obstacles: [.noQuorum(power)])
    private static let ready = Readiness(obstacles: [])
    private static let ahead = Readiness(obstacles: [], cautions: [.headAhead(seconds: 60)])

    private func at(_ seconds: Int) -> Instant { Instant(nanoseconds: UInt64(seconds) * 1_000_000_000) }

    @Test("B5: one line when it lasts, and one when it is over")
    func lines() {
        var log = ReadinessLog()
        #expect(log.news(Self.ready, now: self.at(1)) == [])
        #expect(log.news(Self.missing, now: self.at(10)) == [])
        #expect(log.news(Self.missing, now: self.at(13)) == [.obstacle("\(Self.missing.obstacles[0])")])
        // Another count is no news.
        let worse = Readiness(obstacles: [.noQuorum(QuorumPower(present: 1, needed: 3, total: 4))])
        #expect((14..<100).allSatisfy { log.news(worse, now: self.at($0)) == [] })
        #expect(log.news(Self.ready, now: self.at(100)) == [])
        #expect(log.news(Self.ready, now: self.at(103)) == [.ready])
        #expect(log.news(Self.ready, now: self.at(200)) == [])
    }

    @Test("what lasts a moment is not told")
    func moments() {
        var log = ReadinessLog()
        for second in 0..<60 {
            #expect(log.news(second.isMultiple(of: 2) ? Self.missing : Self.ready, now: self.at(second)) == [])
        }
    }

    @Test("B1: a clock is told of at once, and a minute behind its end: never more than two lines a minute")
    func clock() {
        var log = ReadinessLog()
        #expect(log.news(Self.ahead, now: self.at(1)) == [.caution("\(Self.ahead.cautions[0])")])
        for second in 2..<100 {
            let present = second.isMultiple(of: 2) ? Self.ahead : Self.ready
            #expect(log.news(present, now: self.at(second)) == [])
        }
        #expect(log.news(Self.ready, now: self.at(101)) == [])
        #expect(log.news(Self.ready, now: self.at(159)) == [.calm])
    }

    @Test("what others tell is left to them")
    func others() {
        var log = ReadinessLog()
        let others = Readiness(obstacles: [
            .failed(""), .stopping, .lostVote(""), .damaged(""), .diskFull(file: ""), .starting(Self.power),
            .catchingUp(block: 1, of: 2),
        ])
        for second in 0..<20 { #expect(log.news(others, now: self.at(second)) == []) }
    }

    @Test("B1: one line a minute of each kind, with how many there would have been")
    func quiet() {
        var lines = QuietLines()
        #expect(lines.take("clock", now: self.at(0)) == 0)
        for _ in 0..<28 { #expect(lines.take("clock", now: self.at(1)) == nil) }
        #expect(lines.take("turn", now: self.at(1)) == 0)
        #expect(lines.take("clock", now: self.at(59)) == nil)
        #expect(lines.take("clock", now: self.at(60)) == 29)
        #expect(lines.take("clock", now: self.at(61)) == nil)
    }
}
