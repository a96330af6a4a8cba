import CairnConsensus
import CairnHash
import CairnLedger
import CairnLock
import Dispatch

/// The members of one ledger and the messages between them, which take no time.
struct Cluster {
    private typealias Machine = VoteMachine<TimedKey, Simplex>

    private var machines: [Machine] = []
    private let keys: [TimedKey]
    private let check: MessageCheck<Ed25519Verifier>
    private var queue: [(from: Int, to: Int, message: Message)] = []
    private let recordsPerSubmission: Int
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var deciding = Duration.zero
    private var sentBytes = 0
    private var submitted: UInt64 = 0

    /// Messages that are checked at once, so that all cores have some.
    private static let chunk = 64

    init(members: Int, recordsPerSubmission: Int) throws {
        self.start = self.clock.now
        self.recordsPerSubmission = recordsPerSubmission
        self.keys = (0..<members).map { _ in TimedKey() }
        guard let set = MemberSet(self.keys.map { Member(key: $0.publicKey) }, faultModel: .bft) else {
            preconditionFailure("different keys of equal power make a set")
        }
        let settings = try GenesisSettings(
            name: "cairn-vote-speed", message: "", random: Array(repeating: 0, count: 16), members: set,
            agreement: .newest)
        let genesis = settings.genesisBlock(
            proposer: self.keys[0].publicKey, timestamp: Timestamp(microseconds: 0))
        let chain = try ChainState(genesis: genesis)
        self.check = MessageCheck(present: chain.present, verifier: Ed25519Verifier())
        // Nothing gets lost here, so nothing has to be given up or repeated.
        let configuration = VoteConfiguration(
            capacity: QueueCapacity(records: 1 << 20, bytes: 1 << 30), viewTimeoutMin: .seconds(600),
            viewTimeoutMax: .seconds(600), repeatAfter: .seconds(600), heartbeat: .seconds(600))
        self.machines = self.keys.enumerated().map { number, key in
            Machine(
                chain: chain, headCertificate: nil, key: key, memory: .journal([]), configuration: configuration,
                idSeed: [UInt8(number & 255), UInt8(number >> 8)], now: self.now)
        }
    }

    private var now: Moment {
        let passed = self.clock.now - self.start
        let nanoseconds = UInt64(passed / .nanoseconds(1))
        return Moment(
            instant: Instant(nanoseconds: nanoseconds), timestamp: Timestamp(microseconds: nanoseconds / 1_000))
    }

    // MARK: Running

    /// Goes on until so many more blocks are final at the first member.
    mutating func run(blocks: Int) throws -> Figures {
        for member in self.machines.indices { self.handle(.started, at: member) }
        self.deciding = .zero
        self.sentBytes = 0
        for key in self.keys { key.reset() }
        let checking = Lock(Duration.zero)
        let first = self.machines[0].chain.head
        let began = self.clock.now
        while self.machines[0].chain.head.index.rawValue < first.index.rawValue + UInt64(blocks) {
            try self.submitIfFew()
            while !self.queue.isEmpty { self.deliver(checking) }
        }
        let head = self.machines[0].chain.head
        return Figures(
            members: self.machines.count, blocks: head.index.rawValue - first.index.rawValue,
            records: head.treeSize.rawValue - first.treeSize.rawValue, wall: self.clock.now - began,
            deciding: self.deciding, signing: self.keys.reduce(.zero) { $0 + $1.spent },
            checking: checking.withLock { $0 }, sentBytes: self.sentBytes)
    }

    private mutating func submitIfFew() throws {
        guard self.machines[0].waitingRecords < 2 * self.recordsPerSubmission else { return }
        var entries = Entries()
        for _ in 0..<self.recordsPerSubmission {
            self.submitted += 1
            let text = String(repeating: "x", count: 236) + String(self.submitted)
            entries.append(try Record(json: "\"\(text)\""))
        }
        let member = Int(self.submitted) % self.machines.count
        let submission = try Submission(entries: entries)
        self.handle(
            .submitted([(submission, ClientID(rawValue: 0), Ticket(rawValue: self.submitted))]), at: member)
    }

    /// Checks some messages on all cores, and then hands them to their receivers in order.
    private mutating func deliver(_ checking: borrowing Lock<Duration>) {
        let count = min(Self.chunk, self.queue.count)
        let machines = self.machines
        let wanted = self.queue[0..<count].filter { machines[$0.to].wants($0.message) }
            .map { (from: $0.from, to: $0.to, message: $0.message, tip: machines[$0.to].chain.tip) }
        self.queue.removeFirst(count)
        let results = Lock([CheckedMessage?](repeating: nil, count: wanted.count))
        let spent = Lock(Duration.zero)
        let (check, clock) = (self.check, self.clock)
        DispatchQueue.concurrentPerform(iterations: wanted.count) { place in
            let began = clock.now
            // All members are honest here: what is refused would be a bug that the block count shows.
            let checked = try? check.check(wanted[place].message, behind: wanted[place].tip)
            let took = clock.now - began
            spent.withLock { $0 += took }
            results.withLock { $0[place] = checked }
        }
        let total = spent.withLock { $0 }
        checking.withLock { $0 += total }
        for (message, checked) in zip(wanted, results.withLock { $0 }) {
            guard let checked else { continue }
            self.handle(.received(checked, from: self.keys[message.from].publicKey), at: message.to)
        }
    }

    private mutating func handle(_ first: VoteEvent, at member: Int) {
        var events = [first]
        while let event = events.popLast() {
            let began = self.clock.now
            let effects = self.machines[member].handle(event, now: self.now)
            self.deciding += self.clock.now - began
            var journaled: JournalNumber?
            var appended: BlockIndex?
            for effect in effects {
                switch effect {
                case .journal(_, let number): journaled = number
                case .append(let final, _): appended = final.block.index
                case .send(let message, let destination): self.send(message, to: destination, from: member)
                default: break
                }
            }
            if let appended { events.append(.appended(through: appended)) }
            if let journaled { events.append(.journaled(through: journaled)) }
        }
    }

    private mutating func send(_ message: Message, to destination: VoteEffect.Destination, from member: Int) {
        for other in self.keys.indices where other != member {
            if case .node(let key) = destination, key != self.keys[other].publicKey { continue }
            self.queue.append((member, other, message))
            self.sentBytes += message.approximateByteCount
        }
    }
}

extension Message {
    /// What a message takes on a wire, but for its framing.
    fileprivate var approximateByteCount: Int {
        switch self {
        case .proposal(let proposal): proposal.block.encodedByteCount
        case .block(let block): block.encodedByteCount
        case .vote: SignedVote.byteCount
        case .certificate(let certificate): certificate.encodedByteCount
        case .submissions(let submissions): submissions.reduce(0) { $0 + $1.entries.bytes.count + 16 }
        case .finals(let finals): finals.reduce(0) { $0 + $1.block.encodedByteCount }
        case .status, .change, .request, .finalsRequest: 64
        }
    }
}
