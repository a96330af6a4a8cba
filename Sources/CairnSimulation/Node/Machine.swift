import CairnConsensus
import CairnLedger

/// A vote machine of whichever rule: planted bugs are other rules.
protocol Machine: AnyObject {
    func handle(_ event: VoteEvent, now: Moment) -> [VoteEffect]
    func wants(_ message: Message) -> Bool
    var wakeUp: Instant? { get }
    var tip: ChainTip { get }
    var epoch: Epoch { get }
    var members: MemberSet { get }
    var journalToKeep: [JournalEntry]? { get }
    var view: View { get }
    /// Records that wait for a block.
    var waitingRecords: Int { get }
    func assumeWaitsInVain(_ count: Int)
    /// Another one in the same state.
    func copy() -> any Machine
    func encodeState(into encoder: inout StateEncoder)
    /// For people who look for a bug.
    var inside: String { get }
}

/// What a machine is made from.
struct MachineMaker {
    var rule: any VoteRule.Type
    var configuration: VoteConfiguration

    func make(
        chain: ChainState, headCertificate: Certificate?, key: SimulatedKey, memory: VoteMemory, idSeed: [UInt8],
        now: Moment
    ) -> any Machine {
        func make<Rule: VoteRule>(_ rule: Rule.Type) -> any Machine {
            RuleMachine<Rule>(
                VoteMachine(
                    chain: chain, headCertificate: headCertificate, key: key, memory: memory,
                    configuration: self.configuration, idSeed: idSeed, now: now))
        }
        return make(self.rule)
    }
}

private final class RuleMachine<Rule: VoteRule>: Machine {
    private var machine: VoteMachine<SimulatedKey, Rule>

    init(_ machine: consuming VoteMachine<SimulatedKey, Rule>) {
        self.machine = machine
    }

    func handle(_ event: VoteEvent, now: Moment) -> [VoteEffect] { self.machine.handle(event, now: now) }
    func wants(_ message: Message) -> Bool { self.machine.wants(message) }
    var wakeUp: Instant? { self.machine.wakeUp }
    var tip: ChainTip { self.machine.chain.tip }
    var epoch: Epoch { self.machine.epoch }
    var members: MemberSet { self.machine.members }
    var journalToKeep: [JournalEntry]? { self.machine.journalToKeep }
    var view: View { self.machine.view }
    var waitingRecords: Int { self.machine.waitingRecords }
    func assumeWaitsInVain(_ count: Int) { self.machine.assumeWaitsInVain(count) }
    func copy() -> any Machine { RuleMachine(self.machine) }
    func encodeState(into encoder: inout StateEncoder) { self.machine.encodeState(into: &encoder) }
    var inside: String {
        var text = ""
        for child in Mirror(reflecting: self.machine).children
        where !["key", "chain", "configuration", "idSeed"].contains(child.label) {
            dump(child.value, to: &text, name: child.label, maxDepth: 4, maxItems: 400)
        }
        return text
    }
}
