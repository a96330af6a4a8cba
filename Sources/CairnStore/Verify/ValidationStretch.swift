internal import CairnHash
internal import CairnLedger

/// What is the same for all blocks of a stretch that is validated in parallel: blocks of one epoch whose annexes hold
/// nothing but submissions. Whatever ends a stretch goes through `ChainState.apply`, and the next one begins behind it.
struct ValidationStretch: Sendable {
    var chain: Digest
    var epoch: Epoch
    var members: MemberSet
    /// Whether each record's canonical form is looked at.
    var checksForm: Bool
    /// Whether the signatures of every certificate are.
    var checksCertificates: Bool
    var verifier: any SignatureVerifier = Ed25519Verifier()
    /// The block that the newest seal names, and its hash.
    var sealed: (block: BlockIndex, hash: Digest)?
    let limits: ValidationLimits
    /// Derived files to compare with, nil for those that aren't.
    var places: BlockPlaces?
    /// By level; nil where the file isn't compared.
    var treeFiles: [(any DiskFile)?] = []

    init(_ chain: ChainState, options: ValidationOptions, limits: ValidationLimits) {
        self.limits = limits
        self.chain = chain.chain
        self.epoch = chain.epoch
        self.members = chain.members
        self.checksForm = options.deep
        self.checksCertificates = options.allCertificates
    }
}

/// How a parallel validation cuts its work.
struct ValidationLimits: Sendable {
    /// Frames that begin within so many bytes are one item: what a read has brought into a core's caches is still there when
    /// it is hashed, and records of 16 KiB are still enough for all lanes of a kernel.
    var chunkBytes = 1 << 20
    /// An item ends behind so many records; 96 bytes are kept for each.
    var chunkRecords = 1 << 14
    /// Leaves of so many bytes, and so many of them, are hashed by one worker at a time.
    var partBytes = 128 << 10
    var partRecords = 64
    /// Items on their way at once: 2 a worker and 2, but no more than this. An item takes at most one of the largest
    /// frames and a chunk (5.3 MB) besides its records' hashes (2.4 MB), so that all stay below 125 MB.
    var itemsMax = 16

    func items(workers: Int) -> Int { min(2 * workers + 2, self.itemsMax) }

    /// A block may take it over the limit, and so may the one before the claims of the headers are counted from.
    var itemRecordsMax: Int { self.chunkRecords + 2 * Limits.blockRecordsMax }
    /// The last frame begins within the chunk. A read is never smaller than a page.
    var itemBytesMax: Int { max(self.chunkBytes, 4_096) + Frame.byteCountMax }

    /// Sending less at once would leave a device waiting. Six items are read, sent, hashed and folded at the same time, and
    /// take 85 MB.
    static let device = ValidationLimits(chunkBytes: 4 << 20, chunkRecords: 1 << 16, itemsMax: 6)
}
