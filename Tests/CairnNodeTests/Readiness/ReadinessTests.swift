import CairnLedger
import CairnNode
import Testing

/// Each state that would refuse an append, or hold it up.
@Suite("Readiness")
struct ReadinessTests {
    private static let power = QuorumPower(present: 2, needed: 3, total: 4)

    /// A member of several, with all of them there.
    private static var well: ReadinessSituation {
        var situation = ReadinessSituation()
        situation.isAlone = false
        situation.hasLinks = true
        situation.knowsOthers = true
        situation.quorum = ReadinessSituation.Quorum(
            power: QuorumPower(present: 4, needed: 3, total: 4), isThere: true, isStarting: false)
        return situation
    }

    private static func but(_ change: (inout ReadinessSituation) -> Void) -> ReadinessSituation {
        var situation = self.well
        change(&situation)
        return situation
    }

    @Test("nothing hinders who is alone, or has a quorum around it")
    func ready() {
        for situation in [ReadinessSituation(), Self.well] {
            let readiness = Readiness(situation)
            #expect(readiness.isReady && readiness.reason == nil && readiness.cautions.isEmpty)
        }
    }

    @Test(
        "B5, B6, B7: each state that would refuse is one reason",
        arguments: [
            (Self.but { $0.failure = "can't sync" }, Readiness.Obstacle.failed("can't sync")),
            (Self.but { $0.isStopping = true }, .stopping),
            (Self.but { $0.lostVote = "no journal" }, .lostVote("no journal")),
            (Self.but { $0.halted = "block 4: too new" }, .halted("block 4: too new")),
            (Self.but { $0.damage = "block 3" }, .damaged("block 3")),
            (Self.but { $0.fullFile = "blocks/0.log" }, .diskFull(file: "blocks/0.log")),
            (Self.but { $0.hasLinks = false }, .noLinks),
            (Self.but { $0.quorum = nil }, .noLinks),
            (
                Self.but {
                    $0.quorum = .init(power: power, isThere: false, isStarting: false)
                    $0.knowsOthers = false
                }, .noAddresses
            ),
            (Self.but { $0.quorum = .init(power: power, isThere: false, isStarting: true) }, .starting(power)),
            (Self.but { $0.quorum = .init(power: power, isThere: false, isStarting: false) }, .noQuorum(power)),
            (Self.but { $0.catchUp = (5, 900) }, .catchingUp(block: 5, of: 900)),
            (Self.but { $0.stalledFor = .seconds(11) }, .stalled(seconds: 11)),
        ] as [(ReadinessSituation, Readiness.Obstacle)])
    func obstacles(situation: ReadinessSituation, obstacle: Readiness.Obstacle) {
        let readiness = Readiness(situation)
        #expect(readiness.obstacles == [obstacle])
        #expect(!readiness.isReady && readiness.reason == "\(obstacle)")
        #expect(readiness.cautions.isEmpty)
    }

    @Test("who is alone needs no others, and is hindered by the rest all the same")
    func alone() {
        var situation = ReadinessSituation()
        situation.stalledFor = .seconds(60)
        situation.quorum = ReadinessSituation.Quorum(power: Self.power, isThere: false, isStarting: false)
        #expect(Readiness(situation).isReady)
        situation.fullFile = "blocks/0.log"
        situation.damage = "block 3"
        #expect(Readiness(situation).obstacles == [.damaged("block 3"), .diskFull(file: "blocks/0.log")])
        #expect(Readiness(situation).reason == "the ledger is damaged: block 3")
    }

    @Test("views that fail for some seconds are no standstill")
    func patience() {
        #expect(Readiness(Self.but { $0.stalledFor = .milliseconds(9_999) }).isReady)
    }

    @Test("codes are different, and have no spaces")
    func codes() {
        let all: [Readiness.Obstacle] = [
            .failed(""), .stopping, .lostVote(""), .damaged(""), .diskFull(file: ""), .noLinks, .noAddresses,
            .starting(Self.power), .noQuorum(Self.power), .catchingUp(block: 0, of: 1), .stalled(seconds: 1),
        ]
        #expect(Set(all.map(\.code)).count == all.count)
        #expect(all.allSatisfy { !$0.code.contains(" ") })
    }

    @Test(
        "B1: a head that is ahead of the clock by more than a few seconds is told, and hinders nothing",
        arguments: [
            (0, nil), (4, nil), (5, "5 s"), (119, "119 s"), (3_599, "59 min"), (90_000, "25 h"), (400_000, "4 days"),
        ]
            as [(Int64, String?)])
    func headAhead(seconds: Int64, told: String?) {
        let situation = Self.but {
            $0.now = Timestamp(microseconds: 1_000_000_000)
            $0.headTimestamp = Timestamp(microseconds: 1_000_000_000 + UInt64(seconds) * 1_000_000)
        }
        let readiness = Readiness(situation)
        #expect(readiness.isReady)
        guard let told else { return #expect(readiness.cautions.isEmpty) }
        #expect(readiness.cautions == [.headAhead(seconds: seconds)])
        #expect(
            "\(readiness.cautions[0])".hasPrefix("the newest block's time is \(told) ahead of this machine's clock"))
    }

    @Test("a head behind the clock, however far, is nothing to tell")
    func headBehind() {
        #expect(Readiness.headAhead(Timestamp(microseconds: 0), now: Timestamp(microseconds: .max)) == nil)
        #expect(Readiness.headAhead(Timestamp(microseconds: .max), now: Timestamp(microseconds: 0)) != nil)
    }
}
