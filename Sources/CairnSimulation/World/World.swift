import CairnConsensus
import CairnHash
import CairnLedger
import CairnStore

/// A whole cluster, its clients and all that goes wrong, in one thread and from one seed.
final class World {
    /// What is yet to happen.
    package enum Event {
        case deliver(NodeMessage, from: Int, to: Int)
        case catchUp(CatchUpEvent, node: Int, run: Int)
        case link(SimulatedLinks.End)
        case unlink(SimulatedLinks.End)
        case breakLinks(partition: Int)
        case wake(node: Int, run: Int)
        case synced(node: Int, run: Int)
        case seal(node: Int, run: Int)
        case start(node: Int)
        case fault
        case heal(partition: Int)
        case endBurst
        case client(Int)
        case submit(operation: Int)
        case giveUp(ticket: UInt64)
        case operate
        case look
        case leaveForGood
        case setClocksWrong
        case setClocksRight
        case edge
    }

    enum Phase: Int {
        /// Faults, and clients at work.
        case safety
        /// No faults any more: everything has to become final.
        case liveness
        /// What is left of faults dies down.
        case settling
        /// Nobody wants anything.
        case idle
        /// One record after the silence.
        case prompt
        case over
        /// Before the faults end: one member is away, and the others give up view after view.
        case absence
    }

    let scenario: Scenario
    let bug: PlantedBug?
    let maker: MachineMaker
    var draw: SeededGenerator
    var trace: Trace
    private var queue = EventQueue<Event>()
    var time: WorldTime = 0
    var phase = Phase.safety
    var phaseBegan: WorldTime = 0

    var nodes: [Node] = []
    var nodeOfKey: [PublicKey: Int] = [:]
    var directory = Liar.Directory(keys: [])
    /// Of all nodes that there may be, in order.
    let keys: [SimulatedKey]
    let verifier: SimulatedVerifier
    let genesis: Block
    let genesisState: ChainState
    var network: Network
    var links: SimulatedLinks
    /// Blocks that came by bulk catch-up, at all nodes.
    var caughtUp = 0
    var slowDisks = true
    var judge: Judge
    var clients: Clients
    var members: Membership
    /// Honest nodes' messages since the phase began.
    var messages = 0
    var messagesInAll = 0
    var crashes = 0
    /// How many blocks there were when nobody wanted any more.
    var idleHead = 0
    var promptOperation: Int?

    /// For the faults that only some seeds have.
    var rareDraw: SeededGenerator
    var absence: Absence?
    var wrongClocks = WrongClocks()
    var edgeTries = 0
    var happened = Happenings()

    init(_ scenario: Scenario, bug: PlantedBug?, trace: Trace) throws(Violation) {
        self.scenario = scenario
        self.bug = bug
        self.trace = trace
        self.rareDraw = scenario.rare.draw
        var draw = SeededGenerator(seed: scenario.seed ^ 0x776F_726C_6400_0000)
        self.network = Network(delays: scenario.delays, draw: draw.fork())
        self.links = SimulatedLinks(draw: SeededGenerator(seed: scenario.seed ^ 0x6C69_6E6B_7300_0000))
        self.clients = Clients(count: scenario.clients, draw: draw.fork())
        self.members = Membership(
            draw: draw.fork(), agreementDraw: SeededGenerator(seed: scenario.seed ^ 0x6167_7265_6500_0000),
            changesLeft: scenario.changes)
        var configuration = VoteConfiguration(
            capacity: QueueCapacity(records: scenario.mempoolRecords, bytes: 1 << 22))
        if scenario.rare.absence != nil {
            // Hundreds of views that fail would last an hour, and all that time nodes say where they are.
            configuration.viewTimeoutMin = .milliseconds(100)
            configuration.viewTimeoutMax = .milliseconds(600)
        }
        self.maker = MachineMaker(rule: bug?.rule ?? Simplex.self, configuration: configuration)

        let keys = SimulatedKey.make(Scenario.participantsMax, signing: scenario.signing, using: &draw)
        self.keys = keys
        self.verifier = keys[0].verifier
        let founders = zip(scenario.participants, keys).compactMap { participant, key in
            participant.power.map { Member(key: key.publicKey, power: $0) }
        }
        guard let set = MemberSet(founders, faultModel: scenario.faultModel),
            let settings = try? GenesisSettings(
                name: "simulated.example/ledger", message: "", random: draw.bytes(16), members: set,
                agreement: scenario.agreement, submissionWindow: scenario.submissionWindow)
        else { throw Violation(.validity, "the settings of the seed can't be") }
        let began = Timestamp(
            microseconds: UInt64(SimulatedClock.epochMicroseconds + scenario.genesisAheadMicroseconds))
        self.genesis = settings.genesisBlock(proposer: founders[0].key, timestamp: began)
        guard let state = try? ChainState(genesis: self.genesis) else {
            throw Violation(.validity, "the genesis block is not valid")
        }
        self.genesisState = state
        self.judge = try Judge(genesis: self.genesis, verifier: self.verifier, window: scenario.submissionWindow)
        self.draw = draw
        for (participant, key) in zip(scenario.participants, keys) { self.addNode(key: key, lie: participant.lie) }
    }

    /// Runs until all phases are over.
    func run() throws(Violation) {
        for node in self.nodes.indices { try self.startFirst(node) }
        for client in 0..<self.scenario.clients { self.schedule(.client(client), after: self.draw.below(1_000_000)) }
        if let gap = self.scenario.faultGap { self.schedule(.fault, after: self.draw.within(0...2 * gap)) }
        if self.scenario.changes > 0 {
            self.schedule(.operate, after: self.draw.below(self.scenario.safetyTime / 2))
        }
        self.scheduleRareFaults()
        self.schedule(.look, after: self.scenario.safetyTime)
        while self.phase != .over, let (time, event) = self.queue.takeNext() {
            self.time = time
            do throws(Violation) {
                try self.happen(event)
            } catch {
                for node in self.nodes {
                    self.trace.say(self.time, "node \(node.number): \(node.process?.inside ?? "down")")
                }
                throw error
            }
        }
        try self.examineDisks()
    }

    private func scheduleRareFaults() {
        let rare = self.scenario.rare
        if let time = rare.leaves { self.schedule(.leaveForGood, after: time) }
        if let clocks = rare.wrongClocks {
            self.schedule(.setClocksWrong, after: clocks.begin)
            self.schedule(.setClocksRight, after: clocks.end)
        }
        if rare.edgeWindow != nil { self.schedule(.edge, after: 0) }
    }

    func schedule(_ event: Event, after delay: WorldTime) {
        self.queue.schedule(event, at: self.time + delay)
    }

    private func happen(_ event: Event) throws(Violation) {
        switch event {
        case .deliver(let message, let sender, let receiver):
            try self.deliver(message, from: sender, to: receiver)
        case .wake(let node, let run): try self.wake(node, run: run)
        case .synced(let node, let run): try self.synced(node, run: run)
        case .seal(let node, let run): try self.seal(node, run: run)
        case .start(let node): try self.start(node)
        case .fault: try self.fault()
        case .catchUp(let event, let node, let run): try self.catchUp(event, node, run: run)
        case .link(let end): try self.link(end)
        case .unlink(let end): try self.unlink(end)
        case .breakLinks(let partition): self.breakLinks(of: partition)
        case .heal(let partition):
            self.network.heal(partition)
            self.linkAgain(after: .milliseconds(500))
        case .endBurst: self.network.burstLossPerMille = 0
        case .client(let client): try self.act(client)
        case .submit(let operation): try self.submit(operation)
        case .giveUp(let ticket): try self.giveUp(ticket)
        case .operate: try self.operate()
        case .look: try self.look()
        case .leaveForGood: self.leaveForGood()
        case .setClocksWrong: self.setClocksWrong()
        case .setClocksRight: self.setClocksRight()
        case .edge: try self.handInAtEdge()
        }
    }
}
