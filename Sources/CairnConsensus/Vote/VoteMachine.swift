public import CairnHash
public import CairnLedger

/// What a node remembers of its votes when it starts.
public enum VoteMemory: Sendable {
    /// Its journal's entries, in order.
    case journal([JournalEntry])
    /// The journal is missing or damaged: the node can't know what its key said, and votes no more.
    case lost
}

/// Consensus by vote, as a state machine: events and the time go in, effects come out, nothing else happens.
///
/// The protocol is Simplex (Chan and Pass, IACR ePrint 2023/463) with weighted votes; docs/consensus.md tells it whole, with
/// the argument for its safety. One machine is one node: a member, or a follower that only copies.
///
/// A ledger with one member needs no agreement: its finalise vote is the certificate, its block log is its journal,
/// and there are no views to wait for and no timers.
public struct VoteMachine<Key: Signer, Rule: VoteRule>: Sendable {
    package let key: Key
    package let configuration: VoteConfiguration
    package let idSeed: [UInt8]
    var idsMade: UInt64 = 0
    /// Whether this node may vote where it is a member.
    public internal(set) var hasVote: Bool

    /// The state behind the newest final block.
    public internal(set) var chain: ChainState
    /// The newest block that readers of the block log see.
    public internal(set) var shownHead: BlockName
    /// Final blocks that were handed out to be stored and aren't reported as `.appended`.
    var unshown: [BlockName] = []
    package var round: Round
    package var blocks = UnfinishedBlocks()
    package var mempool: Mempool
    /// A change of members that waits for a block, with those who wait for it.
    package var change: (change: MemberChange, tickets: [Ticket])?
    var forwarding = Forwarding()
    /// Whether somebody else fetches final blocks, so that this machine doesn't ask for them.
    var isCatchingUp = false
    /// Whether a quorum made a block final that this program is too old to judge.
    public internal(set) var isHalted = false
    /// The block of a ledger with one member that is being stored.
    package var storing: Storing?

    /// Lies that were proven, oldest first; one a member and epoch.
    public internal(set) var equivocations: [Equivocation] = []

    var outbox = Outbox()
    var asking = Asking()
    var neighbours: Neighbours
    /// The moment behind the newest final block, in which its clients may send more.
    var gathering: Gathering?
    /// The view of this member's newest vote that may have been what made a block final, and `mempool.recordsTaken` when that left.
    var voteLeft: (view: View, recordsTaken: UInt64)?
    /// Journal entries of epochs that the log doesn't know yet: it lost the blocks before them, and gets them again.
    var laterMemory: [JournalEntry] = []
    /// A final block that can't be reached yet, by its certificate, and who sent it.
    var target: (certificate: Certificate, sender: PublicKey?)?

    package struct Storing: Sendable {
        var block: CheckedBlock
        var batch: [Mempool.Waiting]
        var changeTickets: [Ticket]
    }

    /// - Parameters:
    ///   - chain: the state behind the newest block in the log.
    ///   - headCertificate: that block's certificate, nil for the genesis block.
    ///   - idSeed: secret random bytes, new each time: ids of submissions without one come from it.
    public init(
        chain: ChainState, headCertificate: Certificate?, key: Key, memory: VoteMemory,
        configuration: VoteConfiguration, idSeed: [UInt8], now: Moment
    ) {
        self.key = key
        self.configuration = configuration
        self.idSeed = idSeed
        self.chain = chain
        self.shownHead = BlockName(index: chain.head.index, hash: chain.headHash)
        self.mempool = Mempool(capacity: configuration.capacity)
        self.neighbours = Neighbours(heartbeat: configuration.heartbeat, now: now.instant)
        self.round = Round(chain.tip, chain.present, key: key.publicKey, configuration: configuration)
        switch memory {
        case .lost:
            self.hasVote = false
            self.restore([], headCertificate: headCertificate)
        case .journal(let entries):
            self.hasVote = true
            self.restore(entries, headCertificate: headCertificate)
        }
    }

    // MARK: Looking in

    /// The present epoch, whose members' votes count.
    public var epoch: Epoch { self.round.epoch }
    public var members: MemberSet { self.round.members }
    /// The view that this member is in.
    public var view: View { self.round.view }
    /// Records that wait for a block.
    public var waitingRecords: Int { self.mempool.records }

    /// The only member needs nobody's agreement.
    var isAlone: Bool { self.round.members.isOnly(self.key.publicKey) }

    /// Whether the only member's next block is being stored.
    package var isStoring: Bool { self.storing != nil }

    /// Whether this node's votes count now.
    package var votes: Bool { self.hasVote && self.round.position != nil && !self.isAlone }

    // MARK: Events

    public mutating func handle(_ event: VoteEvent, now: Moment) -> [VoteEffect] {
        var turn = Turn(now: now)
        switch event {
        case .started: self.start(&turn)
        case .submitted(let submissions): self.submit(submissions, &turn)
        case .changeSubmitted(let change, let ticket): self.submit(change, ticket: ticket, &turn)
        case .received(let message, let sender): self.receive(message.content, from: sender, &turn)
        case .linked(let node): turn.send(.status(self.status(wantsAnswer: false)), to: .node(node))
        case .timeReached: break
        case .journaled(let number): self.release(through: number, &turn)
        case .appended(let index): self.show(through: index, &turn)
        case .noSpace: self.giveUpStoring(&turn)
        case .catchingUp(let isCatchingUp): self.isCatchingUp = isCatchingUp
        }
        self.settle(&turn)
        return turn.effects
    }

    /// Does what has become possible or due.
    private mutating func settle(_ turn: inout Turn) {
        var before: View?
        while !self.isAlone, before != self.round.view {
            before = self.round.view
            self.finishTarget(&turn)
            self.voteOnProposal(&turn)
            self.voteForFinal(&turn)
            self.giveUpReleasedView(&turn)
            self.finaliseOverdue(&turn)
            self.propose(&turn)
            self.forwardLeftOut(&turn)
            self.watchTime(&turn)
        }
        // It may have just become the only member.
        if self.isAlone { self.writeAlone(&turn) }
        self.askForMissing(&turn)
        self.beat(&turn)
    }

    /// When `.timeReached` is wanted, nil when nothing is due.
    public var wakeUp: Instant? {
        self.round.deadline.orEarlier(self.round.tellAt).orEarlier(self.round.repeatAt)
            .orEarlier(self.round.proposeAgainAt).orEarlier(self.round.lastVotes.wait?.end)
            .orEarlier(self.asking.nextAt)
            .orEarlier(self.neighbours.nextBeat(isAlone: self.isAlone))
    }
}

/// A block by its place and its hash.
public struct BlockName: Hashable, Sendable {
    public let index: BlockIndex
    public let hash: Digest
}

/// One event being handled: the time, and what has come out so far.
package struct Turn {
    let now: Moment
    var effects: [VoteEffect] = []

    mutating func send(_ message: Message, to destination: VoteEffect.Destination) {
        self.effects.append(.send(message, to: destination))
    }
}
