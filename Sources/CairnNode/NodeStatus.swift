public import CairnConsensus
public import CairnHash
public import CairnLedger

/// What a node says about itself.
public struct NodeStatus: Sendable {
    public enum Role: String, Hashable, Sendable {
        /// Its votes count.
        case member
        /// It copies and serves.
        case follower
    }

    public var version: String
    public var name: String
    public var chain: Digest
    public var key: PublicKey
    public var head: BlockHeader
    public var headHash: Digest
    /// Those who decide on the next block.
    public var members: EpochMembers
    /// Records that wait to be written.
    public var queuedRecords: Int
    /// The newest block that the index knows, nil when there is no index yet.
    public var indexedBlock: BlockIndex?
    public var startedAt: Timestamp
    public var role: Role
    /// Why this node must not vote, though its key may be a member's. Nil when it may.
    public var lostVote: String?
    /// The view of the present epoch that this member is in.
    public var view: View
    /// Members that voted for two things at once, with the proof of it.
    public var evidence: [Equivocation]
    /// How far this node has come in getting what others have.
    public var catchUp: CatchUpProgress?
    /// How far the history is there, of a ledger that began with a snapshot; nil when all of the ledger is.
    public var snapshot: SnapshotProgress?
    /// Nodes that there is a link to.
    public var linkCount: Int
    /// Nil when the node doesn't scrub.
    public var scrub: ScrubStatus?
    public var repair: RepairStatus
    /// Whether the node takes records now, and why not.
    public var readiness: Readiness

    /// Why the node is not ready to take records, nil when it is.
    public var notReady: String? { self.readiness.reason }
}
