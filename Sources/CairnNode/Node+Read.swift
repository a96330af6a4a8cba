public import CairnHash
internal import CairnIndex
public import CairnLedger
public import CairnStore

/// Reads block the calling thread for disk reads of some kilobytes, usually from the page cache.
extension Node {
    /// What reads the ledger, and has what it finds damaged looked after.
    public var reader: LedgerReader {
        LedgerReader(
            store: self.store, damaged: { self.repairer.report($0) }, snapshotProgress: { self.snapshotProgress })
    }

    /// A block, checked against the chain and the tree.
    public func block(_ index: BlockIndex) throws(ReadError) -> FinalBlock { try self.reader.block(index) }

    /// A block of which only what its header and annex say is wanted: its records are not checked, and must not be shown.
    public func listedBlock(_ index: BlockIndex) throws(ReadError) -> FinalBlock { try self.reader.listedBlock(index) }

    /// The header of a block, whatever became of its records.
    public func header(of index: BlockIndex) throws(ReadError) -> BlockHeader { try self.reader.header(of: index) }

    public func record(_ number: RecordNumber) throws(ReadError) -> StoredRecord { try self.reader.record(number) }

    /// Records from `first` on up to the end of the block that holds it, at most `limit`: a long range is read by
    /// calling it again. Each is checked against the tree.
    public func records(from first: RecordNumber, limit: Int) throws(ReadError) -> [StoredRecord] {
        try self.reader.records(from: first, limit: limit)
    }

    // MARK: Looking up by hash

    /// How far behind the index may be for the blocks that it lacks to be looked through one by one.
    private static let unindexedBlocksMax: UInt64 = 1 << 17
    private static let unindexedRecordsMax = 2 * Indexer.batchRecords

    /// The block with this hash.
    public func blockIndex(withHash hash: Digest) throws(ReadError) -> BlockIndex {
        let head = self.store.head
        if hash == head.hash { return head.index }
        if hash == self.chain { return 0 }
        // Asked before the index: what it takes up meanwhile is then looked at twice, and never not at all.
        let first = self.firstUnindexedBlock
        let candidates = try self.lookUp { (index) throws(IndexError) in try index.blocks(withHash: hash) }
        for candidate in candidates where candidate <= head.index {
            if try self.header(of: candidate).hash == hash { return candidate }
        }
        guard first.rawValue + Self.unindexedBlocksMax > head.index.rawValue else {
            throw .indexBehind(next: first, head: head.index)
        }
        for number in first.rawValue..<max(first.rawValue, head.index.rawValue) {
            let index = BlockIndex(rawValue: number)
            let header = try self.onStore { () throws(StoreError) in try self.store.header(of: index) }
            if header.hash == hash { return index }
        }
        throw .noBlockWithHash(hash)
    }

    /// Numbers of the records from `first` on with this leaf hash, ascending, at most `limit`.
    public func records(
        withLeafHash leafHash: Digest, from first: RecordNumber = 0, limit: Int
    ) throws(ReadError) -> [RecordNumber] {
        let head = self.store.head
        let next = self.firstUnindexedBlock
        let candidates = try self.lookUp { (index) throws(IndexError) in
            try index.records(withLeafHash: leafHash, from: first, limit: limit)
        }
        var found: [RecordNumber] = []
        for number in candidates where head.treeSize.contains(number) {
            let stored = try self.onStore { () throws(StoreError) in try self.store.leafHash(of: number) }
            if stored == leafHash { found.append(number) }
        }
        guard found.count < limit else { return found }

        guard next <= head.index else { return found }
        var start: RecordNumber = 0
        if let last = next.previous() {
            start = try self.onStore { () throws(StoreError) in try self.store.header(of: last) }.treeSize.nextRecord
        }
        guard start.rawValue + Self.unindexedRecordsMax > head.treeSize.rawValue else {
            throw .indexBehind(next: next, head: head.index)
        }
        start = max(start, first)
        guard head.treeSize.contains(start) else { return found }
        let count = Int(head.treeSize.rawValue - start.rawValue)
        let hashes = try self.onStore { () throws(StoreError) in try self.store.leafHashes(from: start, count: count) }
        for (offset, hash) in hashes.enumerated() where hash == leafHash && found.count < limit {
            // The index may have come to it before it was asked.
            if found.last.map({ $0 < start + offset }) ?? true { found.append(start + offset) }
        }
        return found
    }

    private var firstUnindexedBlock: BlockIndex {
        self.indexer?.indexedBlock?.next() ?? 0
    }

    private func lookUp<Answer>(_ ask: (LedgerIndex) throws(IndexError) -> Answer) throws(ReadError) -> Answer {
        guard let index = self.index else { throw .noIndex("it is switched off or could not be made") }
        do throws(IndexError) {
            return try ask(index)
        } catch {
            throw .noIndex(error.reason)
        }
    }

    // MARK: Proofs

    /// That a record is in the ledger of some size; nil: the present one.
    public func inclusionProof(of number: RecordNumber, in treeSize: TreeSize?) throws(ReadError) -> InclusionProof {
        try self.reader.inclusionProof(of: number, in: treeSize)
    }

    /// That the ledger of size `old` is the beginning of the one of size `new`; nil: the present one. From size 0 the proof is
    /// empty.
    public func consistencyProof(from old: TreeSize, to new: TreeSize?) throws(ReadError) -> ConsistencyProof {
        try self.reader.consistencyProof(from: old, to: new)
    }

    // MARK: Checking

    /// Checks all that is stored, as `cairn verify` does. Long and blocking.
    ///
    /// - Parameter progress: called now and then; returns false to cancel.
    public func validate(
        _ options: ValidationOptions, progress: (ValidationProgress) -> Bool
    ) -> ValidationReport {
        let report = self.store.validate(options, progress: progress)
        self.repairer.take(report, of: options)
        return report
    }

    /// Changes a record of a block on disk behind the node's back, for demonstrations: of the block in the middle, or
    /// the nearest one behind it that has something to change.
    ///
    /// - Returns: the block's index.
    public func tamper() throws(ReadError) -> BlockIndex {
        let head = self.store.head.header.index.rawValue
        for index in Array(head / 2 + 1..<head + 1) + Array(1..<head / 2 + 1) {
            let changed = try self.onStore { () throws(StoreError) in
                try self.store.tamper(withBlock: BlockIndex(rawValue: index))
            }
            if changed != nil { return BlockIndex(rawValue: index) }
        }
        throw .nothingToChange
    }

    /// How far the history is, after a read that came upon its lack.
    var snapshotProgress: SnapshotProgress {
        let (first, record) = (self.store.firstBlock, self.store.firstRecord)
        return self.driver.status.snapshot
            ?? SnapshotProgress(
                firstBlock: first, firstRecord: record, historyHead: first, historySize: TreeSize(record.rawValue))
    }

    private func onStore<Result>(_ body: () throws(StoreError) -> Result) throws(ReadError) -> Result {
        try self.reader.onStore(body)
    }
}
