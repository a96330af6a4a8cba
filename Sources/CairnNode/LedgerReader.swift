public import CairnLedger
package import CairnStore

/// Reads a ledger: of a node, or of a directory that is only looked at. Nothing that isn't the ledger's gets out: what is
/// damaged or was altered is an error that names the block.
///
/// Reads block the calling thread for disk reads of some kilobytes, usually from the page cache.
public struct LedgerReader: Sendable {
    package let store: LedgerStore
    /// Told of what is damaged.
    private let damaged: @Sendable (Corruption) -> Void
    /// How far the history is, of a ledger that began with a snapshot.
    private let snapshotProgress: @Sendable () -> SnapshotProgress

    package init(
        store: LedgerStore, damaged: @escaping @Sendable (Corruption) -> Void,
        snapshotProgress: @escaping @Sendable () -> SnapshotProgress
    ) {
        self.store = store
        self.damaged = damaged
        self.snapshotProgress = snapshotProgress
    }

    // MARK: Blocks

    package func block(_ index: BlockIndex) throws(ReadError) -> FinalBlock {
        try self.check(index)
        return try self.onStore { () throws(StoreError) in try self.store.soundBlock(index) }
    }

    /// A block of which only what its header and annex say is wanted: its records are not checked, and must not be shown.
    public func listedBlock(_ index: BlockIndex) throws(ReadError) -> FinalBlock {
        try self.check(index)
        return try self.onStore { () throws(StoreError) in try self.store.vouchedBlock(index) }
    }

    package func header(of index: BlockIndex) throws(ReadError) -> BlockHeader {
        try self.check(index)
        return try self.onStore { () throws(StoreError) in try self.store.header(of: index) }
    }

    private func check(_ index: BlockIndex) throws(ReadError) {
        let head = self.store.head.index
        guard index <= head else { throw .noSuchBlock(index, head: head) }
    }

    // MARK: Records

    public func record(_ number: RecordNumber) throws(ReadError) -> StoredRecord {
        let size = self.store.head.treeSize
        guard size.contains(number) else { throw .noSuchRecord(number, size: size) }
        return try self.onStore { () throws(StoreError) in
            let (record, header) = try self.store.record(number)
            let block = BlockReference(index: header.index, hash: header.hash, timestamp: header.timestamp)
            return StoredRecord(number: number, record: record, leafHash: record.leafHash, block: block)
        }
    }

    /// Records from `first` on up to the end of the block that holds it, at most `limit`: a long range is read by
    /// calling it again.
    public func records(from first: RecordNumber, limit: Int) throws(ReadError) -> [StoredRecord] {
        let size = self.store.head.treeSize
        guard size.contains(first) else { throw .noSuchRecord(first, size: size) }
        return try self.onStore { () throws(StoreError) in
            let block = try self.store.vouchedBlock(try self.store.blockIndex(of: first)).block
            guard block.firstRecord <= first, block.header.treeSize.contains(first) else {
                throw .corrupt(
                    Corruption(file: "blocks", block: block.index, reason: "record \(first) is not in it any more"))
            }
            let offset = Int(first.rawValue - block.firstRecord.rawValue)
            let positions = offset..<offset + min(limit, block.entries.count - offset)
            let leafHashes = try self.store.checkedLeafHashes(of: block, positions)
            let reference = BlockReference(
                index: block.index, hash: block.header.hash, timestamp: block.header.timestamp)
            return positions.map { position in
                StoredRecord(
                    number: block.firstRecord + position, record: block.entries[position],
                    leafHash: leafHashes[position - offset], block: reference)
            }
        }
    }

    // MARK: Proofs

    /// That a record is in the ledger of some size; nil: the present one.
    public func inclusionProof(
        of number: RecordNumber, in treeSize: TreeSize?
    ) throws(ReadError) -> InclusionProof {
        let present = self.store.head.treeSize
        let size = treeSize ?? present
        guard present.contains(number) else { throw .noSuchRecord(number, size: present) }
        guard size <= present, size.contains(number) else { throw .noSuchTree(size, size: present) }
        return try self.onStore { () throws(StoreError) in
            let (leafHash, path, root) = try self.store.inclusionProof(of: number, in: size)
            return InclusionProof(number: number, leafHash: leafHash, treeSize: size, root: root, path: path)
        }
    }

    /// That the ledger of size `old` is the beginning of the one of size `new`; nil: the present one.
    public func consistencyProof(from old: TreeSize, to new: TreeSize?) throws(ReadError) -> ConsistencyProof {
        let present = self.store.head.treeSize
        let new = new ?? present
        guard new <= present else { throw .noSuchTree(new, size: present) }
        guard old <= new else { throw .proofRange(from: old, to: new) }
        return try self.onStore { () throws(StoreError) in
            guard old > 0 else {
                // Every tree begins with the empty one.
                let root = try self.store.root(at: new)
                return ConsistencyProof(
                    oldSize: 0, oldRoot: MerkleFrontier.emptyRoot, newSize: new, newRoot: root, path: [])
            }
            let (path, oldRoot, newRoot) = try self.store.consistencyProof(from: old, to: new)
            return ConsistencyProof(oldSize: old, oldRoot: oldRoot, newSize: new, newRoot: newRoot, path: path)
        }
    }

    func onStore<Result>(_ body: () throws(StoreError) -> Result) throws(ReadError) -> Result {
        do throws(StoreError) {
            return try body()
        } catch {
            // Whoever comes upon damage first has it looked after.
            if case .corrupt(let corruption) = error { self.damaged(corruption) }
            if case .notHereYet = error { throw .notHereYet(self.snapshotProgress()) }
            throw .store(error)
        }
    }
}
