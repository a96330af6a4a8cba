internal import CairnConsensus
internal import CairnHash
internal import CairnLedger
internal import CairnStore
internal import Dispatch
internal import Logging
internal import Synchronization

/// Carries out what the consensus rule decides: stores, syncs, and only then answers and shows.
///
/// `@unchecked Sendable`: everything mutable is touched on the serial queue only; what other threads use is in `Inbox`,
/// `LedgerStore` and a mutex.
final class LedgerDriver: @unchecked Sendable {
    /// How long the ledger has to be quiet before it is sealed.
    private static let sealDelay = DispatchTimeInterval.milliseconds(100)

    /// Submissions in a block from which on it pays to let more gather for the next: below, clients are so few that
    /// waiting would only cost them time.
    private static let gatherFrom = 4
    /// The longest that a submission waits for others.
    private static let gatherNanosecondsMax: UInt64 = 1_000_000

    private let queue = DispatchQueue(label: "cairn.ledger", qos: .userInitiated)
    private let inbox: Inbox
    private let store: LedgerStore
    private var writer: LedgerWriter
    private var machine: VoteMachine<PrivateKey, Simplex>
    private let logger: Logger
    private let onGrowth: @Sendable () -> Void
    private let onFailure: @Sendable (StoreError) -> Void

    private var waiting: [Ticket: Inbox.Item] = [:]
    private var nextTicket: UInt64 = 0
    private var isSealScheduled = false
    /// Blocks written since the seal was scheduled.
    private var grewSinceScheduled = false
    private var hasFailed = false
    private var isClosed = false
    private var wasFull = false
    /// Submissions in the newest block, and in the one before it.
    private var lastGroup = 0
    private var groupBefore = 0
    private var lastSyncNanoseconds: UInt64 = 0

    init(
        opened: consuming OpenedLedger, key: PrivateKey, capacity: QueueCapacity, logger: Logger,
        onGrowth: @escaping @Sendable () -> Void, onFailure: @escaping @Sendable (StoreError) -> Void
    ) {
        self.store = opened.store
        self.machine = VoteMachine(
            chain: opened.chain, headCertificate: nil, key: key, memory: .journal([]),
            configuration: VoteConfiguration(capacity: capacity), idSeed: (0..<16).map { _ in .random(in: 0...255) },
            now: .now())
        self.writer = opened.takeWriter()
        self.inbox = Inbox(capacity: capacity)
        self.logger = logger
        self.onGrowth = onGrowth
        self.onFailure = onFailure
    }

    var queuedRecords: Int { self.inbox.records }

    func submit(_ submission: Submission, client: ClientID, completion: @escaping Inbox.Completion) {
        switch self.inbox.add(Inbox.Item(submission: submission, client: client, completion: completion)) {
        case .added: break
        case .first: self.queue.async { self.run() }
        case .refused(let error): completion(.failure(error))
        }
    }

    /// Finishes what was accepted, seals and closes the store.
    func close() async {
        self.inbox.close()
        await withCheckedContinuation { continuation in
            self.queue.async {
                self.run()
                self.isClosed = true
                if !self.hasFailed {
                    do throws(StoreError) {
                        try self.writer.close()
                    } catch {
                        self.logger.error("can't seal the ledger", metadata: ["error": "\(error)"])
                    }
                }
                continuation.resume()
            }
        }
    }

    // MARK: On the queue

    /// Works until nothing waits. What comes meanwhile shares the next block, and with it the next sync.
    private func run() {
        while !self.hasFailed {
            self.gather()
            let items = self.inbox.takeAll()
            guard !items.isEmpty else { break }
            var submitted: [(submission: Submission, client: ClientID, ticket: Ticket)] = []
            submitted.reserveCapacity(items.count)
            for item in items {
                let ticket = Ticket(rawValue: self.nextTicket)
                self.nextTicket += 1
                self.waiting[ticket] = item
                submitted.append((item.submission, item.client, ticket))
            }
            self.handle(.submitted(submitted))
        }
        if self.hasFailed {
            for item in self.inbox.takeAll() { self.answer(item, .failure(.stopped)) }
        } else {
            self.scheduleSeal()
        }
    }

    /// Under load, a sync costs more than all else that a record costs: as long as the last one took, a few more
    /// submissions than lately may come together for the next.
    private func gather() {
        let lately = (self.lastGroup + self.groupBefore) / 2
        guard lately >= Self.gatherFrom else { return }
        self.inbox.gather(
            lately + lately / 4, nanoseconds: min(self.lastSyncNanoseconds, Self.gatherNanosecondsMax))
    }

    private func handle(_ first: VoteEvent) {
        var event: VoteEvent? = first
        var durable = DurableBlocks?.none
        while let present = event.take() {
            for effect in self.machine.handle(present, now: .now()) {
                switch effect {
                case .append(let final, let leafHashes):
                    do throws(StoreError) {
                        try self.writer.append(final, leafHashes: leafHashes)
                        let start = DispatchTime.now().uptimeNanoseconds
                        durable = try self.writer.sync()
                        self.lastSyncNanoseconds = DispatchTime.now().uptimeNanoseconds - start
                        event = .appended(through: final.block.index)
                        self.grewSinceScheduled = true
                        self.wasFull = false
                    } catch {
                        event = self.handleStoreError(error)
                    }
                case .accept(let acceptances, let header, let hash):
                    guard let proof = durable.take() else {
                        preconditionFailure("a block was accepted before it was durable")
                    }
                    self.accept(acceptances, in: header, hash: hash, proof: proof)
                case .compare(let submission, let ticket, let place):
                    self.answer(ticket, self.repeated(submission, at: place))
                case .refuse(let tickets, let refusal):
                    for ticket in tickets { self.answer(ticket, .failure(AppendError(refusal))) }
                case .acceptChange, .refuseChange, .epochBegan, .found, .lostVote, .misbehaved, .journal, .send,
                    .sendFinals:
                    // A single member has nobody to talk to, and nothing to remember that isn't in its log.
                    preconditionFailure("a ledger with one member does without: \(effect)")
                }
            }
        }
    }

    private func handleStoreError(_ error: StoreError) -> VoteEvent? {
        if case .noSpace(let file) = error {
            if !self.wasFull {
                self.logger.warning("the disk is full: no record is taken", metadata: ["file": "\(file)"])
            }
            self.wasFull = true
            return .noSpace
        }
        self.fail(error)
        return nil
    }

    /// Nothing more is written or answered with yes: what is on the disk is unknown until the ledger is opened anew.
    private func fail(_ error: StoreError) {
        self.hasFailed = true
        self.inbox.close()
        self.logger.critical("the ledger can't be written", metadata: ["error": "\(error)"])
        for ticket in self.waiting.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            self.answer(ticket, .failure(.stopped))
        }
        self.onFailure(error)
    }

    // MARK: Answers

    /// Only who holds the store's word that the block is durable can acknowledge it.
    private func accept(
        _ acceptances: [VoteEffect.Acceptance], in header: BlockHeader, hash: Digest,
        proof: consuming DurableBlocks
    ) {
        precondition(proof.head.header.index >= header.index, "block \(header.index) is not durable")
        let block = BlockReference(index: header.index, hash: hash, timestamp: header.timestamp)
        self.groupBefore = self.lastGroup
        self.lastGroup = acceptances.count
        for acceptance in acceptances {
            for (position, ticket) in acceptance.tickets.enumerated() {
                let receipt = Receipt(
                    firstRecord: acceptance.place.firstRecord, count: acceptance.place.count, block: block,
                    isRepeat: position > 0)
                self.answer(ticket, .success(receipt))
            }
        }
        self.onGrowth()
    }

    /// The answer to a submission whose id is in the ledger.
    private func repeated(
        _ submission: Submission, at place: SubmissionWindow.Place
    ) -> Result<Receipt, AppendError> {
        do throws(StoreError) {
            guard place.count == submission.leafHashes.count else { return .failure(.idReused) }
            let block = try self.store.block(try self.store.blockIndex(of: place.firstRecord)).block
            // The tree's files are quick to ask and derived: before a "no", the records themselves are.
            guard
                try self.store.leafHashes(from: place.firstRecord, count: place.count) == submission.leafHashes
                    || Self.holds(block, submission, at: place)
            else { return .failure(.idReused) }
            let reference = BlockReference(
                index: block.index, hash: block.header.hash, timestamp: block.header.timestamp)
            return .success(
                Receipt(firstRecord: place.firstRecord, count: place.count, block: reference, isRepeat: true))
        } catch {
            self.logger.error("can't read what a repeated submission wrote", metadata: ["error": "\(error)"])
            return .failure(.unreadable)
        }
    }

    private static func holds(_ block: Block, _ submission: Submission, at place: SubmissionWindow.Place) -> Bool {
        guard block.firstRecord <= place.firstRecord,
            place.firstRecord.rawValue + UInt64(place.count) <= block.header.treeSize.rawValue
        else { return false }
        let offset = Int(place.firstRecord.rawValue - block.firstRecord.rawValue)
        return block.entries.leafHashes()[offset..<offset + place.count].elementsEqual(submission.leafHashes)
    }

    private func answer(_ ticket: Ticket, _ result: Result<Receipt, AppendError>) {
        guard let item = self.waiting.removeValue(forKey: ticket) else {
            preconditionFailure("ticket \(ticket.rawValue) was answered twice")
        }
        self.answer(item, result)
    }

    private func answer(_ item: Inbox.Item, _ result: Result<Receipt, AppendError>) {
        self.inbox.answered(item)
        item.completion(result)
    }

    // MARK: Sealing

    private func scheduleSeal() {
        guard !self.isSealScheduled, self.grewSinceScheduled else { return }
        self.isSealScheduled = true
        self.grewSinceScheduled = false
        self.queue.asyncAfter(deadline: .now() + Self.sealDelay) { self.seal() }
    }

    private func seal() {
        self.isSealScheduled = false
        guard !self.hasFailed, !self.isClosed else { return }
        guard !self.grewSinceScheduled else {
            self.scheduleSeal()
            return
        }
        do throws(StoreError) {
            try self.writer.seal()
        } catch {
            // The seal before it holds; the next quiet moment after an append tries again, and so does the next start.
            if case .noSpace = error { return }
            self.fail(error)
        }
    }
}

extension AppendError {
    init(_ refusal: VoteEffect.Refusal) {
        self =
            switch refusal {
            case .queueFull: .queueFull
            case .noSpace: .noSpace
            case .idReused: .idReused
            }
    }
}
