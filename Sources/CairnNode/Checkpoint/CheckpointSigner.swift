internal import CairnHash
internal import CairnLedger
internal import CairnStore

/// Makes the checkpoint of a durable block, signed by this node.
struct CheckpointSigner: Sendable {
    let origin: ExactText
    let chain: Digest
    let members: MemberSet
    let keyring: NoteKeyring

    init(settings: GenesisSettings, chain: Digest, nodeKey: PrivateKey) {
        self.origin = ExactText(settings.name)
        self.chain = chain
        self.members = settings.members
        guard let keyring = try? NoteKeyring(nodeKey: nodeKey, chain: chain, origin: self.origin) else {
            preconditionFailure("a ledger's name was checked to be one of a key")
        }
        self.keyring = keyring
    }

    /// Nil when this node's signatures alone are not a quorum's: those of other members don't come here yet.
    func sign(_ head: LedgerHead, in store: LedgerStore) -> PublishedCheckpoint? {
        let checkpoint = Checkpoint(origin: self.origin, size: head.treeSize, root: head.header.treeRoot)
        let signatures = self.keyring.sign(checkpoint, time: Timestamp.now().microseconds / 1_000_000)
        do throws(AssemblyError) {
            var assembly = try CheckpointAssembly(
                checkpoint, chain: self.chain, members: self.members, keys: [self.keyring.certified])
            try assembly.add(signatures)
            return assembly.signed.map { PublishedCheckpoint($0, evidence: self.evidence(of: head, in: store)) }
        } catch {
            preconditionFailure("the node's own signatures are good: \(error)")
        }
    }

    /// Only where counting members doesn't say all.
    private func evidence(of head: LedgerHead, in store: LedgerStore) -> NativeEvidence? {
        guard Set(self.members.members.map(\.power)).count > 1,
            let certificate = try? store.block(head.index).certificate
        else { return nil }
        return NativeEvidence(header: head.header, certificate: certificate)
    }
}
