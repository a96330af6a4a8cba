internal import CairnHash
internal import CairnLedger

/// The whole frames of one segment, wherever in it they stand. That a frame is whole says nothing about its block.
struct SegmentSurvey: Sendable {
    struct StoredFrame: Sendable {
        var offset: UInt64
        var byteCount: Int
        var hash: Digest
        var previousHash: Digest

        var end: UInt64 { self.offset + UInt64(self.byteCount) }
    }

    /// A block needs so many bytes at least.
    private static let frameByteCountMin = UInt64(Frame.headerByteCount + BlockHeader.byteCount + 4)
    /// So many blocks fit a segment.
    static let blocksMax = Segment.byteCountMax / frameByteCountMin

    /// By block index. Of two that claim the same, the later one: a wrong one costs the fetching of a block, no more.
    private(set) var frames: [UInt64: StoredFrame] = [:]
    private(set) var newestMark: UInt64 = 0
    let fileByteCount: UInt64

    init(_ log: DamagedLog, _ number: Int) throws(StoreError) {
        let segment = log.segments[number]
        self.fileByteCount = try onDisk { () throws(DiskError) in try segment.file.size() }
        let first = segment.firstBlock.rawValue
        // Nobody can make this look for more blocks than there can be.
        let end = first + max(Self.blocksMax, self.fileByteCount / Self.frameByteCountMin) + 1
        var reader = FrameReader([segment])
        while true {
            switch try reader.next() {
            case .frame(let final, let header, let position):
                let index = final.block.index.rawValue
                guard (first..<end).contains(index) else { continue }
                self.frames[index] = StoredFrame(
                    offset: position.offset, byteCount: header.frameByteCount, hash: final.block.header.hash,
                    previousHash: final.block.header.previousHash)
                if header.durableBlocks <= index { self.newestMark = max(self.newestMark, header.durableBlocks) }
            case .bad:
                guard try reader.skip() else { return }
            case .end:
                return
            }
        }
    }
}
