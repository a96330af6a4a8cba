/// A final block as one node gives it to another, integers big-endian:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | magic `CRNB` |
/// | 4 | 4 | length of the block |
/// | 8 | … | block |
/// | … | … | certificate, up to the end; no bytes when there is none |
///
/// What it says is worth nothing by itself: whoever asked knows the block's hash, or checks the certificate.
public enum BlockAnswer {
    private static let magic: UInt32 = 0x4352_4E42  // CRNB
    private static let headerByteCount = 8
    /// Of the largest block with the most votes.
    public static let byteCountMax =
        headerByteCount + BlockHeader.byteCount + 4 + Limits.blockBytesMax
        + Certificate.byteCount(votes: Limits.membersMax)

    public static func encode(_ final: FinalBlock) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            Self.headerByteCount + final.block.encodedByteCount + (final.certificate?.encodedByteCount ?? 0))
        bytes.append(bigEndian: Self.magic)
        bytes.append(bigEndian: UInt32(final.block.encodedByteCount))
        final.block.encode(into: &bytes)
        final.certificate?.encode(into: &bytes)
        return bytes
    }

    /// Reads what takes exactly all of `bytes`. Its form is checked, its content is not.
    public static func decode(_ bytes: RawSpan) throws(BlockAnswerError) -> FinalBlock {
        guard bytes.byteCount >= Self.headerByteCount, bytes.byteCount <= Self.byteCountMax,
            bytes.integer(at: 0, as: UInt32.self) == Self.magic
        else { throw .noBlock }
        let blockEnd = Self.headerByteCount + Int(bytes.integer(at: 4, as: UInt32.self))
        guard blockEnd <= bytes.byteCount else {
            throw .block(.truncated(neededBytes: blockEnd, availableBytes: bytes.byteCount))
        }
        let block: Block
        do throws(BlockDecodingError) {
            block = try Block(decoding: bytes.extracting(Self.headerByteCount..<blockEnd))
        } catch {
            throw .block(error)
        }
        guard blockEnd < bytes.byteCount else { return FinalBlock(block: block, certificate: nil) }
        do throws(CertificateError) {
            return FinalBlock(
                block: block, certificate: try Certificate(decoding: bytes.extracting(blockEnd..<bytes.byteCount)))
        } catch {
            throw .certificate(error)
        }
    }
}

/// Why bytes are no `BlockAnswer`.
public enum BlockAnswerError: Error, Hashable, Sendable {
    /// They don't begin like one, or are too many.
    case noBlock
    case block(BlockDecodingError)
    case certificate(CertificateError)
}

extension BlockAnswerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noBlock: "it is no block of a ledger"
        case .block(let error): "\(error)"
        case .certificate(let error): "\(error)"
        }
    }
}
