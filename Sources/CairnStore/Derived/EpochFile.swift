internal import CairnHash
package import CairnLedger

/// The file `blocks/epochs`: where each epoch that has ended did.
///
/// It has 12 bytes an epoch, integers big-endian; those of epoch e begin at byte 12 · e:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 8 | index of its last block |
/// | 8 | 4 | CRC-32C of the epoch (8 bytes) and the 8 bytes before |
///
/// The file is derived: an epoch's last block is the one whose annex changes the members.
package struct EpochFile: Sendable {
    package static let path = BlockLog.folder + "/epochs"
    package static let entryByteCount = 12
    /// How far ahead of the end room is reserved: some 340 epochs.
    static let reserveBytes: UInt64 = 4_096

    package let file: any DiskFile

    package init(file: any DiskFile) {
        self.file = file
    }

    /// How many bytes the file has when so many epochs have ended, which is the present one's number.
    package static func byteCount(at epoch: Epoch) -> UInt64 {
        epoch.rawValue * UInt64(Self.entryByteCount)
    }

    /// The last block of an epoch; nil when the file doesn't have it or has something else there.
    package func lastBlock(of epoch: Epoch) throws(DiskError) -> BlockIndex? {
        guard epoch.rawValue <= UInt64(Int64.max) / UInt64(Self.entryByteCount) else { return nil }
        let bytes = try self.file.bytes(at: Self.byteCount(at: epoch), count: Self.entryByteCount)
        return Self.decode(bytes.span.bytes, of: epoch)
    }

    /// The last blocks of all epochs before this one. Nil when an entry is damaged or missing.
    package func lastBlocks(before epoch: Epoch) throws(DiskError) -> [BlockIndex]? {
        let size = try self.file.size()
        guard epoch.rawValue <= size / UInt64(Self.entryByteCount) else { return nil }
        let bytes = try self.file.bytes(at: 0, count: Int(Self.byteCount(at: epoch)))
        var blocks: [BlockIndex] = []
        blocks.reserveCapacity(Int(epoch.rawValue))
        for number in 0..<Int(epoch.rawValue) {
            let start = number * Self.entryByteCount
            guard bytes.count >= start + Self.entryByteCount,
                let block = Self.decode(
                    bytes.span.bytes.extracting(start..<start + Self.entryByteCount), of: Epoch(number)),
                blocks.last.map({ $0 < block }) ?? true
            else { return nil }
            blocks.append(block)
        }
        return blocks
    }

    package func write(_ lastBlock: BlockIndex, of epoch: Epoch) throws(DiskError) {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: lastBlock.rawValue)
        bytes.append(bigEndian: Self.checksum(epoch, bytes.span.bytes))
        try self.file.write(bytes.span.bytes, at: Self.byteCount(at: epoch))
    }

    private static func decode(_ bytes: RawSpan, of epoch: Epoch) -> BlockIndex? {
        guard bytes.byteCount == Self.entryByteCount,
            Self.checksum(epoch, bytes.extracting(0..<8)) == bytes.integer(at: 8, as: UInt32.self)
        else { return nil }
        return BlockIndex(rawValue: bytes.integer(at: 0, as: UInt64.self))
    }

    private static func checksum(_ epoch: Epoch, _ bytes: RawSpan) -> UInt32 {
        var prefix: [UInt8] = []
        prefix.append(bigEndian: epoch.rawValue)
        return CRC32C.checksum(bytes, continuing: CRC32C.checksum(prefix.span.bytes))
    }
}
