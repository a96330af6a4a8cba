package import CairnHash
package import CairnLedger

/// How far the ledger was synced, derived files included, at a quiet moment: the durable mark of the last block.
///
/// `blocks/seal` has two slots of 512 bytes that are written in turn, so that a torn write leaves the other one.
/// A slot, integers big-endian:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | magic `CRNE` |
/// | 4 | 4 | version, 1 |
/// | 8 | 8 | sequence number; slot `sequence % 2` holds it |
/// | 16 | 8 | number of blocks |
/// | 24 | 8 | first block of the segment that holds the last block |
/// | 32 | 8 | end of the last frame in it, in bytes |
/// | 40 | 32 | hash of the last block |
/// | 72 | 436 | zero |
/// | 508 | 4 | CRC-32C of the 508 bytes before it |
package struct Seal: Hashable, Sendable {
    package static let path = BlockLog.folder + "/seal"
    package static let slotByteCount = 512
    private static let magic: UInt32 = 0x4352_4E45  // CRNE
    private static let version: UInt32 = 1
    private static let checkedByteCount = 508
    /// No ledger is sealed so often, and the numbers that follow are numbers still.
    private static let sequenceMax = UInt64.max / 2

    var sequence: UInt64
    package var blocks: UInt64
    var lastSegment: BlockIndex
    package var end: UInt64
    package var headHash: Digest

    package func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: Self.magic)
        bytes.append(bigEndian: Self.version)
        bytes.append(bigEndian: self.sequence)
        bytes.append(bigEndian: self.blocks)
        bytes.append(bigEndian: self.lastSegment.rawValue)
        bytes.append(bigEndian: self.end)
        bytes.append(self.headHash)
        bytes.append(contentsOf: repeatElement(0, count: Self.checkedByteCount - bytes.count))
        bytes.append(bigEndian: CRC32C.checksum(bytes.span.bytes))
        return bytes
    }

    /// Nil unless the 512 bytes are exactly what `encoded()` writes, and can be a ledger's.
    package init?(decoding bytes: RawSpan) {
        guard bytes.byteCount == Self.slotByteCount else { return nil }
        self.sequence = bytes.integer(at: 8, as: UInt64.self)
        self.blocks = bytes.integer(at: 16, as: UInt64.self)
        self.lastSegment = BlockIndex(rawValue: bytes.integer(at: 24, as: UInt64.self))
        self.end = bytes.integer(at: 32, as: UInt64.self)
        self.headHash = bytes.digest(at: 40)
        guard self.sequence <= Self.sequenceMax, self.encoded() == bytes.array(0..<Self.slotByteCount) else {
            return nil
        }
    }

    package init(sequence: UInt64, blocks: UInt64, lastSegment: BlockIndex, end: UInt64, headHash: Digest) {
        self.sequence = sequence
        self.blocks = blocks
        self.lastSegment = lastSegment
        self.end = end
        self.headHash = headHash
    }

    /// What the file holds.
    package struct Reading {
        /// The newest good slot.
        package var newest: Seal?
        /// What is wrong with the file; a good slot may still be there.
        package var problems: [String]
    }

    package static func read(from disk: any Disk) throws(StoreError) -> Reading {
        let bytes: [UInt8]
        do throws(DiskError) {
            bytes = try disk.open(Self.path, .read).bytes(at: 0, count: 2 * Self.slotByteCount + 1)
        } catch {
            guard case .notFound = error.reason else { throw StoreError(error) }
            return Reading(newest: nil, problems: ["the file is missing"])
        }
        guard bytes.count == 2 * Self.slotByteCount else {
            return Reading(newest: nil, problems: ["the file's length is not \(2 * Self.slotByteCount) bytes"])
        }
        var reading = Reading(newest: nil, problems: [])
        for slot in 0..<2 {
            let range = slot * Self.slotByteCount..<(slot + 1) * Self.slotByteCount
            if let seal = Seal(decoding: bytes.span.bytes.extracting(range)), Int(seal.sequence % 2) == slot {
                if reading.newest.map({ $0.sequence < seal.sequence }) ?? true { reading.newest = seal }
            } else {
                reading.problems.append("slot \(slot) is damaged")
            }
        }
        return reading
    }

    /// Makes this the newest seal, once the file is synced.
    package func write(to file: any DiskFile) throws(DiskError) {
        let bytes = self.encoded()
        try file.write(bytes.span.bytes, at: UInt64(Self.slotByteCount) * (self.sequence % 2))
    }
}
