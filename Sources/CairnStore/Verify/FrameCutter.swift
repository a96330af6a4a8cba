package import CairnHash
internal import CairnLedger

/// Reads a block log in pieces, and cuts them into frames by their lengths alone. Of the last frame it reads no more than
/// the piece has: whoever examines the item reads the rest, while the next item is cut. It stops at whatever looks odd:
/// `ValidationRun` goes on there, frame by frame.
struct FrameCutter {
    private let segments: [Segment]
    private let chain: Digest
    /// No block behind this one is read.
    private let last: BlockIndex?
    private let limits: ValidationLimits
    private(set) var position: LogPosition
    /// How much is read at once: less than a chunk when it holds more records than an item may.
    private var readBytes: Int
    /// A read has at least the first bytes of a frame.
    private static let readBytesMin = 4_096

    init(
        _ segments: [Segment], chain: Digest, from position: LogPosition, to last: BlockIndex?,
        limits: ValidationLimits
    ) {
        self.segments = segments
        self.chain = chain
        self.position = position
        self.last = last
        self.limits = limits
        self.readBytes = limits.chunkBytes
    }

    /// Reads the next frames. False when there are none that this can cut.
    mutating func fill(_ item: ValidationItem) -> Bool {
        do throws(StoreError) {
            guard let available = try self.read(max(self.readBytes, Self.readBytesMin), into: item) else {
                return false
            }
            item.position = self.position
            item.beginsSegment = self.position.offset == LogPosition.start.offset
            item.segmentFirstBlock = self.segments[self.position.segment].firstBlock
            item.file = self.segments[self.position.segment].file
            var firstTreeSize: UInt64?
            while item.byteCount < self.readBytes {
                let start = item.byteCount
                guard let frame = self.frame(at: start, of: available, in: item) else { break }
                guard self.last.map({ frame.index <= $0.rawValue }) ?? true else { break }
                item.frameStarts.append(UInt32(start))
                item.byteCount = start + frame.byteCount
                // Only a limit to memory hangs on this claim.
                let treeSize = firstTreeSize ?? frame.treeSize
                firstTreeSize = treeSize
                if frame.treeSize &- treeSize >= UInt64(self.limits.chunkRecords) { break }
            }
            item.readByteCount = min(available, item.byteCount)
        } catch {
            return false
        }
        guard item.byteCount > 0 else { return false }
        self.position.offset += UInt64(item.byteCount)
        // Whatever is read and not used is read again.
        if item.byteCount < self.readBytes / 2 {
            self.readBytes = max(min(Self.readBytesMin, self.limits.chunkBytes), self.readBytes / 2)
        } else if self.readBytes < self.limits.chunkBytes {
            self.readBytes = min(self.limits.chunkBytes, self.readBytes * 2)
        }
        return true
    }

    /// Reads from the position on, which goes over to the next segment at a segment's end. Nil at the log's.
    private mutating func read(_ count: Int, into item: ValidationItem) throws(StoreError) -> Int? {
        // All of it at once, so that no frame moves.
        _ = item.room(0..<self.limits.itemBytesMax)
        while true {
            let (file, offset) = (self.segments[self.position.segment].file, self.position.offset)
            let buffer = item.room(0..<count)
            let available = try onDisk { () throws(DiskError) in try file.read(into: buffer, at: offset) }
            if available > 0 { return available }
            guard self.position.segment + 1 < self.segments.count else { return nil }
            let next = self.segments[self.position.segment + 1]
            guard try next.headerProblem(chain: self.chain) == nil else { return nil }
            self.position = LogPosition(segment: self.position.segment + 1, offset: LogPosition.start.offset)
        }
    }

    /// What a frame claims about itself. Nil when it can't be one, or when its first bytes are not all there.
    private func frame(
        at start: Int, of available: Int, in item: ValidationItem
    ) -> (byteCount: Int, index: UInt64, treeSize: UInt64)? {
        let neededBytes = Frame.headerByteCount + BlockHeader.byteCount
        guard available - start >= neededBytes else { return nil }
        let bytes = UnsafeRawBufferPointer(item.room(start..<start + neededBytes))
        guard let header = try? Frame.Header(decoding: bytes.bytes) else { return nil }
        return (
            header.frameByteCount, bytes.integer(at: Frame.headerByteCount + 4),
            bytes.integer(at: Frame.headerByteCount + 52)
        )
    }
}

extension UnsafeRawBufferPointer {
    /// A big-endian integer at a place that is inside.
    func integer<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Value.Type = Value.self) -> Value
    {
        Value(bigEndian: self.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    /// The 32 bytes at a place that is inside.
    package func digest(at offset: Int) -> Digest { Digest(loading: self.bytes, at: offset) }
}
