import CairnConsensus
import CairnHash
import CairnLedger
import TestSupport

/// A node that is behind, as a driver runs it, and the nodes that it catches up from. Time is simulated; checks, disk and
/// network take some of it.
struct CatchUpWorld {
    let chain: SampleChain
    var random: SplitMix64
    private(set) var sources: [SampleSource]
    private var isLinked: [Bool]
    /// How many of 100 messages are lost, and how many come twice.
    var lostPercent = 0
    var doubledPercent = 0
    /// The chain's head at the start, and how long a block takes that comes later.
    var head: BlockIndex
    var blockNanoseconds: UInt64 = 0
    /// When which source goes away, and whether it comes back a second later.
    var departures: [(at: UInt64, source: Int, comesBack: Bool)] = []

    private let key: QuickSigner
    private(set) var machine: CatchUpMachine
    private var voter: QuickMachine
    private var check: MessageCheck<QuickSigner>
    private(set) var log: [FinalBlock] = []
    private(set) var banned: Set<PublicKey> = []
    private(set) var headersAheadMost: UInt64 = 0
    private(set) var waitingBytesMost = 0
    /// Requests for final blocks that the vote machine made, and when the last blocks were fetched in bulk.
    private(set) var finalsRequests = 0
    private(set) var headersRequests = 0
    private(set) var wasRunning = false
    private(set) var candidates: [(final: FinalBlock, source: PublicKey)] = []
    private(set) var problem: String?
    private var steps = 0

    private(set) var time: UInt64 = 1_000_000_000
    private var queue: [(at: UInt64, number: UInt64, event: Event)] = []
    private var number: UInt64 = 0
    private let configuration: CatchUpConfiguration

    private enum Event {
        case say(source: Int)
        case requested(CatchUpMessage, source: Int)
        case finalsRequested(BlockIndex, source: Int)
        case arrived(CatchUpMessage, source: Int)
        case finals([FinalBlock], source: Int)
        case checked(CheckedCatchUp, source: Int)
        case refused(CatchUpError, source: Int)
        case run(CheckedRun)
        case stored(BlockIndex)
        case leave(source: Int, comesBack: Bool)
        case come(source: Int)
    }

    init(
        _ chain: SampleChain, _ sources: [SampleSource], head: BlockIndex? = nil, key: QuickSigner,
        configuration: CatchUpConfiguration, _ random: SplitMix64
    ) throws {
        self.chain = chain
        self.sources = sources
        self.isLinked = sources.map { _ in false }
        self.random = random
        self.head = head ?? chain.head
        self.key = key
        self.configuration = configuration
        let state = try ChainState(genesis: chain.genesis)
        self.machine = CatchUpMachine(chain: chain.chain, tip: state.tip, configuration: configuration)
        self.voter = QuickMachine(
            chain: state, headCertificate: nil, key: key, memory: .journal([]),
            configuration: VoteConfiguration(capacity: QueueCapacity(records: 10, bytes: 1 << 20)), idSeed: [1],
            now: Moment(instant: Instant(nanoseconds: self.time), timestamp: Samples.start))
        self.check = MessageCheck(present: state.present, verifier: key)
    }

    private var now: Instant { Instant(nanoseconds: self.time) }

    private var present: BlockIndex {
        guard self.blockNanoseconds > 0 else { return self.head }
        return min(self.chain.head, self.head + Int((self.time - 1_000_000_000) / self.blockNanoseconds))
    }

    // MARK: Running

    /// Goes on until the node has the whole chain, or so many seconds are over.
    mutating func run(seconds: UInt64) {
        let end = self.time + seconds * 1_000_000_000
        for source in self.sources.indices { self.schedule(.come(source: source), after: UInt64(source) * 1_000_000) }
        for departure in self.departures {
            self.schedule(.leave(source: departure.source, comesBack: departure.comesBack), after: departure.at)
        }
        self.handle(.started)
        while self.time < end, self.log.count < Int(self.chain.head.rawValue), self.problem == nil { self.step() }
    }

    mutating func step() {
        // Whoever wants to be woken again and again for nothing would keep time from going on.
        self.steps += 1
        if self.steps > 40_000 { self.problem = "it never ends" }
        let next = self.queue.min { ($0.at, $0.number) < ($1.at, $1.number) }
        let wakeUps = [self.machine.wakeUp, self.voter.wakeUp].compactMap { $0?.nanoseconds }
        if let due = wakeUps.min(), due < next?.at ?? .max {
            self.time = max(self.time, due)
            if let wakeUp = self.machine.wakeUp, wakeUp <= self.now { self.tell(.timeReached) }
            if let wakeUp = self.voter.wakeUp, wakeUp <= self.now { self.handle(.timeReached) }
        } else if let next {
            self.queue.removeAll { $0.number == next.number }
            self.time = max(self.time, next.at)
            self.take(next.event)
        }
        let verified = self.machine.progress.verified.rawValue
        self.headersAheadMost = max(self.headersAheadMost, verified - min(verified, UInt64(self.log.count)))
        self.waitingBytesMost = max(self.waitingBytesMost, self.machine.progress.waitingBytes)
    }

    private mutating func schedule(_ event: Event, after nanoseconds: UInt64) {
        self.number += 1
        self.queue.append((self.time + nanoseconds, self.number, event))
    }

    /// Over the network: late, lost, or twice.
    private mutating func transmit(_ event: Event, _ source: Int) {
        guard Int.random(in: 0..<100, using: &self.random) >= self.lostPercent else { return }
        let copies = Int.random(in: 0..<100, using: &self.random) < self.doubledPercent ? 2 : 1
        for _ in 0..<copies {
            self.schedule(event, after: UInt64.random(in: self.sources[source].delay, using: &self.random))
        }
    }

    private mutating func take(_ event: Event) {
        switch event {
        case .come(let source):
            let key = self.sources[source].key.publicKey
            // A banned node too: the links' ban ends some day, the machine's doesn't.
            guard !self.isLinked[source] else { return }
            self.isLinked[source] = true
            self.tell(.linked(key))
            self.schedule(.say(source: source), after: 1_000)
        case .leave(let source, let comesBack):
            self.isLinked[source] = false
            self.tell(.unlinked(self.sources[source].key.publicKey))
            if comesBack { self.schedule(.come(source: source), after: 1_000_000_000) }
        case .say(let source):
            guard self.isLinked[source] else { return }
            let node = self.sources[source]
            let head = node.claim(self.present)
            self.tell(.claimed(head: head, by: node.key.publicKey))
            let status = Message.Status(epoch: 0, view: 1, head: head, headHash: .zero, wantsAnswer: false)
            self.receive(.status(status), source)
            self.schedule(.say(source: source), after: 1_000_000_000)
        case .requested(let message, let source):
            guard self.isLinked[source],
                let answer = self.sources[source].answer(message, self.chain, through: self.present)
            else { return }
            self.transmit(.arrived(answer, source: source), source)
        case .finalsRequested(let index, let source):
            guard self.isLinked[source], self.sources[source].nature == .honest else { return }
            let chain = self.chain
            let finals = CatchUpServing.finals(from: index, through: self.present, blocksMax: 8) { chain[$0] }
            if !finals.isEmpty { self.transmit(.finals(finals, source: source), source) }
        case .finals(let finals, let source):
            self.receive(.finals(finals), source)
        case .arrived(let message, let source):
            self.arrive(message, source)
        case .checked(let checked, let source):
            self.tell(.received(checked, from: self.sources[source].key.publicKey))
        case .refused(let error, let source):
            self.tell(.refused(error, from: self.sources[source].key.publicKey))
        case .run(let run): self.tell(.checked(run))
        case .stored(let index):
            self.handle(.appended(through: index))
            self.tell(.stored(through: index, tip: self.voter.chain.tip))
        }
    }

    /// Checks with what is known when a message comes; the machine hears of it later.
    private mutating func arrive(_ message: CatchUpMessage, _ source: Int) {
        guard self.isLinked[source], self.machine.wants(message, from: self.sources[source].key.publicKey) else {
            return
        }
        let pause = UInt64.random(in: 0..<3_000_000, using: &self.random)
        do throws(CatchUpError) {
            let check = self.machine.check(using: self.key)
            if let checked = try check.check(message) { self.schedule(.checked(checked, source: source), after: pause) }
        } catch {
            self.schedule(.refused(error, source: source), after: pause)
        }
    }

    // MARK: The two machines

    mutating func tell(_ event: CatchUpEvent) {
        for effect in self.machine.handle(event, now: self.now) {
            switch effect {
            case .send(let message, let node):
                if self.banned.contains(node) { self.problem = "a liar is asked again" }
                if case .headersRequest = message { self.headersRequests += 1 }
                guard let source = self.sources.firstIndex(where: { $0.key.publicKey == node }) else { continue }
                self.transmit(.requested(message, source: source), source)
            case .check(let run):
                self.schedule(.run(run.check(using: self.key)), after: 500_000)
            case .deliver(let message, let node): self.handle(.received(message, from: node))
            case .running(let isRunning):
                self.wasRunning = self.wasRunning || isRunning
                self.handle(.catchingUp(isRunning))
            case .misbehaved(let node, _):
                self.banned.insert(node)
                if let source = self.sources.firstIndex(where: { $0.key.publicKey == node }) {
                    self.isLinked[source] = false
                    self.schedule(.come(source: source), after: 100_000_000)
                }
            case .halted(let index, let error): self.problem = "halted at \(index): \(error)"
            case .candidate(let final, let node): self.candidates.append((final, node))
            }
        }
    }

    private mutating func receive(_ message: Message, _ source: Int) {
        guard self.voter.wants(message),
            let checked = try? self.check.check(message, behind: self.voter.chain.tip)
        else { return }
        self.handle(.received(checked, from: self.sources[source].key.publicKey))
    }

    private mutating func handle(_ event: VoteEvent) {
        let moment = Moment(instant: self.now, timestamp: Samples.start)
        var stored: BlockIndex?
        for effect in self.voter.handle(event, now: moment) {
            switch effect {
            case .append(let final, let leafHashes):
                self.compare(final, leafHashes)
                stored = final.block.index
            case .send(.finalsRequest(let index), .node(let node)):
                self.finalsRequests += 1
                if let source = self.sources.firstIndex(where: { $0.key.publicKey == node }) {
                    self.transmit(.finalsRequested(index, source: source), source)
                }
            case .epochBegan(let present):
                self.check = MessageCheck(present: present, verifier: self.key)
            case .halted(let index, let error): self.problem = "the vote machine halted at \(index): \(error)"
            case .misbehaved(let node, let how): self.problem = "the vote machine says of \(node): \(how)"
            default: break
            }
        }
        if let stored { self.schedule(.stored(stored), after: UInt64.random(in: 0..<5_000_000, using: &self.random)) }
    }

    /// Each block is the chain's, whole, and comes in order.
    private mutating func compare(_ final: FinalBlock, _ leafHashes: [Digest]) {
        self.log.append(final)
        let expected = self.chain[BlockIndex(rawValue: UInt64(self.log.count))]
        guard final.block == expected.block, leafHashes == expected.block.entries.leafHashes() else {
            self.problem = "block \(self.log.count) is another one: \(final.block.header)"
            return
        }
        if let certificate = final.certificate, certificate != expected.certificate {
            self.problem = "block \(self.log.count) has another certificate"
        }
    }
}
