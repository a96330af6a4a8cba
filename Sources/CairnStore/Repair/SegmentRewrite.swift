internal import CairnHash
internal import CairnLedger

/// What a segment is to hold: parts of the present file, and blocks that were given.
struct SegmentRewrite: Sendable {
    private enum Piece: Sendable {
        case kept(Range<UInt64>)
        case given(FinalBlock)
    }

    let segment: Segment
    let number: Int
    let chain: Digest
    private var pieces: [Piece] = []
    /// Blocks that were given, in order.
    private(set) var replaced: [BlockIndex] = []
    /// Where the blocks are in the new file, from the segment's first one on.
    private(set) var places: [BlockPlace] = []
    /// Behind the last block, in the new file.
    private(set) var end = LogPosition.start.offset
    /// Behind the last block in the old file; nil when the last block was given.
    private(set) var oldEnd: UInt64? = LogPosition.start.offset
    /// Whether any block is another or at another place.
    private(set) var isChanged = false

    init(segment: Segment, number: Int, chain: Digest) {
        self.segment = segment
        self.number = number
        self.chain = chain
    }

    mutating func keep(_ frame: SegmentSurvey.StoredFrame, _ block: Block) {
        if frame.offset != self.end { self.isChanged = true }
        if case .kept(let range) = self.pieces.last, range.upperBound == frame.offset {
            self.pieces[self.pieces.count - 1] = .kept(range.lowerBound..<frame.end)
        } else {
            self.pieces.append(.kept(frame.offset..<frame.end))
        }
        self.add(block, byteCount: frame.byteCount)
        self.oldEnd = frame.end
    }

    mutating func replace(_ final: FinalBlock) {
        self.pieces.append(.given(final))
        self.replaced.append(final.block.index)
        self.isChanged = true
        let certificate = final.certificate?.encodedByteCount ?? 0
        self.add(final.block, byteCount: Frame.headerByteCount + final.block.encodedByteCount + certificate)
        self.oldEnd = nil
    }

    private mutating func add(_ block: Block, byteCount: Int) {
        self.places.append(
            BlockPlace(
                block, frameByteCount: byteCount, at: LogPosition(segment: self.number, offset: self.end)))
        self.end += UInt64(byteCount)
    }

    // MARK: Writing

    /// Ends the name of a file that is being written: what a crash leaves of it is removed at the next start.
    static let suffix = ".repair"
    private static let copyBytes = 1 << 20

    /// Writes the new file, durably, beside the old one.
    ///
    /// - Parameter tail: what else of the old file goes behind the blocks.
    /// - Throws: when the disk can't: then nothing was changed.
    func write(on disk: any Disk, tail: Range<UInt64>) throws(StoreError) {
        let path = self.segment.path + Self.suffix
        do throws(DiskError) {
            let file = try disk.open(path, .create)
            try file.truncate(to: 0)
            try file.write(
                Segment.header(firstBlock: self.segment.firstBlock, chain: self.chain).span.bytes, at: 0)
            var place = LogPosition.start.offset
            for piece in self.pieces {
                switch piece {
                case .kept(let range):
                    place = try Self.copy(range, of: self.segment.file, to: file, at: place)
                case .given(let final):
                    var frame: [UInt8] = []
                    // Every block before it is durable by now.
                    Frame.encode(final, durableBlocks: final.block.index.rawValue, into: &frame)
                    try file.write(frame.span.bytes, at: place)
                    place += UInt64(frame.count)
                }
            }
            place = try Self.copy(tail, of: self.segment.file, to: file, at: place)
            try file.sync()
        } catch {
            // A disk that couldn't write may not remove either; then the next start does.
            try? disk.remove(path)
            throw StoreError(error)
        }
    }

    /// Puts the new file in the place of the old one, durably.
    func install(on disk: any Disk) throws(DiskError) -> any DiskFile {
        try disk.rename(self.segment.path + Self.suffix, to: self.segment.path)
        try disk.syncFolder(BlockLog.folder)
        return try disk.open(self.segment.path, .write)
    }

    /// Returns where the copy ends.
    static func copy(
        _ range: Range<UInt64>, of source: any DiskFile, to file: any DiskFile, at start: UInt64
    ) throws(DiskError) -> UInt64 {
        var from = range.lowerBound
        var place = start
        while from < range.upperBound {
            let bytes = try source.bytes(at: from, count: Int(min(UInt64(Self.copyBytes), range.upperBound - from)))
            guard !bytes.isEmpty else { break }
            try file.write(bytes.span.bytes, at: place)
            from += UInt64(bytes.count)
            place += UInt64(bytes.count)
        }
        return place
    }

    /// Removes what a crash left of repairs.
    static func removeLeftovers(on disk: any Disk) throws(StoreError) {
        try onDisk { () throws(DiskError) in
            for name in try disk.list(BlockLog.folder) where name.hasSuffix(Self.suffix) {
                try disk.remove(BlockLog.folder + "/" + name)
            }
        }
    }
}
