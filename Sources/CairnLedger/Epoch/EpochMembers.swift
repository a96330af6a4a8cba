public import CairnHash

/// The members of one epoch of a chain: what its certificates are checked with.
///
/// Whoever knows only the hash of the genesis block follows the members from there with the last block of each epoch,
/// without its records: `EpochEnd`.
public struct EpochMembers: Hashable, Sendable {
    /// The hash of the genesis block.
    public let chain: Digest
    public let epoch: Epoch
    public let members: MemberSet

    public init(chain: Digest, epoch: Epoch, members: MemberSet) {
        self.chain = chain
        self.epoch = epoch
        self.members = members
    }

    /// Those of epoch 0. The caller compares `chain` with the hash that it trusts.
    public init(genesis: Block) throws(BlockError) {
        let state = try ChainState(genesis: genesis)
        self.init(chain: state.chain, epoch: state.epoch, members: state.members)
    }

    /// The members behind this epoch's last block.
    ///
    /// One signature check (about 0.1 ms) for each vote and each signature under the change.
    public func next(
        behind end: EpochEnd, using verifier: some SignatureVerifier = Ed25519Verifier()
    ) throws(EpochEndError) -> EpochMembers {
        guard end.header.epoch == self.epoch else {
            throw .otherEpoch(expected: self.epoch, found: end.header.epoch)
        }
        let change = try end.change()
        do throws(CertificateError) {
            try end.certificate.verify(
                blockHash: end.header.hash, epoch: self.epoch, members: self.members, chain: self.chain,
                using: verifier)
        } catch {
            throw .certificate(error)
        }
        do throws(MemberChangeError) {
            try change.verify(present: self.members, epoch: self.epoch, chain: self.chain, using: verifier)
        } catch {
            throw .change(error)
        }
        return EpochMembers(chain: self.chain, epoch: self.epoch.next(), members: change.next)
    }
}
