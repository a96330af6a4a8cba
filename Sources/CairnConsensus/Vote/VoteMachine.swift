public import CairnHash
public import CairnLedger

/// Consensus by vote, as a state machine: events and the time go in, effects come out, nothing else happens.
///
/// The driver carries effects out in order. `.store` comes alone: its block has to be durable before anything about it
/// is said to anybody, so what follows from it only comes out when the driver reports `.stored`.
///
/// This is the rule's case of one member: its finalise vote is the certificate, so there are no views to wait for and
/// no timers. View n of an epoch is its n-th block.
public struct VoteMachine<Key: Signer>: Sendable {
    public enum Event: Sendable {
        /// Clients handed records in; each answer goes to the submission's ticket.
        case submitted([(submission: Submission, ticket: Ticket)])
        /// The block of the last `.store` is durable.
        case stored
        /// The disk had no room for the block of the last `.store`, and nothing of it is there.
        case noSpace
    }

    public enum Effect: Sendable {
        /// Store this block durably, then report `.stored`. Always the last effect.
        case store(FinalBlock, leafHashes: [Digest])
        /// The records of these tickets are final and durable in this block.
        case accept([Acceptance], in: BlockHeader, hash: Digest)
        /// The ledger has a submission of this id there. If its records are the same, it is answered with them;
        /// otherwise the id was used twice.
        case compare(Submission, Ticket, SubmissionWindow.Place)
        case refuse([Ticket], Refusal)
    }

    /// Where a submission's records are.
    public struct Acceptance: Hashable, Sendable {
        public var tickets: [Ticket]
        public var place: SubmissionWindow.Place
    }

    public enum Refusal: Hashable, Sendable {
        case queueFull
        case noSpace
        /// A submission of the same id and other records waits.
        case idReused
    }

    private let key: Key
    /// The state behind the newest durable block.
    public private(set) var chain: ChainState
    private var mempool: Mempool
    /// The block that is being stored.
    private var storing: Storing?

    private struct Storing: Sendable {
        var proposed: ProposedBlock
        var batch: [Mempool.Waiting]
    }

    /// - Precondition: `key` is the only member's.
    public init(chain: ChainState, key: Key, capacity: Mempool.Capacity) {
        precondition(chain.members.members.map(\.key) == [key.publicKey], "the rule for one member needs its key")
        self.chain = chain
        self.key = key
        self.mempool = Mempool(capacity: capacity)
    }

    // MARK: Events

    public mutating func handle(_ event: Event, now: Timestamp) -> [Effect] {
        var effects: [Effect] = []
        switch event {
        case .submitted(let submissions):
            for (submission, ticket) in submissions { self.submit(submission, ticket, &effects) }
        case .stored:
            effects.append(self.finishStoring())
        case .noSpace:
            guard let storing = self.storing else { preconditionFailure("no block is being stored") }
            self.storing = nil
            effects.append(.refuse(storing.batch.flatMap(\.tickets), .noSpace))
        }
        if let store = self.propose(now: now) { effects.append(store) }
        return effects
    }

    private mutating func submit(_ submission: Submission, _ ticket: Ticket, _ effects: inout [Effect]) {
        if let id = submission.id {
            if let place = self.chain.window[id] {
                effects.append(.compare(submission, ticket, place))
                return
            }
            if let position = self.storing?.batch.firstIndex(where: { $0.submission.id == id }) {
                self.join(position, submission, ticket, &effects)
                return
            }
        }
        switch self.mempool.add(submission, ticket: ticket) {
        case .added, .joined: break
        case .idReused: effects.append(.refuse([ticket], .idReused))
        case .full: effects.append(.refuse([ticket], .queueFull))
        }
    }

    /// The submission's id is in the block that is being stored.
    private mutating func join(
        _ position: Int, _ submission: Submission, _ ticket: Ticket, _ effects: inout [Effect]
    ) {
        guard self.storing?.batch[position].submission.leafHashes == submission.leafHashes else {
            effects.append(.refuse([ticket], .idReused))
            return
        }
        self.storing?.batch[position].tickets.append(ticket)
    }

    // MARK: Blocks

    /// Makes the next block of what waits, unless one is on its way.
    private mutating func propose(now: Timestamp) -> Effect? {
        guard self.storing == nil, !self.mempool.isEmpty else { return nil }
        let batch = self.mempool.takeBlock()
        var entries = Entries()
        entries.reserveCapacity(
            records: batch.reduce(0) { $0 + $1.submission.entries.count },
            bytes: batch.reduce(0) { $0 + $1.submission.entries.bytes.count })
        var leafHashes: [Digest] = []
        var named: [SubmissionList.Item] = []
        for waiting in batch {
            if let id = waiting.submission.id {
                let end = entries.count + waiting.submission.entries.count
                named.append(SubmissionList.Item(id: id, offsets: entries.count..<end))
            }
            entries.append(contentsOf: waiting.submission.entries)
            leafHashes.append(contentsOf: waiting.submission.leafHashes)
        }
        let proposed = self.chain.makeBlock(
            entries: entries, leafHashes: leafHashes, submissions: named.isEmpty ? nil : SubmissionList(named),
            proposer: self.key.publicKey, now: now)
        self.storing = Storing(proposed: proposed, batch: batch)
        return .store(
            FinalBlock(block: proposed.block, certificate: self.certificate(for: proposed)), leafHashes: leafHashes)
    }

    /// The only member's finalise vote is a quorum.
    private func certificate(for proposed: ProposedBlock) -> Certificate {
        let header = proposed.block.header
        let vote = Vote(
            chain: self.chain.chain, epoch: header.epoch, view: View(rawValue: header.index.rawValue),
            kind: .finalise, blockHash: proposed.hash)
        let signature = self.key.sign(vote.message)
        return Certificate(
            epoch: vote.epoch, view: vote.view, blockHash: vote.blockHash,
            votes: [Certificate.MemberSignature(member: 0, signature: signature)])
    }

    private mutating func finishStoring() -> Effect {
        guard let storing = self.storing else { preconditionFailure("no block is being stored") }
        self.storing = nil
        self.chain.advance(to: storing.proposed)
        var next = storing.proposed.block.firstRecord
        var acceptances: [Acceptance] = []
        acceptances.reserveCapacity(storing.batch.count)
        for waiting in storing.batch {
            let count = waiting.submission.entries.count
            acceptances.append(
                Acceptance(
                    tickets: waiting.tickets, place: SubmissionWindow.Place(firstRecord: next, count: count)))
            next = next + count
        }
        return .accept(acceptances, in: storing.proposed.block.header, hash: storing.proposed.hash)
    }
}
