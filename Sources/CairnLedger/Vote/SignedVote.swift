public import CairnHash

/// One member's vote with its signature.
///
/// Encoding, integers big-endian:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 8 | epoch |
/// | 8 | 8 | view |
/// | 16 | 1 | kind |
/// | 17 | 32 | block hash, zero in a nullify vote (and in a resolve vote for none) |
/// | 49 | 2 | the member's place in its epoch's set |
/// | 51 | 64 | signature over the vote's message |
public struct SignedVote: Hashable, Sendable {
    public static let byteCount = 115

    public var kind: Vote.Kind
    public var epoch: Epoch
    public var view: View
    public var blockHash: Digest
    public var member: UInt16
    public var signature: Signature

    public init(_ vote: Vote, member: UInt16, signature: Signature) {
        self.kind = vote.kind
        self.epoch = vote.epoch
        self.view = vote.view
        self.blockHash = vote.blockHash
        self.member = member
        self.signature = signature
    }

    /// What was signed.
    public func vote(chain: Digest) -> Vote {
        Vote(chain: chain, epoch: self.epoch, view: self.view, kind: self.kind, blockHash: self.blockHash)
    }

    /// Checks the vote of one of `members`, who have to be those of the vote's epoch.
    public func verify(
        members: MemberSet, chain: Digest, using verifier: some SignatureVerifier = Ed25519Verifier()
    ) throws(VoteError) {
        guard self.kind.fits(self.blockHash) else { throw .wrongHash(self.kind) }
        guard Int(self.member) < members.members.count else { throw .unknownMember(self.member) }
        let key = members.members[Int(self.member)].key
        guard verifier.isValid(self.signature, of: key, for: self.vote(chain: chain).message) else {
            throw .badSignature(member: key)
        }
    }

    // MARK: Encoding

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: self.epoch.rawValue)
        bytes.append(bigEndian: self.view.rawValue)
        bytes.append(self.kind.rawValue)
        bytes.append(self.blockHash)
        bytes.append(bigEndian: self.member)
        bytes.append(contentsOf: self.signature.bytes)
    }

    /// Reads a vote that takes exactly all of `bytes`.
    public init(decoding bytes: RawSpan) throws(VoteError) {
        guard bytes.byteCount == Self.byteCount else {
            throw .wrongSize(neededBytes: Self.byteCount, availableBytes: bytes.byteCount)
        }
        let kind = bytes.integer(at: 16, as: UInt8.self)
        guard let known = Vote.Kind(rawValue: kind) else { throw .unknownKind(kind) }
        guard let signature = Signature(bytes: bytes.array(51..<Self.byteCount)) else {
            preconditionFailure("a signature is \(Signature.byteCount) bytes")
        }
        self.kind = known
        self.epoch = Epoch(rawValue: bytes.integer(at: 0, as: UInt64.self))
        self.view = View(rawValue: bytes.integer(at: 8, as: UInt64.self))
        self.blockHash = bytes.digest(at: 17)
        self.member = bytes.integer(at: 49, as: UInt16.self)
        self.signature = signature
    }
}

/// Why a vote doesn't count.
public enum VoteError: Error, Hashable, Sendable {
    case wrongSize(neededBytes: Int, availableBytes: Int)
    case unknownKind(UInt8)
    /// A nullify vote for a block, or another vote for none.
    case wrongHash(Vote.Kind)
    case unknownMember(UInt16)
    case badSignature(member: PublicKey)
}

extension VoteError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .wrongSize(let needed, let available): "the vote has \(available) bytes; it needs \(needed)"
        case .unknownKind(let kind): "the vote is of kind \(kind), which this version doesn't know"
        case .wrongHash(let kind): "the hash in the vote does not fit its kind, \(kind)"
        case .unknownMember(let place): "the vote is of member \(place), which is not in the epoch's set"
        case .badSignature(let member): "the vote's signature of member \(member) is not valid"
        }
    }
}
