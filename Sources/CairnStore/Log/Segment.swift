package import CairnHash
package import CairnLedger

/// A file of the block log: a header, then the frames of consecutive blocks without gaps. Only the last one grows.
///
/// Header, 64 bytes, integers big-endian:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | magic `CRNS` |
/// | 4 | 4 | version, 1 |
/// | 8 | 8 | index of its first block |
/// | 16 | 32 | chain: the hash of the genesis block |
/// | 48 | 12 | zero |
/// | 60 | 4 | CRC-32C of the 60 bytes before it |
///
/// The file is named by its first block: `blocks/00000000000000000000.log`. Room is reserved ahead without changing
/// the file's size, so that a full disk shows before a frame is written and the file ends with its last frame.
package struct Segment: Sendable {
    package static let headerByteCount = 64
    /// A segment is closed when the next frame would end behind this.
    static let byteCountMax: UInt64 = 64 << 20
    /// No file is longer: one frame may be larger than a segment.
    static let fileByteCountMax = byteCountMax + UInt64(headerByteCount + Frame.byteCountMax)
    /// How far ahead of the end room is reserved.
    static let reserveBytes: UInt64 = 8 << 20
    private static let magic: UInt32 = 0x4352_4E53  // CRNS
    private static let version: UInt32 = 1

    package let firstBlock: BlockIndex
    package let file: any DiskFile

    package static func name(firstBlock: BlockIndex) -> String {
        let digits = firstBlock.description
        return String(repeating: "0", count: 20 - digits.count) + digits + ".log"
    }

    package static func path(firstBlock: BlockIndex) -> String {
        BlockLog.folder + "/" + Self.name(firstBlock: firstBlock)
    }

    package var path: String { Self.path(firstBlock: self.firstBlock) }

    package static func header(firstBlock: BlockIndex, chain: Digest) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: Self.magic)
        bytes.append(bigEndian: Self.version)
        bytes.append(bigEndian: firstBlock.rawValue)
        bytes.append(chain)
        bytes.append(contentsOf: repeatElement(0, count: 12))
        bytes.append(bigEndian: CRC32C.checksum(bytes.span.bytes))
        return bytes
    }

    /// What is wrong with the header, nil when it is right.
    func headerProblem(chain: Digest?) throws(StoreError) -> String? {
        let bytes = try onDisk { () throws(DiskError) in try self.file.bytes(at: 0, count: Self.headerByteCount) }
        guard bytes.count == Self.headerByteCount else {
            return "the file's header has \(bytes.count) bytes in place of \(Self.headerByteCount)"
        }
        // The genesis segment of a ledger whose chain is not known yet vouches for itself.
        let expected = Self.header(firstBlock: self.firstBlock, chain: chain ?? bytes.span.bytes.digest(at: 16))
        return bytes == expected ? nil : "the file's header is damaged or of another chain"
    }

    /// The segments of a data directory, in order. Every name must be one, and the first begins with the genesis block.
    static func openAll(on disk: any Disk, _ mode: OpenMode) throws(StoreError) -> [Segment] {
        let segments = try Self.openWhatIsThere(on: disk, mode)
        if let first = segments.first, first.firstBlock != 0 {
            throw .corrupt(
                Corruption(
                    file: Self.path(firstBlock: 0), block: 0,
                    reason: "the file is missing; the oldest one begins with block \(first.firstBlock)"))
        }
        return segments
    }

    /// The same for a log whose first file may be missing.
    static func openWhatIsThere(on disk: any Disk, _ mode: OpenMode) throws(StoreError) -> [Segment] {
        var segments: [Segment] = []
        for name in try onDisk({ () throws(DiskError) in try disk.list(BlockLog.folder) }) where name.hasSuffix(".log")
        {
            guard let number = UInt64(name.dropLast(4)), Self.name(firstBlock: BlockIndex(rawValue: number)) == name
            else {
                throw .corrupt(
                    Corruption(file: BlockLog.folder + "/" + name, block: nil, reason: "no block log has this name"))
            }
            let path = BlockLog.folder + "/" + name
            let file = try onDisk { () throws(DiskError) in
                try CappedFile.capping(try disk.open(path, mode), at: Self.fileByteCountMax)
            }
            segments.append(Segment(firstBlock: BlockIndex(rawValue: number), file: file))
        }
        return segments
    }
}

/// Where a frame is: which segment, from 0, and at which byte of it.
package struct LogPosition: Hashable, Comparable, Sendable {
    var segment: Int
    var offset: UInt64

    package static func < (left: LogPosition, right: LogPosition) -> Bool {
        (left.segment, left.offset) < (right.segment, right.offset)
    }

    static let start = LogPosition(segment: 0, offset: UInt64(Segment.headerByteCount))
}

/// Names that the block log's files have in common.
package enum BlockLog {
    package static let folder = "blocks"
}
