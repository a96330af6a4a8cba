internal import CairnHash
package import CairnLedger

/// Where a block is in the log, and which records it holds.
///
/// `blocks/index` has 32 bytes a block, integers big-endian; the entry of block i begins at byte 32 · i:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 8 | number of its first record |
/// | 8 | 4 | number of its records |
/// | 12 | 4 | segment, from 0 |
/// | 16 | 4 | offset of its frame in the segment |
/// | 20 | 4 | length of its frame |
/// | 24 | 4 | length of its annex |
/// | 28 | 4 | CRC-32C of the block's index (8 bytes) and the 28 bytes before |
///
/// The file is derived: everything in it is in the log too.
package struct BlockPlace: Hashable, Sendable {
    package static let byteCount = 32

    var firstRecord: RecordNumber
    var recordCount: Int
    var position: LogPosition
    var frameByteCount: Int
    var annexByteCount: Int

    init(
        firstRecord: RecordNumber, recordCount: Int, position: LogPosition, frameByteCount: Int, annexByteCount: Int
    ) {
        self.firstRecord = firstRecord
        self.recordCount = recordCount
        self.position = position
        self.frameByteCount = frameByteCount
        self.annexByteCount = annexByteCount
    }

    /// Of a block that passed its checks.
    init(_ block: Block, header: Frame.Header, at position: LogPosition) {
        self.init(block, frameByteCount: header.frameByteCount, at: position)
    }

    /// Of a block that passed its checks.
    init(_ block: Block, frameByteCount: Int, at position: LogPosition) {
        self.firstRecord = block.firstRecord
        self.recordCount = block.entries.count
        self.position = position
        self.frameByteCount = frameByteCount
        self.annexByteCount = block.annexBytes.count
    }

    func encode(index: BlockIndex, into bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(bigEndian: self.firstRecord.rawValue)
        bytes.append(bigEndian: UInt32(self.recordCount))
        bytes.append(bigEndian: UInt32(self.position.segment))
        bytes.append(bigEndian: UInt32(self.position.offset))
        bytes.append(bigEndian: UInt32(self.frameByteCount))
        bytes.append(bigEndian: UInt32(self.annexByteCount))
        bytes.append(bigEndian: Self.checksum(index, bytes.span.bytes.extracting(start..<start + 28)))
    }

    /// Nil unless the first 32 bytes are an entry of this block that can be.
    init?(decoding bytes: RawSpan, index: BlockIndex) {
        guard bytes.byteCount >= Self.byteCount,
            Self.checksum(index, bytes.extracting(0..<28)) == bytes.integer(at: 28, as: UInt32.self)
        else { return nil }
        self.firstRecord = RecordNumber(rawValue: bytes.integer(at: 0, as: UInt64.self))
        self.recordCount = Int(bytes.integer(at: 8, as: UInt32.self))
        self.position = LogPosition(
            segment: Int(bytes.integer(at: 12, as: UInt32.self)),
            offset: UInt64(bytes.integer(at: 16, as: UInt32.self)))
        self.frameByteCount = Int(bytes.integer(at: 20, as: UInt32.self))
        self.annexByteCount = Int(bytes.integer(at: 24, as: UInt32.self))
        guard self.firstRecord.rawValue <= UInt64.max - UInt64(self.recordCount),
            self.frameByteCount <= Frame.byteCountMax, self.annexByteCount <= self.frameByteCount
        else { return nil }
    }

    private static func checksum(_ index: BlockIndex, _ bytes: RawSpan) -> UInt32 {
        let prefix = withUnsafeBytes(of: index.rawValue.bigEndian) { CRC32C.checksum($0.bytes) }
        return CRC32C.checksum(bytes, continuing: prefix)
    }

    var end: LogPosition {
        LogPosition(segment: self.position.segment, offset: self.position.offset + UInt64(self.frameByteCount))
    }

    var records: Range<UInt64> {
        self.firstRecord.rawValue..<self.firstRecord.rawValue + UInt64(self.recordCount)
    }
}

/// The file `blocks/index`.
package struct BlockPlaces: Sendable {
    package static let path = BlockLog.folder + "/index"
    /// How far ahead of the end room is reserved: 32,768 blocks.
    static let reserveBytes: UInt64 = 1 << 20

    package let file: any DiskFile

    /// The place of one block; nil when the file doesn't have it or has something else there.
    package func place(of index: BlockIndex) throws(DiskError) -> BlockPlace? {
        guard index.rawValue <= UInt64(Int64.max) / UInt64(BlockPlace.byteCount) else { return nil }
        let bytes = try self.file.bytes(
            at: UInt64(BlockPlace.byteCount) * index.rawValue, count: BlockPlace.byteCount)
        return BlockPlace(decoding: bytes.span.bytes, index: index)
    }

    package func write(_ places: [BlockPlace], from index: BlockIndex) throws(DiskError) {
        guard !places.isEmpty else { return }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(places.count * BlockPlace.byteCount)
        for (offset, place) in places.enumerated() { place.encode(index: index + offset, into: &bytes) }
        try self.file.write(bytes.span.bytes, at: UInt64(BlockPlace.byteCount) * index.rawValue)
    }
}

extension BlockPlaces {
    /// The first block up to `head` whose records end behind `number`, by binary search: the one that holds the record
    /// when the ledger has it. Nil when an entry on the way is damaged or there is no such block.
    ///
    /// - Parameter first: the first block that there is an entry for.
    package func firstBlock(
        endingAfter number: RecordNumber, from first: BlockIndex = 0, head: BlockIndex
    ) throws(StoreError) -> BlockIndex? {
        var low = first.rawValue
        var high = head.rawValue
        while low < high {
            let middle = low + (high - low) / 2
            guard let place = try onDisk({ () throws(DiskError) in try self.place(of: BlockIndex(rawValue: middle)) })
            else { return nil }
            if place.records.upperBound > number.rawValue { high = middle } else { low = middle + 1 }
        }
        return BlockIndex(rawValue: low)
    }
}
