package import CairnHash
package import CairnLedger

/// Consecutive frames of one segment on their way through a parallel validation, with all that is found out about
/// them. One worker at a time has an item.
///
/// An item goes through these steps; the first one that finds anything odd ends its way, and `ValidationRun` looks
/// at its blocks one by one to say exactly what is wrong:
///
/// 1. `FrameCutter.fill`: the beginning is read, and cut into frames.
/// 2. `examine`: the rest is read; checksums, form, hashes of records, headers and annexes, the links within the item.
/// 3. `hashNodes`: every full subtree that lies within the item.
/// 4. `join`, in the chain's order: the link to the item before, and the subtrees that go over its edge.
/// 5. `finish`: each block's tree root from those, many blocks at a time; certificates; derived files.
///
/// `@unchecked Sendable`: `ValidationPipeline` hands it from thread to thread under its lock.
package final class ValidationItem: @unchecked Sendable {
    package struct BlockFacts {
        /// Where its frame begins in `bytes`.
        var start: UInt32
        var blockByteCount: UInt32
        var certificateByteCount: UInt32
        var annexByteCount: UInt32
        /// Behind its last record, from the item's first.
        var recordEnd: UInt32

        var header: Int { Int(self.start) + Frame.headerByteCount }
        var certificate: Int { self.header + Int(self.blockByteCount) }
        var end: Int { self.certificate + Int(self.certificateByteCount) }
        var hasCertificate: Bool { self.certificateByteCount > 0 }
        var byteCount: Int { self.end - Int(self.start) }
    }

    // What the reader fills in.
    var position = LogPosition.start
    /// Whether its first frame is its segment's first.
    var beginsSegment = false
    var segmentFirstBlock: BlockIndex = 0
    package var file: (any DiskFile)?
    private var bytes = Slab<UInt8>()
    /// Of whole frames.
    package var byteCount = 0
    /// How many of them are read.
    var readByteCount = 0
    var frameStarts: [UInt32] = []

    // What examining yields.
    package var blocks = Slab<BlockFacts>()
    var headerHashes = Slab<Digest>()
    private var messages = Slab<SHA256Batch.Message>()
    var firstHeader: BlockHeader?
    var lastHeader: BlockHeader?
    package var submissions: [(block: Int, list: SubmissionList)] = []
    /// The largest durable mark among its frames.
    package var durableBlocks: UInt64 = 0
    /// Of the blocks that were taken apart.
    var recordCount = 0
    /// Those that are listed in `records`: a block's are before all of it is read.
    var listedCount = 0
    /// Those whose leaf hashes stand in `nodes`.
    package var hashedCount = 0

    // The tree.
    var nodes = Slab<Digest>()
    /// Where each level begins in `nodes`.
    var levelStarts: [Int] = []
    /// By height: the full subtrees before the item's first record.
    package var before: [Digest] = []
    /// Scratch memory of folding.
    var folds = FoldScratch()

    /// Memory that a device reads: in place of `bytes` and `messages`, so that nothing is copied before it is sent.
    package let batch: OpenCLBatch?

    package init(batch: OpenCLBatch? = nil) {
        self.batch = batch
    }

    /// Something is odd: what, and in which block, is for `ValidationRun` to say.
    var isSuspect = false

    var blockCount: Int { self.frameStarts.count }
    /// The number of its first record, from the tree sizes that its headers claim.
    package var firstRecord: UInt64 { (self.lastHeader?.treeSize.rawValue ?? 0) &- UInt64(self.recordCount) }
    var endRecord: UInt64 { self.lastHeader?.treeSize.rawValue ?? 0 }
    /// Behind its last frame.
    package var end: LogPosition {
        LogPosition(segment: self.position.segment, offset: self.position.offset + UInt64(self.byteCount))
    }

    package var content: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: self.batch?.bytes.baseAddress ?? .init(self.bytes.start), count: self.byteCount)
    }

    /// Reads more of the last frame: what was taken apart of it by then is still in the core's cache when it is hashed.
    ///
    /// - Returns: false when there is no more to read.
    func readMore(_ limits: ValidationLimits) -> Bool {
        let range = self.readByteCount..<min(self.byteCount, self.readByteCount + limits.pieceBytes)
        guard !range.isEmpty, let file,
            (try? file.read(into: self.room(range), at: self.position.offset + UInt64(range.lowerBound))) == range.count
        else { return false }
        self.readByteCount = range.upperBound
        return true
    }

    /// Where frames are read to. What `content` holds stays as long as the room doesn't grow.
    package func room(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer {
        if let batch { return UnsafeMutableRawBufferPointer(rebasing: batch.bytes[range]) }
        self.bytes.reserve(range.upperBound)
        return UnsafeMutableRawBufferPointer(self.bytes.room(range))
    }

    /// Where its records lie in `content`.
    package var records: UnsafeMutablePointer<SHA256Batch.Message> {
        self.batch?.messages.baseAddress ?? self.messages.start
    }

    /// Makes room for the records of one more block, and their nodes. Returns how many records the item may then have.
    func reserveRecords(_ count: Int, limits: ValidationLimits) -> Int {
        let limit = min(self.recordCount + count, limits.itemRecordsMax)
        // Once for all: what isn't used is never touched.
        if self.batch == nil { self.messages.reserve(limits.itemRecordsMax) }
        self.nodes.reserve(limits.itemNodesMax)
        return limit
    }

    /// What it takes at most, besides the lists of submissions.
    package var memoryByteCount: Int {
        (self.batch?.bytes.count ?? self.bytes.byteCount) + self.blocks.byteCount + self.headerHashes.byteCount
            + self.messages.byteCount + self.nodes.byteCount + self.folds.byteCount
    }

    func clear() {
        self.byteCount = 0
        self.readByteCount = 0
        self.frameStarts.removeAll(keepingCapacity: true)
        self.firstHeader = nil
        self.lastHeader = nil
        self.submissions.removeAll(keepingCapacity: true)
        self.durableBlocks = 0
        self.recordCount = 0
        self.listedCount = 0
        self.hashedCount = 0
        self.levelStarts.removeAll(keepingCapacity: true)
        self.isSuspect = false
    }
}
