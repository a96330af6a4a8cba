public import CairnHash
public import CairnLedger
internal import CairnLock

/// The final blocks of one ledger in a data directory, and what is derived from them to find things quickly.
///
/// | file | what | if it is damaged |
/// |---|---|---|
/// | `blocks/<first block>.log` | the blocks with their certificates: `Segment`, `Frame` | the block is named, nothing is cut |
/// | `blocks/seal` | how far all is synced: `Seal` | the other slot, or the frames' own marks, stand in |
/// | `blocks/index` | place of each block: `BlockPlace` | derived: made anew |
/// | `blocks/epochs` | last block of each epoch: `EpochFile` | derived: made anew |
/// | `tree/0` … `tree/7` | hashes of the Merkle tree: `TreeFiles` | derived: made anew |
/// | `lock` | held by the one process that may write | – |
///
/// One `LedgerWriter` writes; any number of threads read what it shows. Nothing that was acknowledged depends on a
/// derived file, and every proof is checked against the head's tree root before it leaves.
public final class LedgerStore: Sendable {
    /// What checks signatures.
    package let verifier: any SignatureVerifier
    package let genesis: Block
    package let foldedTiles = FoldedTiles()
    private let files: Lock<Files>
    /// Nil once the writer was closed: from then on another process may own the files.
    private let lock: Lock<(any DiskLock)?>
    private let published: Lock<Published>
    /// One repair of derived files at a time.
    private let healing = Lock<Void>(())

    /// Where everything is. It changes once at most: when a ledger's history has come.
    package struct Files: Sendable {
        var disk: any Disk
        var places: BlockPlaces
        var epochs: EpochFile
        var tree: TreeFiles
        /// Where the ledger begins, when its history isn't there.
        var base: StoredBase?
        let checkedTiles = CheckedTiles()
    }

    /// What readers may see.
    package struct Published: Sendable {
        var segments: [Segment]
        var head: LedgerHead
        /// Of the next block.
        var members: EpochMembers
    }

    package init(
        files: Files, lock: any DiskLock, verifier: any SignatureVerifier, genesis: Block, published: Published
    ) {
        self.files = Lock(files)
        self.lock = Lock(lock)
        self.verifier = verifier
        self.genesis = genesis
        self.published = Lock(published)
    }

    package var disk: any Disk { self.files.withLock { $0.disk } }
    package var places: BlockPlaces { self.files.withLock { $0.places } }
    package var epochs: EpochFile { self.files.withLock { $0.epochs } }
    package var tree: TreeFiles { self.files.withLock { $0.tree } }
    package var base: StoredBase? { self.files.withLock { $0.base } }
    var checkedTiles: CheckedTiles { self.files.withLock { $0.checkedTiles } }

    static let lockPath = "lock"

    var snapshot: Published {
        self.published.withLock { $0 }
    }

    package func publish(_ published: Published) {
        self.published.withLock { $0 = published }
    }

    /// The newest final block that is shown.
    public var head: LedgerHead {
        self.published.withLock { $0.head }
    }

    /// Those who may propose the next block and vote on it.
    public var members: EpochMembers {
        self.published.withLock { $0.members }
    }

    /// Runs a repair of derived files.
    func withHealing<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        try self.healing.withLock { _ throws(StoreError) in
            guard self.lock.withLock({ $0 != nil }) else {
                throw .disk(
                    DiskError(operation: "repair", path: BlockPlaces.path, reason: .system("the ledger is closed")))
            }
            return try body()
        }
    }

    /// Goes on with the files of another store of the same ledger, which has come to the same block and is used by
    /// nobody else any more. A read that is under way may find a block's place in the one and its bytes in the other:
    /// they don't fit, and it looks again.
    package func takeOver(_ other: LedgerStore) {
        self.healing.withLock { _ in
            self.files.withLock { files in files = other.files.withLock { $0 } }
            self.published.withLock { published in published = other.published.withLock { $0 } }
            self.lock.withLock { lock in lock = other.lock.withLock { $0.take() } }
        }
    }

    /// Lets other processes in, after the last repair.
    func unlock() {
        self.healing.withLock { _ in self.lock.withLock { $0 = nil } }
    }
}

/// A block at the end of a chain.
public struct LedgerHead: Hashable, Sendable {
    public var header: BlockHeader
    public var hash: Digest

    public init(header: BlockHeader, hash: Digest) {
        self.header = header
        self.hash = hash
    }

    public var index: BlockIndex { self.header.index }
    /// Records in the ledger up to this block.
    public var treeSize: TreeSize { self.header.treeSize }

    package var blocks: UInt64 { self.header.index.rawValue + 1 }
}
