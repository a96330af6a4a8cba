public import CairnHash
public import CairnLedger

/// What a node says about itself.
public struct NodeStatus: Sendable {
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
    /// Nil when the node doesn't scrub.
    public var scrub: ScrubStatus?
    /// Why the node is not ready to take records, nil when it is.
    public var notReady: String?
}
