internal import CairnHash
public import CairnLedger
internal import CairnStore

extension Node {
    /// The newest checkpoint, of a size that the durable ledger has. Nil before a quorum of the members has signed one.
    public var checkpoint: PublishedCheckpoint? { self.checkpoints.present }

    /// Gives a checkpoint whose tree holds a record of the ledger: the present one, or the next, within about a second
    /// (and what witnesses take on top).
    ///
    /// - Parameter completion: called once, on any thread; with nil when the node stops before.
    public func checkpoint(
        covering number: RecordNumber, completion: @escaping @Sendable (PublishedCheckpoint?) -> Void
    ) {
        self.checkpoints.wait(for: TreeSize(rawValue: number.rawValue + 1), completion: completion)
    }

    /// A checkpoint whose tree holds a record of the ledger; nil when the node stops before there is one.
    public func checkpoint(covering number: RecordNumber) async -> PublishedCheckpoint? {
        await withCheckedContinuation { continuation in
            self.checkpoint(covering: number) { continuation.resume(returning: $0) }
        }
    }

    /// That a record is in the tree of a checkpoint. Blocking.
    public func proof(
        of number: RecordNumber, in checkpoint: PublishedCheckpoint
    ) throws(ReadError) -> TLogProof {
        let proof = try self.inclusionProof(of: number, in: checkpoint.size)
        return checkpoint.proof(of: number, path: proof.path)
    }

    /// Has checkpoints cosigned by witnesses before they are published, from now on.
    public func setWitnesses(_ witnesses: (any CheckpointWitnesses)?) {
        self.checkpoints.setWitnesses(witnesses)
    }

    /// Shows the present checkpoint to the witnesses again, for those that failed before.
    public func askWitnessesAgain() { self.checkpoints.askWitnessesAgain() }

    /// The public keys by which the members sign checkpoints, as far as this node has heard of them.
    public var noteKeys: [CertifiedNoteKeys] { self.checkpoints.keys }

    /// Whom to trust about this ledger's checkpoints.
    public func trustPolicy() throws(AssemblyError) -> TrustPolicy {
        let members = self.store.members
        return try TrustPolicy(
            origin: self.checkpointSigner.origin, chain: self.chain, epoch: members.epoch, members: members.members,
            keys: self.noteKeys)
    }

    // MARK: Tiles

    /// How many bytes the hashes of a tile have. Nil when the ledger has no such tile (yet), or it is one of entries.
    public func byteCount(of tile: Tile) -> Int? { self.store.byteCount(of: tile) }

    /// Reads a tile's hashes without waiting for the disk; false when that would be needed.
    public func readCheckedHashes(of tile: Tile, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        self.store.readCheckedHashes(of: tile, into: buffer)
    }

    /// A tile's hashes, or the entries of a bundle, as tlog-tiles writes them. Nil when the ledger has no such tile (yet).
    /// Blocking.
    public func bytes(of tile: Tile) throws(ReadError) -> [UInt8]? {
        do throws(StoreError) {
            if tile.content == .entries { return try self.store.entries(of: tile) }
            return try self.store.hashes(of: tile)?.flatMap(\.bytes)
        } catch {
            if case .notHereYet = error { throw .notHereYet(self.snapshotProgress) }
            throw .store(error)
        }
    }
}
