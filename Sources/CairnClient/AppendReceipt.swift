public import CairnHash
public import CairnLedger

/// What a node says about records that it took: they are durable there. It is the node's word and not signed;
/// ``LedgerClient/confirm(_:)`` turns it into a proof.
public struct AppendReceipt: Hashable, Sendable {
    /// The number of the first record; the others follow it.
    public var firstRecord: RecordNumber
    /// Of the records, in order; made here.
    public var leafHashes: [Digest]
    public var blockIndex: BlockIndex
    public var blockHash: Digest
    /// The block's, as the node says: RFC 3339.
    public var timestamp: String
    /// The node had the submission already: an earlier try had arrived, or the key was used before.
    public var isRepeat: Bool
    public var node: NodeURL

    package init(
        firstRecord: RecordNumber, leafHashes: [Digest], blockIndex: BlockIndex, blockHash: Digest, timestamp: String,
        isRepeat: Bool, node: NodeURL
    ) {
        self.firstRecord = firstRecord
        self.leafHashes = leafHashes
        self.blockIndex = blockIndex
        self.blockHash = blockHash
        self.timestamp = timestamp
        self.isRepeat = isRepeat
        self.node = node
    }

    public var lastRecord: RecordNumber { self.firstRecord + (self.leafHashes.count - 1) }
}
