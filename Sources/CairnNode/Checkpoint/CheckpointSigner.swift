internal import CairnConsensus
internal import CairnHash
internal import CairnLedger
internal import CairnStore

/// Signs checkpoints of durable blocks for this node, and says what a tree of some size has to look like.
struct CheckpointSigner: Sendable {
    let origin: ExactText
    let keyring: NoteKeyring
    let store: LedgerStore

    init(settings: GenesisSettings, chain: Digest, nodeKey: PrivateKey, store: LedgerStore) {
        self.origin = ExactText(settings.name)
        self.store = store
        guard let keyring = try? NoteKeyring(nodeKey: nodeKey, chain: chain, origin: self.origin) else {
            preconditionFailure("a ledger's name was checked to be one of a key")
        }
        self.keyring = keyring
    }

    func checkpoint(of header: BlockHeader) -> Checkpoint {
        Checkpoint(origin: self.origin, size: header.treeSize, root: header.treeRoot)
    }

    /// Only for a block that is final and durable.
    func sign(_ checkpoint: Checkpoint) -> MemberSignatures {
        self.keyring.sign(checkpoint, time: Timestamp.now().microseconds / 1_000_000)
    }

    /// What the other members are told.
    func share(_ signatures: MemberSignatures, under checkpoint: Checkpoint) -> CheckpointShare {
        CheckpointShare(
            note: SignedCheckpoint(checkpoint, signatures: [signatures.log, signatures.cosignature]).bytes,
            keys: self.keyring.certified)
    }

    /// The durable block behind which the ledger has a size; nil when there is none (yet).
    func block(endingAt size: TreeSize) throws(StoreError) -> BlockHeader? {
        guard size <= self.store.head.treeSize else { return nil }
        guard let last = size.rawValue.checkedDecrement else { return try self.store.header(of: 0) }
        let header = try self.store.header(of: try self.store.blockIndex(of: RecordNumber(rawValue: last)))
        return header.treeSize == size ? header : nil
    }

    /// Only where counting members doesn't say all.
    func evidence(of header: BlockHeader) -> NativeEvidence? {
        guard let members = try? self.store.members(of: header.epoch),
            Set(members.members.map(\.power)).count > 1,
            let certificate = try? self.store.block(header.index).certificate
        else { return nil }
        return NativeEvidence(header: header, certificate: certificate)
    }
}

extension UInt64 {
    fileprivate var checkedDecrement: UInt64? { self == 0 ? nil : self - 1 }
}
