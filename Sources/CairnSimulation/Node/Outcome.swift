import CairnConsensus
import CairnHash
import CairnLedger
import CairnStore

/// What a node does to the world around it.
enum Outcome {
    case send(NodeMessage, to: VoteEffect.Destination)
    /// A check takes some time; then the catch-up machine hears what came of it.
    case later(CatchUpEvent)
    /// So many blocks came by bulk catch-up, and were verified.
    case caughtUp(Int)
    /// A certified block breaks a rule.
    case halted(BlockIndex, BlockError)
    /// Blocks that another node wants can't be read.
    case unreadable(StoreError)
    /// A sync has begun; somebody has to say when it is done.
    case syncing
    /// A block is final for this node, and on its way to its disk.
    case final(FinalBlock)
    /// Blocks up to this one are durable, and may be shown.
    case shown(LedgerHead)
    case answer(Ticket, Answer)
    case found(Equivocation)
    case lostVote(SignedVote)
    case misbehaved(PublicKey, String)
    /// Somebody's block is of the future, by this node's clock.
    case refusedTime(PublicKey)
    case epoch(Epoch)
    /// The disk holds something else than what was written: the process ends.
    case broken(StoreError)
    /// What no driver ought to see.
    case violated(Violation)
}

/// What a client is told.
enum Answer {
    case accepted(firstRecord: UInt64, count: Int, blockIndex: UInt64, blockHash: Digest)
    case refused(VoteEffect.Refusal)
    case changed(blockIndex: UInt64)
    case changeRefused(VoteEffect.ChangeRefusal)
}
