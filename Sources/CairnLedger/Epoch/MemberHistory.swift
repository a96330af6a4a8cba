public import CairnHash

/// How a chain's members came to be: the genesis block, and the last block of each epoch that has ended, without its
/// records. All that it takes to know the members of the newest epoch from the chain's identity alone.
///
/// Encoding, integers big-endian; epochs from 0, one after another, until the bytes end:
///
/// | size | field |
/// |---|---|
/// | 4 | magic `CRNH` |
/// | 4 | length of the genesis block |
/// | … | genesis block |
/// | 4 | of an epoch: length of the annex |
/// | 4 | length of the certificate |
/// | 176 | header |
/// | … | annex, certificate |
public struct MemberHistory: Hashable, Sendable {
    private static let magic: UInt32 = 0x4352_4E48  // CRNH

    public var genesis: Block
    /// By epoch, from 0.
    public var ends: [EpochEnd]

    public init(genesis: Block, ends: [EpochEnd]) {
        self.genesis = genesis
        self.ends = ends
    }

    /// The members of the newest epoch.
    ///
    /// - Parameter chain: the hash of the genesis block, which the caller trusts.
    public func verify(
        chain: Digest, using verifier: some SignatureVerifier = Ed25519Verifier()
    ) throws(MemberHistoryError) -> EpochMembers {
        var present = try self.founders(chain: chain)
        for end in self.ends {
            do throws(EpochEndError) {
                present = try present.next(behind: end, using: verifier)
            } catch {
                throw .end(of: present.epoch, error)
            }
        }
        return present
    }

    private func founders(chain: Digest) throws(MemberHistoryError) -> EpochMembers {
        guard self.genesis.header.hash == chain else {
            throw .otherChain(expected: chain, found: self.genesis.header.hash)
        }
        do throws(BlockError) {
            return try EpochMembers(genesis: self.genesis)
        } catch {
            throw .genesis(error)
        }
    }

    // MARK: Encoding

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: Self.magic)
        bytes.append(bigEndian: UInt32(self.genesis.encodedByteCount))
        self.genesis.encode(into: &bytes)
        for end in self.ends {
            bytes.append(bigEndian: UInt32(end.annexBytes.count))
            bytes.append(bigEndian: UInt32(end.certificate.encodedByteCount))
            end.header.encode(into: &bytes)
            bytes.append(contentsOf: end.annexBytes)
            end.certificate.encode(into: &bytes)
        }
    }

    /// Reads a history that takes exactly all of `bytes`. Its form is checked, its content is not: `verify` does that.
    public init(decoding bytes: RawSpan) throws(MemberHistoryError) {
        var cursor = Cursor()
        let magic = bytes.integer(at: try cursor.take(4, of: bytes).lowerBound, as: UInt32.self)
        guard magic == Self.magic else { throw .wrongMagic(magic) }
        let genesisByteCount = try cursor.length(of: bytes, max: Self.blockByteCountMax)
        let genesis = bytes.extracting(try cursor.take(genesisByteCount, of: bytes))
        self.ends = []
        do throws(BlockDecodingError) {
            self.genesis = try Block(decoding: genesis)
        } catch {
            throw .block(error)
        }
        while cursor.place < bytes.byteCount { self.ends.append(try Self.end(of: bytes, &cursor)) }
    }

    private static func end(of bytes: RawSpan, _ cursor: inout Cursor) throws(MemberHistoryError) -> EpochEnd {
        let annexByteCount = try cursor.length(of: bytes, max: Limits.blockBytesMax)
        let certificateByteCount = try cursor.length(of: bytes, max: Self.certificateByteCountMax)
        let header = bytes.extracting(try cursor.take(BlockHeader.byteCount, of: bytes))
        let annexBytes = bytes.array(try cursor.take(annexByteCount, of: bytes))
        let certificate = bytes.extracting(try cursor.take(certificateByteCount, of: bytes))
        return EpochEnd(
            header: try Self.header(header), annexBytes: annexBytes, certificate: try Self.certificate(certificate))
    }

    private static func header(_ bytes: RawSpan) throws(MemberHistoryError) -> BlockHeader {
        do throws(BlockDecodingError) {
            return try BlockHeader(decoding: bytes)
        } catch {
            throw .block(error)
        }
    }

    private static func certificate(_ bytes: RawSpan) throws(MemberHistoryError) -> Certificate {
        do throws(CertificateError) {
            return try Certificate(decoding: bytes)
        } catch {
            throw .certificate(error)
        }
    }

    private static let blockByteCountMax = BlockHeader.byteCount + 4 + Limits.blockBytesMax
    private static let certificateByteCountMax = Certificate.byteCount(votes: Limits.membersMax)

    /// Takes one part of some bytes after another.
    private struct Cursor {
        private(set) var place = 0

        mutating func take(_ count: Int, of bytes: RawSpan) throws(MemberHistoryError) -> Range<Int> {
            guard bytes.byteCount - self.place >= count else {
                throw .truncated(neededBytes: self.place + count, availableBytes: bytes.byteCount)
            }
            defer { self.place += count }
            return self.place..<self.place + count
        }

        mutating func length(of bytes: RawSpan, max limit: Int) throws(MemberHistoryError) -> Int {
            let length = Int(bytes.integer(at: try self.take(4, of: bytes).lowerBound, as: UInt32.self))
            guard length <= limit else { throw .tooLong(bytes: length, limit: limit) }
            return length
        }
    }
}

/// Why a history does not show who the members are.
public enum MemberHistoryError: Error, Hashable, Sendable {
    case truncated(neededBytes: Int, availableBytes: Int)
    case wrongMagic(UInt32)
    case tooLong(bytes: Int, limit: Int)
    case block(BlockDecodingError)
    case certificate(CertificateError)
    case otherChain(expected: Digest, found: Digest)
    case genesis(BlockError)
    case end(of: Epoch, EpochEndError)
}

extension MemberHistoryError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated(let needed, let available):
            "the history of members ends too early: it needs \(needed) bytes and has \(available)"
        case .wrongMagic(let magic):
            "the history of members begins with 0x\(String(magic, radix: 16)), not with CRNH"
        case .tooLong(let bytes, let limit):
            "a length of \(bytes) bytes in the history of members is over the limit of \(limit)"
        case .block(let error): "\(error)"
        case .certificate(let error): "\(error)"
        case .otherChain(let expected, let found):
            "the history of members is of ledger \(found), not of \(expected)"
        case .genesis(let error):
            "the genesis block is not valid: \(error)"
        case .end(let epoch, let error):
            error.isOfNewerVersion
                ? "the members behind epoch \(epoch) can't be told: its last block ends it, and \(error)"
                : "the end of epoch \(epoch) is not valid: \(error)"
        }
    }
}
