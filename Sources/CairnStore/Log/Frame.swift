internal import CairnHash
package import CairnLedger

/// One final block as a segment of the block log holds it, integers big-endian:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | magic `FF 43 46 31`: FF is in no UTF-8 text, so no record or annex looks like a frame |
/// | 4 | 4 | CRC-32C of everything behind it |
/// | 8 | 4 | length of the block |
/// | 12 | 4 | length of the certificate; 0 in the genesis block's frame, and of a block that is final through a later one |
/// | 16 | 8 | durable mark: how many blocks were durable when this frame was written, at most the block's index |
/// | 24 | … | block, certificate |
///
/// What a crash can leave: any part of the frames written since the last sync. They stand behind the newest durable
/// mark. A frame that is bad before it was whole once, so it is damage and no trace of a crash. A sync ends with a block
/// that has a certificate; whole frames without one at the log's end are what a crash left, too.
package enum Frame {
    package static let headerByteCount = 24
    static let magic: UInt32 = 0xFF43_4631
    package static let magicBytes: [UInt8] = [0xFF, 0x43, 0x46, 0x31]
    private static let checkedFrom = 8

    static let blockByteCountMax = BlockHeader.byteCount + 4 + Limits.blockBytesMax
    static let certificateByteCountMax = Certificate.byteCount(votes: Limits.membersMax)
    static let byteCountMax = headerByteCount + blockByteCountMax + certificateByteCountMax

    /// Appends the frame of a block.
    package static func encode(_ final: FinalBlock, durableBlocks: UInt64, into bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(bigEndian: Self.magic)
        bytes.append(bigEndian: UInt32(0))
        bytes.append(bigEndian: UInt32(final.block.encodedByteCount))
        bytes.append(bigEndian: UInt32(final.certificate?.encodedByteCount ?? 0))
        bytes.append(bigEndian: durableBlocks)
        final.block.encode(into: &bytes)
        final.certificate?.encode(into: &bytes)
        Self.setChecksum(of: &bytes, from: start)
    }

    /// Writes the checksum that fits the rest of a frame.
    package static func setChecksum(of bytes: inout [UInt8], from start: Int = 0) {
        let checksum = CRC32C.checksum(bytes.span.bytes.extracting(start + Self.checkedFrom..<bytes.count))
        bytes.overwrite(bigEndian: checksum, at: start + 4)
    }

    /// What the first 24 bytes say.
    package struct Header {
        package var checksum: UInt32
        var blockByteCount: Int
        var certificateByteCount: Int
        package var durableBlocks: UInt64

        package var frameByteCount: Int { Frame.headerByteCount + self.blockByteCount + self.certificateByteCount }

        /// What can't be about a good frame that holds block `index`, nil when nothing is wrong.
        package func problem(of index: BlockIndex, at position: LogPosition, in segment: Segment) -> String? {
            if self.durableBlocks > index.rawValue {
                return "its durable mark is \(self.durableBlocks), but only \(index) blocks were there before it"
            }
            if position.offset == LogPosition.start.offset, segment.firstBlock != index {
                return "it is missing: the file begins with block \(segment.firstBlock)"
            }
            return nil
        }

        package init(decoding bytes: RawSpan) throws(FrameError) {
            guard bytes.byteCount >= Frame.headerByteCount else {
                throw .truncated(neededBytes: Frame.headerByteCount, availableBytes: bytes.byteCount)
            }
            let magic = bytes.integer(at: 0, as: UInt32.self)
            guard magic == Frame.magic else { throw .wrongMagic(magic) }
            self.checksum = bytes.integer(at: 4, as: UInt32.self)
            self.blockByteCount = Int(bytes.integer(at: 8, as: UInt32.self))
            self.certificateByteCount = Int(bytes.integer(at: 12, as: UInt32.self))
            self.durableBlocks = bytes.integer(at: 16, as: UInt64.self)
            guard self.blockByteCount <= Frame.blockByteCountMax else {
                throw .tooLong(bytes: self.blockByteCount, limit: Frame.blockByteCountMax)
            }
            guard self.certificateByteCount <= Frame.certificateByteCountMax else {
                throw .tooLong(bytes: self.certificateByteCount, limit: Frame.certificateByteCountMax)
            }
        }
    }

    /// Checks a frame that begins at the first of `bytes`, and takes it apart.
    package static func decode(_ bytes: RawSpan) throws(FrameError) -> (header: Header, final: FinalBlock) {
        let header = try Header(decoding: bytes)
        guard bytes.byteCount >= header.frameByteCount else {
            throw .truncated(neededBytes: header.frameByteCount, availableBytes: bytes.byteCount)
        }
        let found = CRC32C.checksum(bytes.extracting(Self.checkedFrom..<header.frameByteCount))
        guard found == header.checksum else { throw .checksum(expected: header.checksum, found: found) }
        let blockEnd = Self.headerByteCount + header.blockByteCount
        let block = try Self.block(decoding: bytes.extracting(Self.headerByteCount..<blockEnd))
        guard header.certificateByteCount > 0 else { return (header, FinalBlock(block: block, certificate: nil)) }
        let certificate = try Self.certificate(decoding: bytes.extracting(blockEnd..<header.frameByteCount))
        return (header, FinalBlock(block: block, certificate: certificate))
    }

    private static func block(decoding bytes: RawSpan) throws(FrameError) -> Block {
        do throws(BlockDecodingError) {
            return try Block(decoding: bytes)
        } catch {
            throw .block(error)
        }
    }

    private static func certificate(decoding bytes: RawSpan) throws(FrameError) -> Certificate {
        do throws(CertificateError) {
            return try Certificate(decoding: bytes)
        } catch {
            throw .certificate(error)
        }
    }
}

/// Why bytes are no frame.
package enum FrameError: Error, Hashable, Sendable, CustomStringConvertible {
    case truncated(neededBytes: Int, availableBytes: Int)
    case wrongMagic(UInt32)
    case tooLong(bytes: Int, limit: Int)
    case checksum(expected: UInt32, found: UInt32)
    case block(BlockDecodingError)
    case certificate(CertificateError)

    package var description: String {
        switch self {
        case .truncated(let needed, let available):
            "the stored block ends too early: it needs \(needed) bytes and has \(available)"
        case .wrongMagic(let magic):
            "no stored block begins there: found 0x\(String(magic, radix: 16))"
        case .tooLong(let bytes, let limit):
            "a stored length of \(bytes) bytes is over the limit of \(limit)"
        case .checksum(let expected, let found):
            "its checksum is 0x\(String(found, radix: 16)), stored was 0x\(String(expected, radix: 16))"
        case .block(let error):
            "\(error)"
        case .certificate(let error):
            "\(error)"
        }
    }
}
