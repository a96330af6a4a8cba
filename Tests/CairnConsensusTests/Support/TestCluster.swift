import CairnConsensus
import CairnHash
import CairnLedger

/// Machines that talk to one another through a queue, over disks that are done at once unless a test says otherwise: for
/// scenarios that a test spells out. What chance can do is the simulator's.
struct TestCluster<Rule: VoteRule> {
    typealias Machine = VoteMachine<QuickSigner, Rule>

    struct Node {
        var key: QuickSigner
        var machine: Machine
        var journal: [JournalEntry] = []
        var log: [FinalBlock] = []
        var answers: [String] = []
        var isUp = true
        var check: MessageCheck<QuickSigner>
    }

    private(set) var nodes: [Node] = []
    let genesis: Block
    private(set) var time: UInt64 = 1_000_000_000
    private var queue: [(from: Int, to: Int, message: Message)] = []
    /// Which messages get through.
    var passes: (_ from: Int, _ to: Int, _ message: Message) -> Bool = { _, _, _ in true }
    private(set) var messageCount = 0
    private var nextTicket: UInt64 = 0
    /// How many entries of their journals are durable at nodes whose disks don't finish what they write.
    private var stalled: [Int: Int] = [:]
    /// How far nodes' wall clocks are ahead, in seconds.
    var clocks: [Int: Int64] = [:]

    static func key(_ number: Int) throws -> QuickSigner { try QuickSigner(UInt8(number + 1)) }

    init(
        powers: [UInt64], _ faultModel: FaultModel = .majority, agreement: AgreementRule = .simplex1,
        followers: Int = 0, capacity: Int = 10_000, window: UInt64 = 1_000
    ) throws {
        let keys = try (0..<powers.count + followers).map(Self.key)
        let members = zip(keys, powers).map { Member(key: $0.publicKey, power: $1) }
        guard let set = MemberSet(members, faultModel: faultModel) else { throw QuickSigner.Failure() }
        let settings = try GenesisSettings(
            name: "test", message: "", random: Array(0..<16), members: set, agreement: agreement,
            submissionWindow: window)
        self.genesis = settings.genesisBlock(proposer: keys[0].publicKey, timestamp: Samples.start)
        for key in keys {
            let chain = try ChainState(genesis: self.genesis)
            self.nodes.append(
                Node(
                    key: key, machine: Self.machine(chain, nil, key, .journal([]), capacity, self.now),
                    check: MessageCheck(present: chain.present, verifier: key)))
        }
        for node in self.nodes.indices { self.handle(.started, at: node) }
        self.run()
    }

    private static func machine(
        _ chain: ChainState, _ certificate: Certificate?, _ key: QuickSigner, _ memory: VoteMemory, _ capacity: Int,
        _ now: Moment
    ) -> Machine {
        Machine(
            chain: chain, headCertificate: certificate, key: key, memory: memory,
            configuration: VoteConfiguration(capacity: QueueCapacity(records: capacity, bytes: 1 << 30)),
            idSeed: key.publicKey.bytes, now: now)
    }

    var now: Moment {
        Moment(
            instant: Instant(nanoseconds: self.time),
            timestamp: Timestamp(microseconds: Samples.start.microseconds + self.time / 1_000))
    }

    /// The same by the clock of a node.
    private func now(at node: Int) -> Moment {
        var now = self.now
        let ahead = (self.clocks[node] ?? 0) * 1_000_000
        now.timestamp = Timestamp(microseconds: UInt64(Int64(now.timestamp.microseconds) + ahead))
        return now
    }

    // MARK: Events

    mutating func submit(_ submission: Submission, at node: Int) { self.submit([submission], at: node) }

    /// Hands in submissions that come together.
    mutating func submit(_ submissions: [Submission], at node: Int) {
        var submitted: [(Submission, Ticket)] = []
        for submission in submissions {
            self.nextTicket += 1
            submitted.append((submission, Ticket(rawValue: self.nextTicket)))
        }
        self.handle(.submitted(submitted), at: node)
    }

    mutating func submit(_ text: String, at node: Int) throws {
        self.submit(try Samples.submission(nil, text), at: node)
    }

    mutating func handle(_ event: VoteEvent, at node: Int) {
        guard self.nodes[node].isUp else { return }
        var events = [event]
        while !events.isEmpty {
            let effects = self.nodes[node].machine.handle(events.removeFirst(), now: self.now(at: node))
            var journaled: JournalNumber?
            var appended: BlockIndex?
            for effect in effects {
                switch effect {
                case .journal(let entry, let number):
                    self.nodes[node].journal.append(entry)
                    journaled = number
                case .append(let final, _):
                    self.nodes[node].log.append(final)
                    appended = final.block.index
                case .send(let message, let destination):
                    self.send(message, to: destination, from: node)
                case .sendFinals(let index, let key):
                    self.sendFinals(from: index, to: key, at: node)
                case .epochBegan(let present):
                    let key = self.nodes[node].key
                    self.nodes[node].check = MessageCheck(present: present, verifier: key)
                    self.nodes[node].answers.append(summary(effect))
                default:
                    self.nodes[node].answers.append(summary(effect))
                }
            }
            if let journaled, self.stalled[node] == nil { events.append(.journaled(through: journaled)) }
            if let appended { events.append(.appended(through: appended)) }
        }
    }

    private mutating func send(_ message: Message, to destination: VoteEffect.Destination, from node: Int) {
        for (place, other) in self.nodes.enumerated() where place != node {
            let isMeant =
                switch destination {
                case .everybody: true
                case .members: self.nodes[node].machine.members.position(of: other.key.publicKey) != nil
                case .node(let key): key == other.key.publicKey
                }
            if isMeant { self.queue.append((node, place, message)) }
        }
    }

    private mutating func sendFinals(from index: BlockIndex, to key: PublicKey, at node: Int) {
        var finals = self.nodes[node].log.filter { $0.block.index >= index }
        let epoch = finals.first?.block.header.epoch
        finals = Array(finals.prefix { $0.block.header.epoch == epoch })
        self.send(.finals(finals), to: .node(key), from: node)
    }

    /// Lets a node say what its machine didn't want said.
    mutating func say(_ message: Message, from node: Int, to others: [Int]) {
        for other in others { self.queue.append((node, other, message)) }
    }

    // MARK: Time

    /// Delivers until nothing is on its way.
    mutating func run() {
        while !self.queue.isEmpty {
            let (from, to, message) = self.queue.removeFirst()
            guard self.nodes[to].isUp, self.passes(from, to, message), self.nodes[to].machine.wants(message) else {
                continue
            }
            self.messageCount += 1
            let tip = self.nodes[to].machine.chain.tip
            guard let checked = try? self.nodes[to].check.check(message, behind: tip) else { continue }
            self.handle(.received(checked, from: self.nodes[from].key.publicKey), at: to)
        }
    }

    /// Lets time go on to the next thing that is due, at most so far; false when nothing is.
    mutating func step(within limit: Duration = .seconds(60)) -> Bool {
        let due = self.nodes.filter(\.isUp).compactMap(\.machine.wakeUp).min()
        let end = Instant(nanoseconds: self.time + UInt64(limit.components.seconds) * 1_000_000_000)
        guard let due, due <= end else { return false }
        self.time = max(self.time, due.nanoseconds)
        for node in self.nodes.indices {
            if let wakeUp = self.nodes[node].machine.wakeUp, wakeUp.nanoseconds <= self.time {
                self.handle(.timeReached, at: node)
            }
        }
        self.run()
        return true
    }

    mutating func steps(_ count: Int) {
        for _ in 0..<count where !self.step() { return }
    }

    // MARK: Faults

    mutating func stop(_ node: Int) { self.nodes[node].isUp = false }

    /// From now on nothing that a node journals is durable.
    mutating func stallDisk(of node: Int) { self.stalled[node] = self.nodes[node].journal.count }

    /// A node stops, and has lost what was not durable in its journal.
    mutating func losePower(of node: Int) {
        self.stop(node)
        if let durable = self.stalled.removeValue(forKey: node) {
            self.nodes[node].journal.removeLast(self.nodes[node].journal.count - durable)
        }
    }

    /// Starts a node anew from what it stored.
    ///
    /// - Parameter lost: of the log's newest blocks, how many were not durable.
    mutating func restart(_ node: Int, losing lost: Int = 0, memory: VoteMemory? = nil) throws {
        self.nodes[node].log.removeLast(lost)
        var chain = try ChainState(genesis: self.genesis)
        let old = self.nodes[node]
        for final in old.log {
            try chain.apply(final.block, leafHashes: final.block.entries.leafHashes(), using: old.key)
        }
        self.nodes[node].machine = Self.machine(
            chain, old.log.last?.certificate, old.key, memory ?? .journal(old.journal), 10_000, self.now)
        self.nodes[node].check = MessageCheck(present: chain.present, verifier: old.key)
        self.nodes[node].isUp = true
        self.handle(.started, at: node)
    }

    // MARK: Looking in

    /// What all nodes have as final, each its records' texts, when they agree.
    func texts(at node: Int) -> [String] {
        self.nodes[node].log.flatMap { final in
            (0..<final.block.entries.count).map { final.block.entries[$0].text }
        }
    }

    func heads(_ nodes: Range<Int>) -> [BlockIndex] { nodes.map { self.nodes[$0].machine.chain.head.index } }
}
