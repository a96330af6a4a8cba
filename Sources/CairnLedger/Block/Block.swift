/// A batch of consecutive records, what the nodes agreed on beside them, and the header that links it to the chain.
///
/// Encoding: header (176 bytes) ‖ annex length (4, big-endian) ‖ annex ‖ entries (see `Entries`).
public struct Block: Hashable, Sendable {
    public var header: BlockHeader
    /// RFC 8785 bytes of the annex, empty when there is none.
    public var annexBytes: [UInt8]
    public var entries: Entries

    public init(header: BlockHeader, annexBytes: [UInt8], entries: Entries) {
        self.header = header
        self.annexBytes = annexBytes
        self.entries = entries
    }

    public var index: BlockIndex { self.header.index }

    /// The number of the first record in it, or, when it has none, the one that the next record gets.
    ///
    /// Only of a block that passed its checks: it trusts the tree size.
    public var firstRecord: RecordNumber { RecordNumber(self.header.treeSize.rawValue - UInt64(self.entries.count)) }

    /// What the annex says. Nil when there is none.
    public func annex() throws(AnnexError) -> Annex? {
        self.annexBytes.isEmpty ? nil : try Annex(decoding: self.annexBytes.span.bytes)
    }

    // MARK: Encoding

    public var encodedByteCount: Int {
        BlockHeader.byteCount + 4 + self.annexBytes.count + self.entries.bytes.count
    }

    public func encode(into bytes: inout [UInt8]) {
        self.header.encode(into: &bytes)
        bytes.append(bigEndian: UInt32(self.annexBytes.count))
        bytes.append(contentsOf: self.annexBytes)
        bytes.append(contentsOf: self.entries.bytes)
    }

    /// Reads a block that takes exactly all of `bytes`. Its form is checked, its content is not: `ChainState` does that.
    public init(decoding bytes: RawSpan) throws(BlockDecodingError) {
        self.header = try BlockHeader(decoding: bytes)
        let annexStart = BlockHeader.byteCount + 4
        guard bytes.byteCount >= annexStart else {
            throw .truncated(neededBytes: annexStart, availableBytes: bytes.byteCount)
        }
        let size = bytes.byteCount - annexStart
        guard size <= Limits.blockBytesMax else { throw .tooLarge(bytes: size, limit: Limits.blockBytesMax) }
        let entriesStart = annexStart + Int(bytes.integer(at: BlockHeader.byteCount, as: UInt32.self))
        guard bytes.byteCount >= entriesStart else {
            throw .truncated(neededBytes: entriesStart, availableBytes: bytes.byteCount)
        }
        self.annexBytes = bytes.array(annexStart..<entriesStart)
        self.entries = try Entries(decoding: bytes.array(entriesStart..<bytes.byteCount))
    }
}

/// Why bytes are no block.
public enum BlockDecodingError: Error, Hashable, Sendable {
    case truncated(neededBytes: Int, availableBytes: Int)
    case wrongMagic(UInt32)
    case tooLarge(bytes: Int, limit: Int)
    case entryTruncated(entry: Int, neededBytes: Int, availableBytes: Int)
    case entryEmpty(entry: Int)
}

extension BlockDecodingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated(let needed, let available):
            "the block ends too early: it needs \(needed) bytes and has \(available)"
        case .wrongMagic(let magic):
            "the block begins with 0x\(String(magic, radix: 16)), not with CRN1"
        case .tooLarge(let bytes, let limit):
            "annex and entries take \(bytes) bytes; at most \(limit) are possible"
        case .entryTruncated(let entry, let needed, let available):
            "entry \(entry) of the block needs \(needed) bytes and has \(available)"
        case .entryEmpty(let entry):
            "entry \(entry) of the block is empty"
        }
    }
}

/// A final block, and the votes that made it so.
public struct FinalBlock: Hashable, Sendable {
    public var block: Block
    /// Nil for the genesis block, which is trusted by its hash, and for a block that is final through the next one of
    /// its epoch that has a certificate.
    public var certificate: Certificate?

    public init(block: Block, certificate: Certificate?) {
        self.block = block
        self.certificate = certificate
    }
}
