public import CairnHash

/// What holds in one epoch of a chain: its members, which its certificates are checked with, and its settings.
///
/// Whoever knows only the hash of the genesis block follows both from there with the last block of each epoch, without its
/// records: `EpochEnd`.
public struct EpochMembers: Hashable, Sendable {
    /// The hash of the genesis block.
    public let chain: Digest
    public let epoch: Epoch
    public let members: MemberSet
    public let settings: EpochSettings
    /// Submissions whose records are all before this one are not remembered in this epoch, however large its window is:
    /// the epochs before had forgotten them. Light clients have no use for it.
    public let windowStart: RecordNumber

    public init(
        chain: Digest, epoch: Epoch, members: MemberSet, settings: EpochSettings, windowStart: RecordNumber = 0
    ) {
        self.chain = chain
        self.epoch = epoch
        self.members = members
        self.settings = settings
        self.windowStart = windowStart
    }

    /// Those of epoch 0. The caller compares `chain` with the hash that it trusts.
    public init(genesis: Block) throws(BlockError) {
        self = try ChainState(genesis: genesis).present
    }

    /// Whether notarise votes of all members make a block final.
    public var isFinalWithAll: Bool { self.settings.agreement == .simplex2 && self.members.atMostOneLies }

    /// Checks that votes of this epoch's members made the block with this hash final. Of a block that recovery keys may have
    /// made final, `verify(_:of:hash:using:)` knows more.
    ///
    /// One signature check (about 0.1 ms) a vote.
    package func verify(
        _ certificate: Certificate, of blockHash: Digest, using verifier: some SignatureVerifier = Ed25519Verifier()
    ) throws(CertificateError) {
        guard certificate.kind == .finalise || certificate.kind == .notarise && self.isFinalWithAll else {
            throw .otherKind(certificate.kind)
        }
        guard certificate.blockHash == blockHash else {
            throw .otherBlock(expected: blockHash, found: certificate.blockHash)
        }
        guard certificate.epoch == self.epoch else {
            throw .otherEpoch(expected: self.epoch, found: certificate.epoch)
        }
        guard certificate.kind == .finalise || certificate.isOfAll(self.members) else {
            throw .notOfAll(votes: certificate.votes.count, members: self.members.members.count)
        }
        try certificate.verify(members: self.members, chain: self.chain, using: verifier)
    }

    /// What holds in the epoch that a change begins.
    ///
    /// - Parameters:
    ///   - change: verified.
    ///   - treeSize: of the block with the change.
    package func following(_ change: MemberChange, treeSize: TreeSize) -> EpochMembers {
        EpochMembers(
            chain: self.chain, epoch: self.epoch.next(), members: change.next,
            settings: change.settings ?? self.settings,
            windowStart: SubmissionWindow(of: self).firstRecord(at: treeSize))
    }

    /// What holds after this epoch's last block.
    ///
    /// One signature check (about 0.1 ms) for each vote and each signature under the change.
    ///
    /// - Throws: `.annex(.unknownSettings)` only when a quorum of this epoch has signed the block.
    public func next(
        behind end: EpochEnd, using verifier: some SignatureVerifier = Ed25519Verifier()
    ) throws(EpochEndError) -> EpochMembers {
        guard end.header.epoch == self.epoch else {
            throw .otherEpoch(expected: self.epoch, found: end.header.epoch)
        }
        let change: MemberChange
        do throws(EpochEndError) {
            change = try end.change()
        } catch {
            // Whoever made it up must not pass for a newer version.
            if error.isOfNewerVersion { try self.checkCertificate(of: end, using: verifier) }
            throw error
        }
        try self.checkCertificate(of: end, using: verifier)
        do throws(MemberChangeError) {
            try change.verify(present: self, using: verifier)
        } catch {
            throw .change(error)
        }
        // Recovery keys end it in the name of the first new member: of those of the epoch, nobody has a key.
        let isProposer =
            change.isRecovery
            ? change.next.members[0].key == end.header.proposer
            : self.members.position(of: end.header.proposer) != nil
        guard isProposer else { throw .otherProposer(end.header.proposer) }
        return self.following(change, treeSize: end.header.treeSize)
    }

    private func checkCertificate(
        of end: EpochEnd, using verifier: some SignatureVerifier
    ) throws(EpochEndError) {
        do throws(CertificateError) {
            try self.verify(end.certificate, of: end.header, hash: end.header.hash, using: verifier)
        } catch {
            throw .certificate(error)
        }
    }
}
