public import CairnHash

/// What a member must not forget while it isn't final: the blocks it vouches for, its votes, and what made it vote.
///
/// Encoding: kind (1), then
///
/// | kind | content |
/// |---|---|
/// | 1 | a block |
/// | 2 | one of the member's own votes: epoch (8), view (8), kind (1), block hash (32) |
/// | 3 | a certificate: kind of its votes (1), then as `Certificate` says of one beside its kind |
/// | 4 | an equivocation that it found |
/// | 5 | a leader's vote that came with the block that the member then voted for: see `SignedVote` |
public enum JournalEntry: Hashable, Sendable {
    case block(Block)
    case vote(OwnVote)
    case certificate(Certificate)
    case equivocation(Equivocation)
    /// Others have to see it before they help with a block that its leader no longer shows.
    case leaderVote(SignedVote)

    /// A vote of the journal's owner. Its signature is a function of it, and is made anew.
    public struct OwnVote: Hashable, Sendable {
        public var epoch: Epoch
        public var view: View
        public var kind: Vote.Kind
        public var blockHash: Digest

        public init(epoch: Epoch, view: View, kind: Vote.Kind, blockHash: Digest) {
            self.epoch = epoch
            self.view = view
            self.kind = kind
            self.blockHash = blockHash
        }
    }
}

/// Why bytes are no journal entry.
public enum JournalEntryError: Error, Hashable, Sendable {
    case unknownKind(UInt8)
    case wrongSize(neededBytes: Int, availableBytes: Int)
    case block(BlockDecodingError)
    case certificate(CertificateError)
    case vote(VoteError)
    /// The two votes of an equivocation agree with each other.
    case noContradiction
}

// MARK: - Encoding

extension JournalEntry {
    private static let voteByteCount = 49

    public func encode(into bytes: inout [UInt8]) {
        switch self {
        case .block(let block):
            bytes.append(1)
            block.encode(into: &bytes)
        case .vote(let vote):
            bytes.append(2)
            bytes.append(bigEndian: vote.epoch.rawValue)
            bytes.append(bigEndian: vote.view.rawValue)
            bytes.append(vote.kind.rawValue)
            bytes.append(vote.blockHash)
        case .certificate(let certificate):
            bytes.append(3)
            bytes.append(certificate.kind.rawValue)
            certificate.encodeBesideKind(into: &bytes)
        case .equivocation(let equivocation):
            bytes.append(4)
            equivocation.encode(into: &bytes)
        case .leaderVote(let vote):
            bytes.append(5)
            vote.encode(into: &bytes)
        }
    }

    /// Reads an entry that takes exactly all of `bytes`.
    public init(decoding bytes: RawSpan) throws(JournalEntryError) {
        guard bytes.byteCount >= 2 else { throw .wrongSize(neededBytes: 2, availableBytes: bytes.byteCount) }
        let content = bytes.extracting(1..<bytes.byteCount)
        switch bytes.integer(at: 0, as: UInt8.self) {
        case 1: self = .block(try Self.block(decoding: content))
        case 2: self = .vote(try Self.vote(decoding: content))
        case 3: self = .certificate(try Self.certificate(decoding: content))
        case 4: self = .equivocation(try Self.equivocation(decoding: content))
        case 5: self = .leaderVote(try Self.signedVote(decoding: content))
        case let kind: throw .unknownKind(kind)
        }
    }

    private static func block(decoding bytes: RawSpan) throws(JournalEntryError) -> Block {
        do throws(BlockDecodingError) {
            return try Block(decoding: bytes)
        } catch {
            throw .block(error)
        }
    }

    private static func vote(decoding bytes: RawSpan) throws(JournalEntryError) -> OwnVote {
        guard bytes.byteCount == Self.voteByteCount else {
            throw .wrongSize(neededBytes: Self.voteByteCount, availableBytes: bytes.byteCount)
        }
        return OwnVote(
            epoch: Epoch(rawValue: bytes.integer(at: 0, as: UInt64.self)),
            view: View(rawValue: bytes.integer(at: 8, as: UInt64.self)),
            kind: try Self.kind(at: 16, of: bytes), blockHash: bytes.digest(at: 17))
    }

    private static func signedVote(decoding bytes: RawSpan) throws(JournalEntryError) -> SignedVote {
        do throws(VoteError) {
            return try SignedVote(decoding: bytes)
        } catch {
            throw .vote(error)
        }
    }

    private static func certificate(decoding bytes: RawSpan) throws(JournalEntryError) -> Certificate {
        let kind = try Self.kind(at: 0, of: bytes)
        do throws(CertificateError) {
            return try Certificate(decoding: bytes.extracting(1..<bytes.byteCount), kind: kind)
        } catch {
            throw .certificate(error)
        }
    }

    private static func equivocation(decoding bytes: RawSpan) throws(JournalEntryError) -> Equivocation {
        let equivocation: Equivocation?
        do throws(VoteError) {
            equivocation = try Equivocation(decoding: bytes)
        } catch {
            throw .vote(error)
        }
        guard let equivocation else { throw .noContradiction }
        return equivocation
    }

    private static func kind(at place: Int, of bytes: RawSpan) throws(JournalEntryError) -> Vote.Kind {
        let kind = bytes.integer(at: place, as: UInt8.self)
        guard let known = Vote.Kind(rawValue: kind) else { throw .vote(.unknownKind(kind)) }
        return known
    }
}

extension JournalEntryError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownKind(let kind): "it is of kind \(kind), which this version doesn't know"
        case .wrongSize(let needed, let available): "it has \(available) bytes; it needs \(needed)"
        case .block(let error): "\(error)"
        case .certificate(let error): "\(error)"
        case .vote(let error): "\(error)"
        case .noContradiction: "its two votes do not contradict each other"
        }
    }
}
