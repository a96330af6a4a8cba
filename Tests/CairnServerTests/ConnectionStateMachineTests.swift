import CairnServer
import NIOCore
import Testing

struct ConnectionStateMachineTests {
    private typealias Machine = ConnectionStateMachine

    private static func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }
    private let timeouts = HTTPTimeouts()

    private func machine() -> Machine { Machine(timeouts: self.timeouts, now: Self.at(0)) }

    private func head(limit: Int? = 100, length: Int? = 0, expects: Bool = false, keep: Bool = true) -> Machine.Head {
        Machine.Head(bodyLimit: limit, contentLength: length, expectsContinue: expects, isKeepAlive: keep)
    }

    @Test func requestsFollowOneAnother() {
        var machine = self.machine()
        for second in 0..<3 as Range<Int64> {
            #expect(machine.head(self.head(length: 7), now: Self.at(second)) == .receive(sendContinue: false))
            #expect(machine.body(bytes: 7, now: Self.at(second)) == .keep)
            #expect(machine.end(now: Self.at(second)) == .handle)
            #expect(machine.answersKeepAlive)
            #expect(machine.responseDone(now: Self.at(second)) == .awaitNext)
        }
    }

    @Test func theLastRequestCloses() {
        var machine = self.machine()
        _ = machine.head(self.head(keep: false), now: Self.at(0))
        _ = machine.end(now: Self.at(0))
        #expect(!machine.answersKeepAlive)
        #expect(machine.responseDone(now: Self.at(0)) == .close)
        // Whether the client takes it is another matter.
        #expect(machine.deadline == Self.at(self.timeouts.stallSeconds))
        // What it sends behind that is not looked at, and destroys nothing.
        #expect(machine.head(self.head(), now: Self.at(1)) == .ignore)
        #expect(machine.body(bytes: 1, now: Self.at(1)) == .drop)
        #expect(machine.end(now: Self.at(1)) == .none)
        #expect(machine.malformed(now: Self.at(1)) == .none)
    }

    @Test func continueIsSentWhenABodyIsWanted() {
        var machine = self.machine()
        #expect(machine.head(self.head(length: 5, expects: true), now: Self.at(0)) == .receive(sendContinue: true))
        machine = self.machine()
        #expect(machine.head(self.head(length: 0, expects: true), now: Self.at(0)) == .receive(sendContinue: false))
        machine = self.machine()
        #expect(machine.head(self.head(limit: nil, length: 5, expects: true), now: Self.at(0)) == .refuseNow)
    }

    @Test func bodiesThatAreTooLarge() {
        // Said in the head.
        var machine = self.machine()
        #expect(machine.head(self.head(length: 101), now: Self.at(0)) == .refuseNow)
        #expect(!machine.answersKeepAlive)
        #expect(machine.responseDone(now: Self.at(0)) == .linger)
        #expect(machine.body(bytes: 101, now: Self.at(0)) == .drop)
        #expect(machine.end(now: Self.at(0)) == .close)
        // Found out in the middle.
        machine = self.machine()
        #expect(machine.head(self.head(length: nil), now: Self.at(0)) == .receive(sendContinue: false))
        #expect(machine.body(bytes: 100, now: Self.at(0)) == .keep)
        #expect(machine.body(bytes: 1, now: Self.at(0)) == .refuseTooLarge)
        #expect(machine.responseDone(now: Self.at(0)) == .linger)
        #expect(machine.timer(now: Self.at(self.timeouts.lingerSeconds), unsentBytes: 0) == .close)
    }

    @Test func refusalsForTheHead() {
        // A small body is read over, a large one isn't waited for.
        var machine = self.machine()
        #expect(machine.head(self.head(limit: nil, length: 50), now: Self.at(0)) == .receive(sendContinue: false))
        #expect(machine.body(bytes: 50, now: Self.at(0)) == .drop)
        #expect(machine.end(now: Self.at(0)) == .answerRefusal)
        #expect(machine.responseDone(now: Self.at(0)) == .awaitNext)
        #expect(machine.head(self.head(limit: nil, length: 1 << 20), now: Self.at(0)) == .refuseNow)
        machine = self.machine()
        #expect(machine.head(self.head(limit: nil, length: nil), now: Self.at(0)) == .refuseNow)
    }

    // MARK: Time

    @Test func aHeadThatDoesNotCome() {
        var machine = self.machine()
        #expect(machine.deadline == Self.at(self.timeouts.headSeconds))
        #expect(machine.timer(now: Self.at(self.timeouts.headSeconds - 1), unsentBytes: 0) == .none)
        #expect(machine.timer(now: Self.at(self.timeouts.headSeconds), unsentBytes: 0) == .close)
    }

    @Test func aBodyThatTakesTooLong() {
        var machine = self.machine()
        _ = machine.head(self.head(limit: 1 << 20, length: nil), now: Self.at(0))
        // A byte now and then doesn't help.
        for second in 1..<self.timeouts.bodySeconds {
            #expect(machine.body(bytes: 1, now: Self.at(second)) == .keep)
            #expect(machine.timer(now: Self.at(second), unsentBytes: 0) == .none)
        }
        #expect(machine.timer(now: Self.at(self.timeouts.bodySeconds), unsentBytes: 0) == .refuseTooSlow)
        #expect(machine.responseDone(now: Self.at(self.timeouts.bodySeconds)) == .linger)
    }

    @Test func idleConnections() {
        var machine = self.machine()
        _ = machine.head(self.head(), now: Self.at(0))
        _ = machine.end(now: Self.at(0))
        _ = machine.responseDone(now: Self.at(5))
        #expect(machine.deadline == Self.at(5 + self.timeouts.idleSeconds))
        #expect(machine.timer(now: Self.at(5 + self.timeouts.idleSeconds), unsentBytes: 0) == .close)
    }

    @Test func aSlowReaderIsNotAStalledOne() {
        var machine = self.machine()
        _ = machine.head(self.head(), now: Self.at(0))
        _ = machine.end(now: Self.at(0))
        var now: Int64 = 0
        for unsent in [1_000, 999, 500] {
            now += self.timeouts.stallSeconds
            #expect(machine.timer(now: Self.at(now), unsentBytes: unsent) == .none)
        }
        now += self.timeouts.stallSeconds
        #expect(machine.timer(now: Self.at(now), unsentBytes: 500) == .close)
    }

    @Test("the last answer of a connection is not waited for without end")
    func aLastAnswerThatIsNotTaken() {
        var machine = self.machine()
        _ = machine.head(self.head(keep: false), now: Self.at(0))
        _ = machine.end(now: Self.at(0))
        #expect(machine.responseDone(now: Self.at(1)) == .close)
        var now: Int64 = 1
        for unsent in [1_000, 999, 500] {
            now += self.timeouts.stallSeconds
            #expect(machine.deadline == Self.at(now))
            #expect(machine.timer(now: Self.at(now), unsentBytes: unsent) == .none)
        }
        now += self.timeouts.stallSeconds
        #expect(machine.timer(now: Self.at(now), unsentBytes: 500) == .close)
        #expect(machine.deadline == nil)
    }

    @Test("answers that are on their way outlast an error behind them, as long as they are taken")
    func lingeringBehindAnswers() {
        var machine = self.machine()
        _ = machine.head(self.head(limit: nil, length: nil), now: Self.at(0))
        #expect(machine.responseDone(now: Self.at(0)) == .linger)
        var now = self.timeouts.lingerSeconds
        for unsent in [1_000, 500] {
            #expect(machine.timer(now: Self.at(now), unsentBytes: unsent) == .none)
            now += self.timeouts.stallSeconds
        }
        #expect(machine.timer(now: Self.at(now), unsentBytes: 500) == .close)
        // Nor does the end of the request that was refused cut them off.
        machine = self.machine()
        _ = machine.head(self.head(limit: nil, length: nil), now: Self.at(0))
        _ = machine.responseDone(now: Self.at(0))
        #expect(machine.end(now: Self.at(1)) == .close)
        #expect(machine.timer(now: Self.at(self.timeouts.lingerSeconds), unsentBytes: 1_000) == .none)
    }

    @Test("a new answer has its own time, though as much is unsent as before it")
    func asMuchUnsentAsBefore() {
        var machine = self.machine()
        var now: Int64 = 0
        _ = machine.head(self.head(), now: Self.at(now))
        _ = machine.end(now: Self.at(now))
        now += self.timeouts.stallSeconds
        #expect(machine.timer(now: Self.at(now), unsentBytes: 700) == .none)
        #expect(machine.responseDone(now: Self.at(now)) == .awaitNext)
        now += self.timeouts.idleSeconds
        #expect(machine.timer(now: Self.at(now), unsentBytes: 700) == .none)
        now += self.timeouts.stallSeconds
        #expect(machine.timer(now: Self.at(now), unsentBytes: 700) == .close)
    }

    @Test func aHandlerMayTakeItsTime() {
        var machine = self.machine()
        _ = machine.head(self.head(), now: Self.at(0))
        _ = machine.end(now: Self.at(0))
        for turn in 1..<100 as Range<Int64> {
            #expect(machine.timer(now: Self.at(turn * self.timeouts.stallSeconds), unsentBytes: 0) == .none)
        }
    }

    // MARK: Ends

    @Test func malformedInput() {
        var machine = self.machine()
        #expect(machine.malformed(now: Self.at(0)) == .refuse)
        #expect(machine.responseDone(now: Self.at(0)) == .linger)
        machine = self.machine()
        _ = machine.head(self.head(), now: Self.at(0))
        _ = machine.end(now: Self.at(0))
        #expect(machine.malformed(now: Self.at(0)) == .close)
    }

    @Test("D1: a client that has closed its side gets its answer, and the connection ends behind it")
    func inputThatIsClosed() {
        var machine = self.machine()
        #expect(machine.inputClosed(now: Self.at(0)) == true)
        machine = self.machine()
        _ = machine.head(self.head(length: 1), now: Self.at(0))
        _ = machine.body(bytes: 1, now: Self.at(0))
        #expect(machine.end(now: Self.at(0)) == .handle)
        #expect(machine.inputClosed(now: Self.at(1)) == false)
        #expect(!machine.answersKeepAlive)
        #expect(machine.responseDone(now: Self.at(2)) == .close)
        // An answer to a request that was refused before it was whole needs no time to be read over.
        machine = self.machine()
        _ = machine.head(self.head(limit: nil, length: 1 << 20), now: Self.at(0))
        #expect(machine.inputClosed(now: Self.at(1)) == false)
        #expect(machine.responseDone(now: Self.at(2)) == .close)
    }

    @Test("D1: one that is gone altogether is not waited for without end")
    func aClientThatIsGone() {
        var machine = self.machine()
        _ = machine.head(self.head(), now: Self.at(0))
        _ = machine.end(now: Self.at(0))
        _ = machine.inputClosed(now: Self.at(10))
        let end = 10 + self.timeouts.halfClosedSeconds
        #expect(machine.timer(now: Self.at(self.timeouts.stallSeconds), unsentBytes: 0) == .none)
        #expect(machine.deadline.map { $0 <= Self.at(end) } == true)
        #expect(machine.timer(now: Self.at(end), unsentBytes: 0) == .close)
        // A stream that has begun shows by itself whether anybody reads.
        machine = self.machine()
        _ = machine.head(self.head(), now: Self.at(0))
        _ = machine.end(now: Self.at(0))
        _ = machine.inputClosed(now: Self.at(10))
        machine.answerBegins()
        #expect(machine.timer(now: Self.at(end), unsentBytes: 0) == .none)
    }

    @Test func malformedInputBehindARefusal() {
        var machine = self.machine()
        _ = machine.head(self.head(limit: nil, length: nil), now: Self.at(0))
        #expect(machine.malformed(now: Self.at(0)) == .none)
        #expect(machine.responseDone(now: Self.at(0)) == .linger)
        #expect(machine.malformed(now: Self.at(0)) == .none)
        #expect(machine.deadline == Self.at(self.timeouts.lingerSeconds))
    }

    @Test("one that makes room for another is not waited for as long as an idle one")
    func makingRoom() {
        let (idle, linger) = (self.timeouts.idleSeconds, self.timeouts.lingerSeconds)
        let cases: [(now: Int64, deadline: Int64)] = [(6, 6 + linger), (4 + idle, 5 + idle)]
        for (second, deadline) in cases {
            var machine = self.machine()
            _ = machine.head(self.head(), now: Self.at(0))
            _ = machine.end(now: Self.at(0))
            _ = machine.responseDone(now: Self.at(5))
            #expect(machine.makeRoom(now: Self.at(second)) == true)
            #expect(machine.deadline == Self.at(deadline))
        }
        // One with a request goes on.
        var machine = self.machine()
        _ = machine.head(self.head(length: 3), now: Self.at(0))
        #expect(machine.makeRoom(now: Self.at(1)) == false)
        #expect(machine.body(bytes: 3, now: Self.at(1)) == .keep)
        #expect(machine.end(now: Self.at(1)) == .handle)
        #expect(machine.answersKeepAlive)
    }

    @Test func draining() {
        var machine = self.machine()
        #expect(machine.drain() == true)
        // What was answered is still taken.
        #expect(machine.deadline == Self.at(self.timeouts.headSeconds))
        #expect(machine.timer(now: Self.at(self.timeouts.headSeconds), unsentBytes: 9) == .none)
        machine = self.machine()
        _ = machine.head(self.head(length: 3), now: Self.at(0))
        #expect(machine.drain() == false)
        #expect(machine.body(bytes: 3, now: Self.at(0)) == .keep)
        #expect(machine.end(now: Self.at(0)) == .handle)
        #expect(!machine.answersKeepAlive)
        #expect(machine.responseDone(now: Self.at(0)) == .close)
    }
}
