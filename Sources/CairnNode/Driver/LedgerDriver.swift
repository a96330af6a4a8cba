package import CairnConsensus
internal import CairnHash
internal import CairnLedger
internal import CairnLock
internal import CairnPeers
internal import CairnStore
internal import Dispatch
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Carries out what the consensus rule decides: stores, syncs, and only then sends, answers and shows.
///
/// One event loop decides. Links are read and written on the same one, so that a message costs no change of threads. Journal and
/// block log each have a thread for their syncs, so that messages are read and votes counted while a disk works; the only
/// member of a ledger, who has nobody to hear, writes on the deciding thread.
///
/// `@unchecked Sendable`: everything mutable is touched on the event loop only; what other threads use is in `Inbox`,
/// `Mailbox`, `LedgerStore` and mutexes.
package final class LedgerDriver: @unchecked Sendable {
    package struct Configuration: Sendable {
        package var capacity: QueueCapacity
        /// How long a submission may wait to become final before its caller is told that it has not.
        var submissionTimeout: Duration
    }

    /// What the node hears of its driver, on the deciding thread.
    struct Reports: Sendable {
        var grew: @Sendable () -> Void
        var failed: @Sendable (StoreError) -> Void
        /// A member signed a checkpoint. What is wrong with that goes back.
        var shared: @Sendable (CheckpointShare, _ lied: @escaping @Sendable (String) -> Void) -> Void
        var linked: @Sendable (PublicKey) -> Void
        /// The history of a ledger that began with a snapshot is there.
        var whole: @Sendable () -> Void
        /// Something stored can't be read, or isn't what it was.
        var damaged: @Sendable (Corruption) -> Void
        /// A block that may take a damaged one's place.
        var offered: @Sendable (FinalBlock, _ from: PublicKey) -> Void
        /// Now and then: what is so without anything happening may be another than before.
        var looked: @Sendable () -> Void
    }

    /// Where it begins: the ledger as it was opened, and what is remembered of votes.
    struct Beginning: ~Copyable {
        var opened: OpenedLedger
        var key: PrivateKey
        /// Nil where there is none that may be used.
        var journal: JournalKeeper?
        var memory: VoteMemory
        /// Why the node must not vote.
        var lostVote: String?
        var headCertificate: Certificate?
        /// Of a ledger that began with a snapshot, while its history isn't there.
        var history: HistoryFill?
    }

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop: any EventLoop
    /// Whether submissions come on the loop too: then it must not wait for them.
    let isLoopShared = Atomic(false)
    /// Reads for other nodes: never in the way of what decides.
    let servingQueue = DispatchQueue(label: "cairn.serving", qos: .utility)
    /// Checks of what others serve: hashes of whole ledgers.
    let checkQueue = DispatchQueue(label: "cairn.checking", qos: .utility, attributes: .concurrent)
    /// Checks of what strangers send, one after the other: they take one core at most.
    let strangersQueue = DispatchQueue(label: "cairn.strangers", qos: .utility)
    let inbox: Inbox
    let mailbox = Mailbox()
    let store: LedgerStore
    let key: PublicKey
    let configuration: Configuration
    let logger: Logger
    let reports: Reports
    private let publishedStatus: Lock<DriverStatus>

    // MARK: On the loop

    var machine: VoteMachine<PrivateKey, Simplex>
    var catchUp: CatchUpMachine
    var check: MessageCheck<RememberedSignatures>
    var links: (any Links)?
    /// What came over links before they were handed over here: they begin on their own, and an answer to it would be lost.
    var early: [Mailbox.Mail] = []
    let log: LogKeeper
    let journal: JournalKeeper?
    var lostVote: String?
    /// Why no final block can be followed any more.
    var halted: String?
    var history: HistoryFill?
    /// Why this process doesn't vote, should its key become a member's: the ledger began with a snapshot.
    var withoutVote: String?

    var waiting: [Ticket: Inbox.Item] = [:]
    var changeWaiting: [Ticket: @Sendable (Result<BlockReference, ChangeError>) -> Void] = [:]
    /// Tickets by when their callers are told that it takes too long.
    var deadlines: [(at: Instant, ticket: Ticket)] = []
    var nextTicket: UInt64 = 0

    /// For the next sync of the journal and of the block log.
    var journalQueue: [JournalKeeper.Item] = []
    var logQueue: [LogKeeper.Item] = []
    /// What the present syncs make durable.
    var journaling: [JournalKeeper.Item]?
    var logging: [LogKeeper.Item]?
    /// Whether an epoch's last block is among what the log's present sync makes durable.
    var isLoggingEpochEnd = false
    var isTrimming = false
    /// Whether this process has begun its journal anew.
    var hasTrimmed = false

    var timer: (at: Instant, task: Scheduled<Void>)?

    var isSealScheduled = false
    /// Blocks written since the seal was scheduled.
    var grewSinceScheduled = false
    var hasFailed = false
    var isClosed = false
    /// Submissions in the newest block, and in the one before it.
    var lastGroup = 0
    var groupBefore = 0
    /// Submissions that were taken since answers left last.
    var takenSinceAnswers = 0
    var lastSyncNanoseconds: UInt64 = 0
    /// Until when submissions gather, while other nodes have to be told of them.
    var gatherUntil: Instant?
    /// Nodes that final blocks are being read for.
    var serving: Set<PublicKey> = []

    var watch: RepeatedTask?
    var presence: MemberPresence
    /// How the members stand, as it was seen last; nil while nobody else is needed.
    var quorumView: ReadinessSituation.Quorum?
    /// What there is of a quorum that is known to be missing.
    var missingQuorum: QuorumPower?
    var hasHadQuorum = false
    /// Since when records wait without any block becoming final.
    var stalledSince: Instant?
    var stalledFor = Duration.zero
    var lastHead: BlockIndex = 0
    /// Files that the disk has no room for, by who writes them.
    var full: [DiskUser: String] = [:]
    /// Bytes that have to fit before the disk has room again.
    var roomWanted = 0
    var isLookingForRoom = false
    var quietLines = QuietLines()

    init(_ beginning: consuming Beginning, configuration: Configuration, logger: Logger, reports: Reports) {
        let chain = beginning.opened.chain
        self.loop = self.group.next()
        self.store = beginning.opened.store
        self.key = beginning.key.publicKey
        self.machine = VoteMachine(
            chain: chain, headCertificate: beginning.headCertificate, key: beginning.key, memory: beginning.memory,
            configuration: VoteConfiguration(capacity: configuration.capacity),
            idSeed: (0..<16).map { _ in .random(in: 0...255) }, now: .now())
        self.catchUp = CatchUpMachine(chain: chain.chain, tip: chain.tip, key: beginning.key.publicKey)
        self.check = MessageCheck(present: chain.present, verifier: RememberedSignatures())
        self.history = beginning.history
        self.lostVote = beginning.history == nil ? beginning.lostVote : nil
        self.withoutVote = beginning.history == nil ? nil : beginning.lostVote
        self.journal = beginning.journal
        self.log = LogKeeper(beginning.opened.takeWriter())
        self.inbox = Inbox(capacity: configuration.capacity)
        self.configuration = configuration
        self.logger = logger
        self.reports = reports
        self.publishedStatus = Lock(DriverStatus())
        self.presence = MemberPresence(
            own: self.key, members: self.machine.members, now: Moment.now().instant)
        self.lastHead = chain.head.index
        self.publishStatus()
        self.beginWatch()
    }

    /// Begins to talk to other nodes.
    func start(links: any Links) async {
        await self.onLoop {
            self.links = links
            links.setMembers(self.machine.members.members.map(\.key))
            self.handle(.started)
            if let view = self.machine.undecidedFastView {
                let advice = "if nothing becomes final once all members are back, start them with that version again"
                self.logger.warning(
                    "the journal has a vote of version 0.1 that nothing is decided of",
                    metadata: ["view": "\(view)", "advice": "\(advice)"])
            }
            self.startHistory()
            self.openEarly()
            self.lookForQuorum()
            self.finishTurn()
        }
    }

    /// Runs something on the deciding thread. Not after `close`.
    package func onLoop<Answer: Sendable>(_ body: @escaping @Sendable () -> Answer) async -> Answer {
        await withCheckedContinuation { continuation in
            self.loop.execute { continuation.resume(returning: body()) }
        }
    }

    // MARK: From any thread

    var queuedRecords: Int { self.inbox.records }
    var status: DriverStatus { self.publishedStatus.withLock { $0 } }

    func submit(_ submission: Submission, client: ClientID, completion: @escaping Inbox.Completion) {
        switch self.inbox.add(Inbox.Item(submission: submission, client: client, completion: completion)) {
        case .added: break
        case .first: if self.mailbox.wake() { self.wake() }
        case .refused(let error): completion(.failure(error))
        }
    }

    func submit(
        _ change: MemberChange, completion: @escaping @Sendable (Result<BlockReference, ChangeError>) -> Void
    ) {
        self.post(.change(change, completion))
    }

    func post(_ mail: Mailbox.Mail) {
        switch self.mailbox.post(mail) {
        case .first: self.wake()
        case .added: break
        case .closed: self.refuse(mail)
        }
    }

    private func wake() {
        self.loop.execute { self.run() }
    }

    /// Finishes what can be finished soon, seals and closes the store.
    func close() async {
        self.inbox.close()
        await self.drain()
        await self.onLoop {
            self.run()
            self.isClosed = true
            self.timer?.task.cancel()
            self.watch?.cancel()
            self.answerAll(.stopped)
            guard !self.hasFailed else { return }
            do throws(StoreError) {
                try self.history?.keeper.close()
                try self.journal?.seal()
                try self.log.close()
            } catch {
                self.logger.error("can't seal the ledger", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Ends the deciding thread, after `close`, and after the links that are read on it.
    func shutdown() async {
        await self.onLoop {
            for mail in self.early + self.mailbox.close() { self.refuse(mail) }
            self.early = []
        }
        try? await self.group.shutdownGracefully()
    }

    /// How long a stop waits for what was accepted to become final: other nodes may not be there to help.
    private static let drainTime = Duration.seconds(3)

    /// Waits until nobody waits for an answer and the disk has nothing to do, but not for long.
    private func drain() async {
        let end = Moment.now().instant + Self.drainTime
        while Moment.now().instant < end {
            if await self.onLoop({ self.hasFailed || self.isIdle }) { return }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private var isIdle: Bool {
        self.waiting.isEmpty && self.changeWaiting.isEmpty && self.isStored && self.inbox.isEmpty
    }

    /// Nothing waits for a disk.
    var isStored: Bool {
        self.journaling == nil && self.logging == nil && self.journalQueue.isEmpty && self.logQueue.isEmpty
            && !self.isTrimming
    }

    /// Whether this node is the only member, who needs nobody.
    var isAlone: Bool { self.check.members.isOnly(self.key) }

    // MARK: State

    func makeTicket() -> Ticket {
        defer { self.nextTicket += 1 }
        return Ticket(rawValue: self.nextTicket)
    }

    /// Nothing more is written or answered with yes: what is on the disk is unknown until the ledger is opened anew.
    func fail(_ error: StoreError) {
        guard !self.hasFailed else { return }
        self.hasFailed = true
        self.inbox.close()
        self.timer?.task.cancel()
        self.logger.critical("the ledger can't be written", metadata: ["error": "\(error)"])
        self.answerAll(.stopped)
        self.publishStatus()
        self.reports.failed(error)
    }

    func publishStatus() {
        let isMember = self.check.members.position(of: self.key) != nil
        let status = DriverStatus(
            isMember: isMember, isAlone: self.isAlone,
            lostVote: self.lostVote ?? (isMember ? self.withoutVote : nil), halted: self.halted,
            epoch: self.machine.epoch, view: self.machine.view, evidence: self.machine.equivocations,
            catchUp: self.catchUp.progress, fullFile: self.fullFile,
            snapshot: self.history.map { $0.progress(self.store) }, hasMetOthers: self.presence.hasMetOthers,
            quorum: self.quorumView, stalledFor: self.stalledFor)
        self.publishedStatus.withLock { $0 = status }
    }
}
