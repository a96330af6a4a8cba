public import CairnHash

/// The end of a chain: all that the next block depends on, but the window of submissions.
///
/// Cheap to copy: a header, at most 64 hashes, and a reference to the members. So several blocks that are not final
/// yet, and compete, can each have their own.
public struct ChainTip: Sendable {
    /// Of the last block.
    public let header: BlockHeader
    /// Of the last block.
    public let hash: Digest
    /// The right edge of the tree with the last block's records.
    public let frontier: MerkleFrontier
    /// What holds for the next block.
    public let present: EpochMembers

    /// Of the next block.
    public var epoch: Epoch { self.present.epoch }
    /// Those who may propose the next block and vote on it.
    public var members: MemberSet { self.present.members }

    /// Whether the last block changed the members, and is its epoch's last.
    public var isEpochEnd: Bool { self.header.epoch != self.epoch }

    /// Behind a block of an epoch in which this holds.
    init(_ header: BlockHeader, hash: Digest, frontier: MerkleFrontier, of own: EpochMembers, change: MemberChange?) {
        self.header = header
        self.hash = hash
        self.frontier = frontier
        self.present = change.map { own.following($0, treeSize: header.treeSize) } ?? own
    }

    // MARK: The next block

    /// Puts the next block together. It keeps every rule, given that no id in `submissions` is in the window, that
    /// there are records or a change of members, that the change was verified, and that the proposer is a member.
    public func makeBlock(
        entries: Entries, leafHashes: [Digest], submissions: SubmissionList?, change: MemberChange? = nil,
        proposer: PublicKey, now: Timestamp
    ) -> CheckedBlock {
        precondition(leafHashes.count == entries.count, "there is a leaf hash for each record")
        precondition(!entries.isEmpty || change != nil, "a block holds records or changes the members")
        precondition(change.map { $0.epoch == self.epoch } ?? true, "a change of members is of the present epoch")
        var frontier = self.frontier
        frontier.append(contentsOf: leafHashes)
        // An annex says something or isn't there.
        let listed = submissions.flatMap { $0.items.isEmpty ? nil : $0 }
        let hasAnnex = listed != nil || change != nil
        let annexBytes = hasAnnex ? Annex(change: change, submissions: listed).encoded() : []
        let header = BlockHeader(
            index: self.header.index.next(),
            // A clock that was set back must not stop the ledger: time stands still until it has caught up.
            timestamp: max(self.header.timestamp, now),
            previousHash: self.hash,
            treeSize: frontier.size,
            treeRoot: frontier.root,
            annexHash: annexBytes.isEmpty ? .zero : Digest(hashing: annexBytes),
            proposer: proposer,
            epoch: self.epoch)
        let hashed = HashedBlock(
            Block(header: header, annexBytes: annexBytes, entries: entries), leafHashes: leafHashes)
        return self.checked(hashed, frontier: frontier, submissions: listed, change: change)
    }

    /// Checks a block against every rule for the next one but the window of submissions, its certificate and the
    /// canonical form of its records.
    ///
    /// A change of members costs a signature check (about 0.1 ms) for each of its signatures.
    ///
    /// - Throws: the first rule that is broken.
    public func check(
        _ hashed: HashedBlock, using verifier: some SignatureVerifier = Ed25519Verifier()
    ) throws(BlockError) -> CheckedBlock {
        let header = hashed.block.header
        guard header.index == self.header.index.next() else {
            throw .wrongIndex(expected: self.header.index.next(), found: header.index)
        }
        guard header.previousHash == self.hash else {
            throw .brokenLink(expected: self.hash, found: header.previousHash)
        }
        guard header.timestamp >= self.header.timestamp else {
            throw .timestampBeforeParent(parent: self.header.timestamp, found: header.timestamp)
        }
        guard header.epoch == self.epoch else { throw .wrongEpoch(expected: self.epoch, found: header.epoch) }
        try BlockRules.checkSize(of: hashed.block)
        let annex = try BlockRules.annex(of: hashed.block)
        guard annex?.genesis == nil else { throw .genesis(.repeated) }
        // A ledger that nobody writes to can change its members.
        guard !hashed.block.entries.isEmpty || annex?.change != nil else { throw .noRecords }
        // Recovery keys change members, and write nothing.
        if annex?.change?.isRecovery == true, !hashed.block.entries.isEmpty || annex?.submissions != nil {
            throw .recoveryWithRecords
        }
        try BlockRules.checkPlaces(of: annex?.submissions, in: hashed.block)

        var frontier = self.frontier
        frontier.append(contentsOf: hashed.leafHashes)
        try BlockRules.check(header, frontier: frontier, members: self.members, change: annex?.change)
        try self.check(annex?.change, using: verifier)
        return self.checked(hashed, frontier: frontier, submissions: annex?.submissions, change: annex?.change)
    }

    private func check(
        _ change: MemberChange?, using verifier: some SignatureVerifier
    ) throws(BlockError) {
        do throws(MemberChangeError) {
            try change?.verify(present: self.present, using: verifier)
        } catch {
            throw .change(error)
        }
    }

    private func checked(
        _ hashed: HashedBlock, frontier: MerkleFrontier, submissions: SubmissionList?, change: MemberChange?
    ) -> CheckedBlock {
        let tip = ChainTip(
            hashed.block.header, hash: hashed.hash, frontier: frontier, of: self.present, change: change)
        return CheckedBlock(hashed, submissions: submissions, change: change, tip: tip)
    }
}
