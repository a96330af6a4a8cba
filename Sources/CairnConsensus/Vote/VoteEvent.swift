public import CairnHash
public import CairnLedger

/// What a vote machine is told.
public enum VoteEvent: Sendable {
    /// The first event: the node is there.
    case started
    /// Clients handed records in; each answer goes to the submission's ticket.
    case submitted([(submission: Submission, client: ClientID, ticket: Ticket)])
    /// A change of members that was signed elsewhere, and who waits for it.
    case changeSubmitted(MemberChange, Ticket)
    /// A message came from the node with this key.
    case received(CheckedMessage, from: PublicKey)
    /// There is a link to a node that there was none to.
    case linked(PublicKey)
    /// `VoteMachine.wakeUp` has come.
    case timeReached
    /// All journal entries up to this one are durable.
    case journaled(through: JournalNumber)
    /// All final blocks up to this one are in the block log, and readers see them. The only member of a ledger says so when
    /// they are durable there; of several members, a quorum has them in its journals.
    case appended(through: BlockIndex)
    /// Whether a catch-up machine is fetching final blocks now: meanwhile this machine asks nobody for them.
    case catchingUp(Bool)
    /// The disk had no room for the block of the last `.append` of a ledger with one member, and nothing of it is
    /// there. With more members nobody can take a final block back: the driver waits for room.
    case noSpace
}

/// What a vote machine wants done, in this order.
///
/// Nothing that depends on storage is among the effects before the storage was reported: votes come out of
/// `.journaled`, answers out of `.appended`. So a driver can't send or show too early.
public enum VoteEffect: Sendable {
    /// Write this entry to the journal; it may share a sync with what follows. Then report `.journaled`.
    case journal(JournalEntry, JournalNumber)
    /// Write this block to the block log; the last of several in a row has a certificate. Then report `.appended`.
    case append(FinalBlock, leafHashes: [Digest])
    case send(Message, to: Destination)
    /// Send final blocks from this index on, as many as fit a message, the last with a certificate.
    case sendFinals(from: BlockIndex, to: PublicKey)
    /// The records of these tickets are final in this block, which is durable by its log or by a quorum's journals.
    case accept([Acceptance], in: BlockHeader, hash: Digest)
    /// The ledger has a submission of this id there. If its records are the same, it is answered with them;
    /// otherwise the id was used twice.
    case compare(Submission, Ticket, SubmissionWindow.Place)
    case refuse([Ticket], Refusal)
    /// The change of members is final in this block.
    case acceptChange(Ticket, in: BlockHeader, hash: Digest)
    case refuseChange(Ticket, ChangeRefusal)
    /// A member of this epoch lied, and here is the proof.
    case found(Equivocation)
    /// This node's key voted elsewhere, or before the journal that this node has: it votes no more.
    case lostVote(SignedVote)
    /// A node broke the protocol in a way that no honest one does.
    case misbehaved(PublicKey, Misbehaviour)
    /// A quorum made a block final that this program is too old to judge: the machine votes no more, and doesn't go on.
    case halted(BlockIndex, BlockError)
    /// A new epoch has begun: messages are checked with what holds in it from now on.
    case epochBegan(EpochMembers)

    public enum Destination: Hashable, Sendable {
        /// All other members of the present epoch.
        case members
        /// All other nodes that there is a link to.
        case everybody
        case node(PublicKey)
    }

    /// Where a submission's records are.
    public struct Acceptance: Hashable, Sendable {
        public var tickets: [Ticket]
        public var place: SubmissionWindow.Place
    }

    public enum Refusal: Hashable, Sendable {
        case queueFull
        case noSpace
        /// A submission of the same id and other records waits, or was written.
        case idReused
    }

    public enum ChangeRefusal: Hashable, Sendable {
        case invalid(MemberChangeError)
        /// Another change waits, or came first: this one names an epoch that is over.
        case otherChange
        case noSpace
    }

    public enum Misbehaviour: Hashable, Sendable {
        case invalidProposal(BlockError)
        case proposalOutOfTurn
        case timestampAhead(Timestamp)
        case invalidFinals(BlockError)
    }
}

/// The number of an entry that a machine put into its journal, from 1 since it was made.
public struct JournalNumber: LedgerNumber {
    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}
