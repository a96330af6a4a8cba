public import CairnHash

/// What a chain has come to, as far as the next block depends on it; and the rules that the next block has to keep.
public struct ChainState: Sendable {
    /// The hash of the genesis block: the chain's identity.
    public let chain: Digest
    public let settings: GenesisSettings
    public private(set) var head: BlockHeader
    public private(set) var headHash: Digest
    public private(set) var frontier: MerkleFrontier
    public private(set) var window: SubmissionWindow

    /// The state behind a genesis block.
    public init(genesis: Block) throws(BlockError) {
        let header = genesis.header
        guard header.index == 0 else { throw .wrongIndex(expected: 0, found: header.index) }
        guard header.previousHash == .zero else { throw .brokenLink(expected: .zero, found: header.previousHash) }
        guard header.epoch == 0 else { throw .wrongEpoch(expected: 0, found: header.epoch) }
        guard genesis.entries.isEmpty else { throw .genesis(.holdsRecords) }
        guard let settings = try Self.checkedAnnex(of: genesis)?.genesis else { throw .genesis(.missing) }
        let frontier = MerkleFrontier()
        try Self.check(header, frontier: frontier, members: settings.members)

        self.chain = header.hash
        self.settings = settings
        self.head = header
        self.headHash = self.chain
        self.frontier = frontier
        self.window = SubmissionWindow(capacity: settings.submissionWindow)
    }

    /// The state behind a block in the middle of a chain, put together from what was kept of the chain before it.
    ///
    /// - Parameters:
    ///   - genesis: the genesis block.
    ///   - head: the header of a block that passed its checks before.
    ///   - frontier: the right edge of the tree at that block.
    ///   - window: the submissions up to that block.
    /// - Throws: `BlockError` when the genesis block is not valid or tree and header contradict each other.
    public init(
        genesis: Block, head: BlockHeader, frontier: MerkleFrontier, window: SubmissionWindow
    ) throws(BlockError) {
        self = try ChainState(genesis: genesis)
        try Self.check(head, frontier: frontier, members: self.settings.members)
        self.head = head
        self.headHash = head.hash
        self.frontier = frontier
        self.window = window
        // The newest blocks may have had no list, so that the window wasn't told how far the ledger has come.
        self.window.forget(at: head.treeSize)
    }

    /// The members who may propose and vote now.
    public var members: MemberSet { self.settings.members }

    // MARK: The next block

    /// Puts the next block together from records. It keeps every rule, given that no id in `submissions` is in the
    /// window.
    public func makeBlock(
        entries: Entries, leafHashes: [Digest], submissions: SubmissionList?, proposer: PublicKey, now: Timestamp
    ) -> ProposedBlock {
        precondition(leafHashes.count == entries.count, "there is a leaf hash for each record")
        var frontier = self.frontier
        frontier.append(contentsOf: leafHashes)
        // An annex says something or isn't there.
        let listed = submissions.flatMap { $0.items.isEmpty ? nil : $0 }
        let annexBytes = listed.map { Annex(submissions: $0).encoded() } ?? []
        let header = BlockHeader(
            index: self.head.index.next(),
            // A clock that was set back must not stop the ledger: time stands still until it has caught up.
            timestamp: max(self.head.timestamp, now),
            previousHash: self.headHash,
            treeSize: frontier.size,
            treeRoot: frontier.root,
            annexHash: annexBytes.isEmpty ? .zero : Digest(hashing: annexBytes),
            proposer: proposer,
            epoch: self.head.epoch)
        return ProposedBlock(
            block: Block(header: header, annexBytes: annexBytes, entries: entries), hash: header.hash,
            leafHashes: leafHashes, frontier: frontier, submissions: submissions)
    }

    /// Goes on to a block that `makeBlock` made from this very state: what it computed is not computed again.
    public mutating func advance(to proposed: ProposedBlock) {
        let header = proposed.block.header
        precondition(header.previousHash == self.headHash, "the block was made from another state")
        self.head = header
        self.headHash = proposed.hash
        self.frontier = proposed.frontier
        self.window.insert(
            proposed.submissions, blockFirstRecord: proposed.block.firstRecord, treeSize: header.treeSize)
    }

    /// Checks a block against every rule but its certificate and the canonical form of its records, and goes on to it.
    ///
    /// - Parameter leafHashes: the leaf hashes of the block's records, which the caller has from the records themselves.
    /// - Throws: the first rule that is broken; the state is then as it was.
    public mutating func apply(_ block: Block, leafHashes: [Digest]) throws(BlockError) {
        precondition(leafHashes.count == block.entries.count, "there is a leaf hash for each record")
        let header = block.header
        guard header.index == self.head.index.next() else {
            throw .wrongIndex(expected: self.head.index.next(), found: header.index)
        }
        guard header.previousHash == self.headHash else {
            throw .brokenLink(expected: self.headHash, found: header.previousHash)
        }
        guard header.timestamp >= self.head.timestamp else {
            throw .timestampBeforeParent(parent: self.head.timestamp, found: header.timestamp)
        }
        guard header.epoch == self.head.epoch else {
            throw .wrongEpoch(expected: self.head.epoch, found: header.epoch)
        }
        try Self.checkSize(of: block)
        let annex = try Self.checkedAnnex(of: block)
        guard annex?.genesis == nil else { throw .genesis(.repeated) }

        var frontier = self.frontier
        frontier.append(contentsOf: leafHashes)
        try Self.check(header, frontier: frontier, members: self.members)
        try self.checkSubmissions(annex?.submissions)

        self.head = header
        self.headHash = header.hash
        self.frontier = frontier
        self.window.insert(annex?.submissions, blockFirstRecord: block.firstRecord, treeSize: header.treeSize)
    }

    // MARK: Rules

    private static func checkSize(of block: Block) throws(BlockError) {
        guard !block.entries.isEmpty else { throw .noRecords }
        guard block.entries.count <= Limits.blockRecordsMax else {
            throw .tooManyRecords(count: block.entries.count, limit: Limits.blockRecordsMax)
        }
        let bytes = block.annexBytes.count + block.entries.bytes.count
        guard bytes <= Limits.blockBytesMax else { throw .tooLarge(bytes: bytes, limit: Limits.blockBytesMax) }
    }

    private static func checkedAnnex(of block: Block) throws(BlockError) -> Annex? {
        let expected = block.annexBytes.isEmpty ? .zero : Digest(hashing: block.annexBytes)
        guard block.header.annexHash == expected else {
            throw .wrongAnnexHash(expected: expected, found: block.header.annexHash)
        }
        do {
            let annex = try block.annex()
            try annex?.submissions?.check(recordCount: block.entries.count)
            return annex
        } catch {
            throw .annex(error)
        }
    }

    private static func check(
        _ header: BlockHeader, frontier: MerkleFrontier, members: MemberSet
    ) throws(BlockError) {
        guard header.treeSize == frontier.size else {
            throw .wrongTreeSize(expected: frontier.size, found: header.treeSize)
        }
        let root = frontier.root
        guard header.treeRoot == root else { throw .wrongTreeRoot(expected: root, found: header.treeRoot) }
        guard members.position(of: header.proposer) != nil else { throw .proposerNotMember(header.proposer) }
        guard header.targetBits == 0, header.nonce == 0 else {
            throw .unexpectedWork(targetBits: header.targetBits, nonce: header.nonce)
        }
    }

    private func checkSubmissions(_ list: SubmissionList?) throws(BlockError) {
        let blockFirstRecord = self.frontier.size.nextRecord
        if let id = self.window.firstRepeated(in: list, blockFirstRecord: blockFirstRecord) {
            throw .repeatedSubmission(id)
        }
    }
}

/// A block of our own making, with what its making yielded.
public struct ProposedBlock: Sendable {
    public let block: Block
    public let hash: Digest
    /// One a record, in order.
    public let leafHashes: [Digest]
    let frontier: MerkleFrontier
    let submissions: SubmissionList?
}

extension Block {
    /// Checks that each record is canonical JSON (RFC 8785): a hash can be right over bytes that no node would take.
    public func checkCanonicalForm() throws(BlockError) {
        let all = self.entries.bytes.span.bytes
        for position in 0..<self.entries.count {
            let bytes = all.extracting(self.entries.range(of: position))
            guard CanonicalJSON.isCanonical(bytes, maxDepth: Limits.nestingMax) else {
                throw .notCanonical(record: self.firstRecord + position)
            }
        }
    }
}
