public import CairnHash

/// What a chain has come to, as far as the next block depends on it; and the rules that the next block has to keep.
public struct ChainState: Sendable {
    /// The hash of the genesis block: the chain's identity.
    public let chain: Digest
    public let genesisSettings: GenesisSettings
    public private(set) var tip: ChainTip
    public private(set) var window: SubmissionWindow

    /// The state behind a genesis block.
    public init(genesis: Block) throws(BlockError) {
        let header = genesis.header
        guard header.index == 0 else { throw .wrongIndex(expected: 0, found: header.index) }
        guard header.previousHash == .zero else { throw .brokenLink(expected: .zero, found: header.previousHash) }
        guard header.epoch == 0 else { throw .wrongEpoch(expected: 0, found: header.epoch) }
        guard genesis.entries.isEmpty else { throw .genesis(.holdsRecords) }
        let annex = try BlockRules.annex(of: genesis)
        guard let settings = annex?.genesis else { throw .genesis(.missing) }
        guard annex?.change == nil else { throw .genesis(.changesMembers) }
        try BlockRules.checkPlaces(of: annex?.submissions, in: genesis)
        let frontier = MerkleFrontier()
        try BlockRules.check(header, frontier: frontier, members: settings.members, change: nil)

        self.chain = header.hash
        self.genesisSettings = settings
        let founders = EpochMembers(
            chain: header.hash, epoch: 0, members: settings.members, settings: EpochSettings(settings))
        self.tip = ChainTip(header, hash: header.hash, frontier: frontier, of: founders, change: nil)
        self.window = SubmissionWindow(of: founders)
    }

    /// The state behind a block in the middle of a chain, put together from what was kept of the chain before it.
    ///
    /// - Parameters:
    ///   - genesis: the genesis block.
    ///   - head: the header of a block that passed its checks before.
    ///   - frontier: the right edge of the tree at that block.
    ///   - window: the submissions up to that block, by the settings of its own epoch.
    ///   - own: what holds in that block's own epoch.
    ///   - change: what that block changed about it.
    /// - Throws: `BlockError` when the genesis block is not valid, or tree or members and header contradict each other.
    public init(
        genesis: Block, head: BlockHeader, frontier: MerkleFrontier, window: SubmissionWindow, of own: EpochMembers,
        change: MemberChange?
    ) throws(BlockError) {
        precondition(
            window.capacity == own.settings.submissionWindow && window.start == own.windowStart,
            "the window is the epoch's")
        self = try ChainState(genesis: genesis)
        try BlockRules.check(head, frontier: frontier, members: own.members, change: change)
        self.tip = ChainTip(head, hash: head.hash, frontier: frontier, of: own, change: change)
        self.window = window
        // The newest blocks may have had no list, so that the window wasn't told how far the ledger has come.
        self.window.forget(at: head.treeSize)
        if self.tip.isEpochEnd { self.window.begin(self.tip.present, at: head.treeSize) }
    }

    /// The header of the last block.
    public var head: BlockHeader { self.tip.header }
    public var headHash: Digest { self.tip.hash }
    public var frontier: MerkleFrontier { self.tip.frontier }
    /// Of the next block.
    public var epoch: Epoch { self.tip.epoch }
    /// What holds for the next block.
    public var present: EpochMembers { self.tip.present }
    /// The members who may propose the next block and vote on it.
    public var members: MemberSet { self.tip.members }

    // MARK: The next block

    /// Goes on to a block that was made or checked behind this very tip: what that computed is not computed again.
    ///
    /// - Precondition: none of its submissions is in the window.
    public mutating func advance(to checked: CheckedBlock) {
        let block = checked.block
        precondition(block.header.previousHash == self.tip.hash, "the block was made or checked behind another one")
        self.tip = checked.tip
        self.window.insert(
            checked.submissions, blockFirstRecord: block.firstRecord, treeSize: block.header.treeSize)
        if self.tip.isEpochEnd { self.window.begin(self.tip.present, at: block.header.treeSize) }
    }

    /// Checks a block against every rule but its certificate and the canonical form of its records, and goes on to it.
    ///
    /// - Parameter leafHashes: the leaf hashes of the block's records, which the caller has from the records themselves.
    /// - Throws: the first rule that is broken; the state is then as it was.
    public mutating func apply(
        _ block: Block, leafHashes: [Digest], using verifier: some SignatureVerifier = Ed25519Verifier()
    ) throws(BlockError) {
        let hashed = HashedBlock(block, leafHashes: leafHashes)
        let checked = try self.tip.check(hashed, using: verifier)
        let firstRecord = self.tip.frontier.size.nextRecord
        if let id = self.window.firstRepeated(in: checked.submissions, blockFirstRecord: firstRecord) {
            throw .repeatedSubmission(id)
        }
        self.advance(to: checked)
    }

    // MARK: Many blocks at once

    /// Checks and remembers what the next block lists, when all its other rules are checked elsewhere: `CairnStore`
    /// checks many blocks in parallel, but whether a submission is repeated shows in their order only.
    ///
    /// - Throws: `.repeatedSubmission`; the state is then as it was.
    public mutating func insert(_ submissions: SubmissionList, blockFirstRecord: RecordNumber, treeSize: TreeSize)
        throws(BlockError)
    {
        if let id = self.window.firstRepeated(in: submissions, blockFirstRecord: blockFirstRecord) {
            throw .repeatedSubmission(id)
        }
        self.window.insert(submissions, blockFirstRecord: blockFirstRecord, treeSize: treeSize)
    }

    /// Goes on to a later block of the same epoch, when every rule of it and of those between was checked elsewhere, and
    /// what they list was inserted.
    public mutating func advance(toChecked head: BlockHeader, hash: Digest, frontier: MerkleFrontier) {
        precondition(head.treeSize == frontier.size && head.epoch == self.epoch, "the blocks were not checked")
        self.tip = ChainTip(head, hash: hash, frontier: frontier, of: self.present, change: nil)
        self.window.forget(at: head.treeSize)
    }
}
