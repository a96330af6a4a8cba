package import CairnHash
package import CairnLedger

/// The first 512 bytes of a journal file: whose it is, how large it is, and how much of it was durable at a quiet moment.
/// One sector, so that writing it anew leaves the old one or the new one.
///
/// Integers big-endian:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | magic `CRNJ` |
/// | 4 | 4 | version, 1 |
/// | 8 | 32 | chain: the hash of the genesis block |
/// | 40 | 32 | the member's public key |
/// | 72 | 8 | generation: 1 in the first file, one more in each that takes over |
/// | 80 | 8 | entries that were appended to earlier files, from the journal's creation on |
/// | 88 | 8 | how many of them stand in this file again: its first batch, when there are any |
/// | 96 | 8 | durable mark: batches of this file that were durable when this header was written |
/// | 104 | 8 | size of the file, in bytes: durable when this header was written |
/// | 112 | 396 | zero |
/// | 508 | 4 | CRC-32C of the 508 bytes before it |
package struct JournalHeader: Hashable, Sendable {
    package static let byteCount = 512
    private static let magic: UInt32 = 0x4352_4E4A  // CRNJ
    private static let version: UInt32 = 1
    private static let identityByteCount = 80
    private static let checkedByteCount = 508
    /// No member writes so many, and the counts that follow are numbers still.
    static let entriesMax = UInt64.max / 2

    package var chain: Digest
    package var key: PublicKey
    package var generation: UInt64
    var entriesBefore: UInt64
    var keptEntries: UInt64
    var durableBatches: UInt64
    package var fileByteCount: UInt64

    package func encoded() -> [UInt8] {
        var bytes = self.identity
        bytes.append(bigEndian: self.entriesBefore)
        bytes.append(bigEndian: self.keptEntries)
        bytes.append(bigEndian: self.durableBatches)
        bytes.append(bigEndian: self.fileByteCount)
        bytes.append(contentsOf: repeatElement(0, count: Self.checkedByteCount - bytes.count))
        bytes.append(bigEndian: CRC32C.checksum(bytes.span.bytes))
        return bytes
    }

    /// The part that stays the same for the life of the file.
    private var identity: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: Self.magic)
        bytes.append(bigEndian: Self.version)
        bytes.append(self.chain)
        bytes.append(contentsOf: self.key.bytes)
        bytes.append(bigEndian: self.generation)
        return bytes
    }

    /// What the checksums of this file's cells go on from: a cell of another file is a bad one.
    package var cellSeed: UInt32 { CRC32C.checksum(self.identity.span.bytes) }

    /// What the start of a file is.
    package enum Reading {
        /// Zeros, or nothing: the making of the file did not come to its end.
        case blank
        case header(JournalHeader)
        case bad(String)
    }

    package static func read(_ file: any DiskFile) throws(StoreError) -> Reading {
        let bytes = try onDisk { () throws(DiskError) in try file.bytes(at: 0, count: Self.byteCount) }
        guard bytes.contains(where: { $0 != 0 }) else { return .blank }
        guard bytes.count == Self.byteCount else {
            return .bad("the header has \(bytes.count) bytes in place of \(Self.byteCount)")
        }
        let stored = bytes.span.bytes.integer(at: Self.checkedByteCount, as: UInt32.self)
        guard stored == CRC32C.checksum(bytes.span.bytes.extracting(0..<Self.checkedByteCount)) else {
            return .bad("the header is damaged")
        }
        let version = bytes.span.bytes.integer(at: 4, as: UInt32.self)
        guard version == Self.version else { return .bad("this Cairn doesn't know version \(version) of the journal") }
        guard let header = Self(fields: bytes.span.bytes), header.encoded() == bytes else {
            return .bad("the file is no journal")
        }
        return .header(header)
    }

    private init?(fields bytes: RawSpan) {
        guard let key = PublicKey(bytes: bytes.array(40..<72)) else { return nil }
        self.init(
            chain: bytes.digest(at: 8), key: key, generation: bytes.integer(at: 72, as: UInt64.self),
            entriesBefore: bytes.integer(at: 80, as: UInt64.self), keptEntries: bytes.integer(at: 88, as: UInt64.self),
            durableBatches: bytes.integer(at: 96, as: UInt64.self),
            fileByteCount: bytes.integer(at: 104, as: UInt64.self))
    }

    package init(
        chain: Digest, key: PublicKey, generation: UInt64, entriesBefore: UInt64, keptEntries: UInt64,
        durableBatches: UInt64, fileByteCount: UInt64
    ) {
        self.chain = chain
        self.key = key
        self.generation = generation
        self.entriesBefore = entriesBefore
        self.keptEntries = keptEntries
        self.durableBatches = durableBatches
        self.fileByteCount = fileByteCount
    }
}
