public import CairnHash

/// A block with what hashing it yields: made away from where decisions are taken, and on any thread.
public struct HashedBlock: Sendable {
    public let block: Block
    public let hash: Digest
    /// One a record, in order.
    public let leafHashes: [Digest]

    public init(_ block: Block) {
        self.init(block, leafHashes: block.entries.leafHashes())
    }

    /// - Parameter leafHashes: those of the block's records, which the caller has from the records themselves.
    public init(_ block: Block, leafHashes: [Digest]) {
        precondition(leafHashes.count == block.entries.count, "there is a leaf hash for each record")
        self.block = block
        self.hash = block.header.hash
        self.leafHashes = leafHashes
    }
}

/// A block that keeps every rule behind one particular tip, but for the window of submissions, its certificate and the
/// canonical form of its records. Only `ChainTip` makes one.
public struct CheckedBlock: Sendable {
    public let block: Block
    public let hash: Digest
    /// One a record, in order.
    public let leafHashes: [Digest]
    public let submissions: SubmissionList?
    /// The change of members that makes this block its epoch's last.
    public let change: MemberChange?
    /// The chain's end behind this block.
    public let tip: ChainTip

    package init(_ hashed: HashedBlock, submissions: SubmissionList?, change: MemberChange?, tip: ChainTip) {
        self.block = hashed.block
        self.hash = hashed.hash
        self.leafHashes = hashed.leafHashes
        self.submissions = submissions
        self.change = change
        self.tip = tip
    }
}

extension Block {
    /// Checks that each record is canonical JSON (RFC 8785): a hash can be right over bytes that no node would take.
    public func checkCanonicalForm() throws(BlockError) {
        if let position = self.entries.firstNotCanonical { throw .notCanonical(record: self.firstRecord + position) }
    }
}
