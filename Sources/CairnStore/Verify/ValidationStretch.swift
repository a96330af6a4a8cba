internal import CairnHash
internal import CairnLedger

/// What is the same for all blocks of a stretch that is validated in parallel: blocks of one epoch whose annexes hold
/// nothing but submissions. Whatever ends a stretch goes through `ChainState.apply`, and the next one begins behind it.
package struct ValidationStretch: Sendable {
    /// What holds in their epoch.
    var own: EpochMembers
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
        self.own = chain.present
        self.checksForm = options.deep
        self.checksCertificates = options.allCertificates
    }
}

/// How a parallel validation cuts its work.
package struct ValidationLimits: Sendable {
    /// Frames that begin within so many bytes are one item.
    package var chunkBytes: Int
    /// So much of a frame that is longer is read at once: it is still in a core's own cache when it is hashed, and
    /// records of some kilobytes are still enough for all lanes of a kernel.
    package var pieceBytes: Int
    /// An item ends behind so many records.
    package var chunkRecords: Int
    /// Items on their way at once: 2 a worker and 2, but no more than this.
    package var itemsMax: Int

    /// The defaults are those of `cairn verify`.
    package init(
        chunkBytes: Int = 256 << 10, pieceBytes: Int = 256 << 10, chunkRecords: Int = 1 << 12, itemsMax: Int = 8
    ) {
        self.chunkBytes = chunkBytes
        self.pieceBytes = pieceBytes
        self.chunkRecords = chunkRecords
        self.itemsMax = itemsMax
    }

    package func items(workers: Int) -> Int { min(2 * workers + 2, self.itemsMax) }

    /// A block may take it over the limit, and so may the one before the claims of the headers are counted from.
    var itemRecordsMax: Int { self.chunkRecords + 2 * Limits.blockRecordsMax }
    /// The last frame begins within the chunk. A read is never smaller than a page.
    var itemBytesMax: Int { max(self.chunkBytes, 4_096) + Frame.byteCountMax }
    /// Each level of the tree has half as many nodes as the one below, and one over the item's edge.
    var itemNodesMax: Int { 2 * self.itemRecordsMax + UInt64.bitWidth }

    /// What an item takes of a host's memory at most, whatever it holds. All of them stay below 70 MB, and with the window of
    /// submission ids below 200.
    package var itemMemoryBytesMax: Int {
        let record =
            MemoryLayout<SHA256Batch.Message>.stride + Digest.byteCount + MemoryLayout<SubmissionList.Item>.stride
        // What is kept of a block (its facts, its hash, its place in derived files) is less than its least frame.
        return self.itemBytesMax + self.itemNodesMax * Digest.byteCount + self.itemRecordsMax * record
            + max(self.chunkBytes, 4_096) + FoldScratch.byteCountMax
    }

    /// Sending less at once would leave a device waiting.
    package static let device = ValidationLimits(chunkBytes: 4 << 20, chunkRecords: 1 << 14, itemsMax: 4)
}
