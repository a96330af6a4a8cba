public import CairnHash
public import CairnLedger

/// What nodes say to one another. Links know who is at their other end; nothing in a message is believed before
/// `MessageCheck` saw it.
public enum Message: Hashable, Sendable {
    /// How far the sender has come. Sent now and then, so that silence means something.
    case status(Status)
    /// A leader's block for its view, from it or passed on.
    case proposal(Proposal)
    case vote(SignedVote)
    case certificate(Certificate)
    /// Records on their way to the leader.
    case submissions([Submission])
    /// A signed change of members on its way to the leader.
    case change(MemberChange)
    /// Asks for what the sender lacks to go on in an epoch.
    case request(Request)
    /// The answer to a request for a block: one that isn't final, or wasn't a moment ago.
    case block(Block)
    /// Asks for final blocks from an index on.
    case finalsRequest(from: BlockIndex)
    /// Consecutive final blocks; the last one of all and the last one of each epoch have a certificate.
    case finals([FinalBlock])

    public struct Status: Hashable, Sendable {
        public var epoch: Epoch
        public var view: View
        /// The newest block that is final and durable at the sender.
        public var head: BlockIndex
        public var headHash: Digest
        /// Whether the sender just came, and wants to be told what it missed.
        public var wantsAnswer: Bool

        public init(epoch: Epoch, view: View, head: BlockIndex, headHash: Digest, wantsAnswer: Bool) {
            self.epoch = epoch
            self.view = view
            self.head = head
            self.headHash = headHash
            self.wantsAnswer = wantsAnswer
        }
    }

    public struct Proposal: Hashable, Sendable {
        public var epoch: Epoch
        public var view: View
        /// The view in which the block that this one builds on was notarised, 0 for the block that the epoch began on.
        /// All views between the two are nullified. The block may be that block itself, proposed again.
        public var parentView: View
        public var block: Block
        /// The leader's vote for the block, its first in the view, in a proposal that is passed on.
        public var vote: SignedVote?

        public init(epoch: Epoch, view: View, parentView: View, block: Block, vote: SignedVote? = nil) {
            self.epoch = epoch
            self.view = view
            self.parentView = parentView
            self.block = block
            self.vote = vote
        }
    }

    public enum Request: Hashable, Sendable {
        /// A block that isn't final.
        case block(Digest)
        /// The notarisations and nullifications of these views.
        case certificates(epoch: Epoch, views: ClosedRange<View>)
    }
}
