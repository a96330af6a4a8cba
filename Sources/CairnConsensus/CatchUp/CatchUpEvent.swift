public import CairnHash
public import CairnLedger

/// What a catch-up machine is told.
public enum CatchUpEvent: Sendable {
    /// There is a link to a node.
    case linked(PublicKey)
    /// There is none any more.
    case unlinked(PublicKey)
    /// A node says that this is its newest block. It may lie.
    case claimed(head: BlockIndex, by: PublicKey)
    /// A message that `CatchUpMachine.wants` and `CatchUpCheck` let through.
    case received(CheckedCatchUp, from: PublicKey)
    /// `CatchUpCheck` threw this.
    case refused(CatchUpError, from: PublicKey)
    /// What came of a `.check` effect.
    case checked(CheckedRun)
    /// Blocks up to this one are durable in the block log, whoever fetched them; the vote machine has come to this tip.
    case stored(through: BlockIndex, tip: ChainTip)
    /// `CatchUpMachine.wakeUp` has come.
    case timeReached

    /// One block is wanted for a repair: the one with this hash, or, without one, whichever has this index.
    case repair(BlockIndex, hash: Digest?)
    /// Whether the `.candidate` for a repair is good: its annex is, and its hash when it was known, but only who has the
    /// leaf hashes of all records before it can tell whether its records are those of its tree root. After a "no", and
    /// until there is a "yes" or `.repairEnded`, other nodes are asked.
    case judged(BlockIndex, isGood: Bool)
    /// The block isn't wanted any more.
    case repairEnded(BlockIndex)
}

/// What a catch-up machine wants done, in this order.
public enum CatchUpEffect: Sendable {
    case send(CatchUpMessage, to: PublicKey)
    /// Call `run.check(using:)`, on any thread but the deciding one, and report `.checked` with what it returns. There is
    /// never more than one under way.
    case check(CatchUpRun)
    /// Final blocks for the vote machine, as `.received(_, from:)`: without a pause, in this order.
    case deliver(CheckedMessage, from: PublicKey)
    /// Whether this machine is fetching blocks. The vote machine is told with `.catchingUp`, and doesn't ask meanwhile.
    case running(Bool)
    /// A node sent what no honest one sends: it is to be banned. The machine asks it nothing more.
    case misbehaved(PublicKey, CatchUpError)
    /// The certified chain breaks a rule that this program knows at this block: a quorum lied, or this program is too old. No
    /// other node can help, nothing more is fetched, and a person has to look.
    case halted(BlockIndex, BlockError)
    /// A block for a repair, which waits for `.judged`.
    case candidate(FinalBlock, from: PublicKey)
}
