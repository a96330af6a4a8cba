public import CairnHash
import CairnLedger

/// One seed's cluster, from its beginning to its end.
public struct Simulation: Sendable {
    public let seed: UInt64
    /// A mistake that the simulation has to notice.
    public var bug: PlantedBug?

    public init(seed: UInt64, bug: PlantedBug? = nil) {
        self.seed = seed
        self.bug = bug
    }

    /// What came of it.
    public struct Result: Sendable {
        public var seed: UInt64
        /// Of everything that happened, in order.
        public var digest: Digest
        /// Nil when all was as it should be.
        public var violation: Violation?
        public var events: Int
        public var messages: Int
        public var blocks: Int
        public var records: Int
        public var epochs: Int
        public var crashes: Int
        /// Blocks that came by bulk catch-up, counted at each node.
        public var caughtUp: Int
        /// Nodes at the end, and how many of them lied.
        public var nodes: Int
        public var liars: Int
        /// In seconds of the simulated world.
        public var seconds: UInt64
        package var happened = Happenings()

        public var summary: String {
            (self.violation.map { "VIOLATION of \($0)" } ?? "all is well")
                + "; \(self.nodes) nodes (\(self.liars) lie), "
                + "\(self.records) records in \(self.blocks) blocks and \(self.epochs) epochs, \(self.crashes) crashes, "
                + "\(self.caughtUp) blocks by bulk catch-up, \(self.happened.finalWithAll) final with all, "
                + "\(self.messages) messages, \(self.seconds) s, \(self.events) events, digest \(self.digest)"
        }
    }

    /// - Parameter trace: gets a line for each thing that happens.
    public func run(trace: (@Sendable (String) -> Void)? = nil) -> Result {
        var result = Result(
            seed: self.seed, digest: .zero, violation: nil, events: 0, messages: 0, blocks: 0, records: 0, epochs: 0,
            crashes: 0, caughtUp: 0, nodes: 0, liars: 0, seconds: 0)
        do throws(Violation) {
            let world = try World(Scenario(seed: self.seed), bug: self.bug, trace: Trace(write: trace))
            do throws(Violation) {
                try world.run()
            } catch {
                result.violation = error
            }
            result.digest = world.trace.digest()
            result.events = world.trace.events
            result.messages = world.messagesInAll
            result.blocks = world.judge.blocks.count - 1
            result.records = world.judge.records.count
            result.epochs = world.judge.members.count
            result.crashes = world.crashes
            result.caughtUp = world.caughtUp
            result.nodes = world.nodes.count
            result.liars = world.nodes.filter { !$0.isHonest }.count
            result.seconds = world.time / .seconds(1)
            result.happened = world.happenings
        } catch {
            result.violation = error
        }
        return result
    }

    /// Which of the faults that only some seeds have this one has.
    package var rareFaults: RareFaults { Scenario(seed: self.seed).rare }

    /// Whether the ledger begins with members whose notarise votes make a block final when all gave one.
    package var isFoundedFinalWithAll: Bool { Scenario(seed: self.seed).isFinalWithAll }

    /// How many changes of members are tried.
    package var changes: Int { Scenario(seed: self.seed).changes }

    /// What a seed stands for, in a line.
    public var summary: String {
        let scenario = Scenario(seed: self.seed)
        let participants = scenario.participants.map { participant in
            (participant.power.map { "\($0)" } ?? "follower") + (participant.lie.map { " (\($0.rawValue))" } ?? "")
        }
        return "\(scenario.faultModel.rawValue), powers \(participants.joined(separator: ", ")), "
            + "\(scenario.operations) operations of \(scenario.clients) clients, \(scenario.changes) changes of members, "
            + scenario.agreement.rawValue
    }
}
