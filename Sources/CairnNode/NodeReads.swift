public import CairnHash
public import CairnLedger
public import CairnStore

/// A record as the ledger holds it.
public struct StoredRecord: Hashable, Sendable {
    public var number: RecordNumber
    public var record: Record
    public var leafHash: Digest
    public var block: BlockReference

    public init(number: RecordNumber, record: Record, leafHash: Digest, block: BlockReference) {
        self.number = number
        self.record = record
        self.leafHash = leafHash
        self.block = block
    }
}

/// That a record is in the ledger: what `MerkleProof.verifyInclusion` takes.
public struct InclusionProof: Hashable, Sendable {
    public var number: RecordNumber
    public var leafHash: Digest
    public var treeSize: TreeSize
    public var root: Digest
    /// Siblings from the leaf's level up.
    public var path: [Digest]

    public init(number: RecordNumber, leafHash: Digest, treeSize: TreeSize, root: Digest, path: [Digest]) {
        self.number = number
        self.leafHash = leafHash
        self.treeSize = treeSize
        self.root = root
        self.path = path
    }
}

/// That a smaller ledger is the beginning of a larger one: what `MerkleProof.verifyConsistency` takes.
public struct ConsistencyProof: Hashable, Sendable {
    public var oldSize: TreeSize
    public var oldRoot: Digest
    public var newSize: TreeSize
    public var newRoot: Digest
    public var path: [Digest]

    public init(oldSize: TreeSize, oldRoot: Digest, newSize: TreeSize, newRoot: Digest, path: [Digest]) {
        self.oldSize = oldSize
        self.oldRoot = oldRoot
        self.newSize = newSize
        self.newRoot = newRoot
        self.path = path
    }
}

/// Why something can't be read.
public enum ReadError: Error, Hashable, Sendable {
    /// The ledger has only `size` records.
    case noSuchRecord(RecordNumber, size: TreeSize)
    case noSuchBlock(BlockIndex, head: BlockIndex)
    case noBlockWithHash(Digest)
    /// A tree size that the ledger has not reached, or that leaves the record out.
    case noSuchTree(TreeSize, size: TreeSize)
    case proofRange(from: TreeSize, to: TreeSize)
    /// The ledger began with a snapshot, and this part of its history has not come yet.
    case notHereYet(SnapshotProgress)
    /// The disk gave back something else than was written, or nothing.
    case store(StoreError)
    /// The index can't answer: it is being built.
    case indexBehind(next: BlockIndex, head: BlockIndex)
    case noIndex(String)
    /// No record has a letter or digit that a demonstration could change.
    case nothingToChange
}

extension ReadError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noSuchRecord(let number, let size):
            "there is no record \(number): the ledger has \(size) records"
        case .noSuchBlock(let index, let head):
            "there is no block \(index): the newest is block \(head)"
        case .noBlockWithHash(let hash):
            "there is no block with hash \(hash)"
        case .noSuchTree(let size, let present):
            "there is no such tree of size \(size): the ledger has \(present) records"
        case .proofRange(let from, let to):
            "no proof leads from tree size \(from) to \(to)"
        case .notHereYet(let progress):
            "the history before block \(progress.firstBlock) (record \(progress.firstRecord)) is not here yet: it has come to block "
                + "\(progress.historyHead)"
        case .store(let error):
            "\(error)"
        case .indexBehind(let next, let head):
            "the index is being made: it has come to block \(next) of \(head)"
        case .noIndex(let reason):
            "there is no index: \(reason)"
        case .nothingToChange:
            "there is no record that could be changed"
        }
    }
}
