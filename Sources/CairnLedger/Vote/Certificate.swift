public import CairnHash

/// One kind of vote from a quorum of an epoch's members, in one view.
///
/// Finalise votes make a block, and through the hash chain every block before it, final. Notarise votes let the next
/// view build on a block, support votes among them; notarise votes of all members make it final where
/// `EpochMembers.isFinalWithAll`. Nullify votes (whose block hash is zero) let the next view pass this one by. In the place of
/// finalise votes there may be signatures of recovery keys: `RecoveryKeys`.
///
/// Encoding, integers big-endian:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 8 | epoch |
/// | 8 | 8 | view |
/// | 16 | 32 | block hash |
/// | 48 | 2 | number of votes, at least 1 |
/// | 50 | 66 each | member's place in its epoch's set (2, ascending), signature (64) |
///
/// A certificate that stands with a block makes it final: `encode`, with finalise votes, or, when the highest bit of the number of
/// votes is set, notarise votes. Elsewhere its kind is written beside it: `encodeBesideKind`. There the highest bit of a
/// member's place says that its vote in a notarisation is a support vote.
public struct Certificate: Hashable, Sendable {
    public struct MemberSignature: Hashable, Sendable {
        /// The member's place in its epoch's set.
        public var member: UInt16
        public var signature: Signature
        /// Whether the vote is one of support, in a notarisation.
        public var isSupport: Bool

        public init(member: UInt16, signature: Signature, isSupport: Bool = false) {
            self.member = member
            self.signature = signature
            self.isSupport = isSupport
        }
    }

    public var kind: Vote.Kind
    public var epoch: Epoch
    public var view: View
    public var blockHash: Digest
    /// By ascending member, each at most once.
    public var votes: [MemberSignature]

    public init(
        kind: Vote.Kind = .finalise, epoch: Epoch, view: View, blockHash: Digest, votes: [MemberSignature]
    ) {
        self.kind = kind
        self.epoch = epoch
        self.view = view
        self.blockHash = blockHash
        self.votes = votes
    }

    /// What a member signed whose vote is or isn't one of support.
    func vote(chain: Digest, isSupport: Bool) -> Vote {
        Vote(
            chain: chain, epoch: self.epoch, view: self.view, kind: isSupport ? .support : self.kind,
            blockHash: self.blockHash)
    }

    /// One of the votes in it.
    public func vote(of signature: MemberSignature, chain: Digest) -> SignedVote {
        SignedVote(
            self.vote(chain: chain, isSupport: signature.isSupport), member: signature.member,
            signature: signature.signature)
    }

    /// Checks that the votes are valid and a quorum of `members`, who have to be those of the certificate's epoch. What they make
    /// of a block is for `EpochMembers.verify`.
    ///
    /// One signature check (about 0.1 ms) a vote.
    public func verify(
        members: MemberSet, chain: Digest, using verifier: some SignatureVerifier = Ed25519Verifier()
    ) throws(CertificateError) {
        guard self.kind.fits(self.blockHash) else { throw .otherKind(self.kind) }
        guard self.view.rawValue < .max else { throw .lastView }
        // Without this, one member's vote could count twice.
        guard self.votesAreInOrder else { throw .votesOutOfOrder }
        let message = self.vote(chain: chain, isSupport: false).message
        let support = self.kind == .notarise ? self.vote(chain: chain, isSupport: true).message : []
        var power: UInt64 = 0
        for vote in self.votes {
            guard Int(vote.member) < members.members.count else { throw .unknownMember(vote.member) }
            let member = members.members[Int(vote.member)]
            guard self.kind == .notarise || !vote.isSupport else { throw .otherKind(.support) }
            guard verifier.isValid(vote.signature, of: member.key, for: vote.isSupport ? support : message) else {
                throw .badSignature(member: member.key)
            }
            power += member.power
        }
        guard power >= members.quorumPower else {
            throw .noQuorum(power: power, neededPower: members.quorumPower)
        }
    }

    /// Whether these are notarise votes, and each member gave one.
    package func isOfAll(_ members: MemberSet) -> Bool {
        self.kind == .notarise && self.votes.count == members.members.count && !self.votes.contains { $0.isSupport }
    }

    // MARK: Encoding

    private static let fixedByteCount = 50
    private static let voteByteCount = 2 + Signature.byteCount
    /// In the number of votes: they are notarise votes. In a member's place: its vote is one of support.
    private static let flag: UInt16 = 0x8000

    /// The size of a certificate's encoding.
    public static func byteCount(votes: Int) -> Int { self.fixedByteCount + votes * self.voteByteCount }

    /// How many votes a certificate has that stands with a block, from what is written for their number.
    package static func voteCount(_ number: UInt16) -> Int { Int(number & ~Self.flag) }

    public var encodedByteCount: Int { Self.byteCount(votes: self.votes.count) }

    /// Writes a certificate that stands with the block that it makes final.
    public func encode(into bytes: inout [UInt8]) {
        self.encode(into: &bytes, flag: self.kind == .notarise ? Self.flag : 0)
    }

    /// Writes a certificate whose kind is written beside it.
    public func encodeBesideKind(into bytes: inout [UInt8]) {
        self.encode(into: &bytes, flag: 0)
    }

    private func encode(into bytes: inout [UInt8], flag: UInt16) {
        bytes.append(bigEndian: self.epoch.rawValue)
        bytes.append(bigEndian: self.view.rawValue)
        bytes.append(self.blockHash)
        bytes.append(bigEndian: UInt16(self.votes.count) | flag)
        for vote in self.votes {
            bytes.append(bigEndian: vote.isSupport ? vote.member | Self.flag : vote.member)
            bytes.append(contentsOf: vote.signature.bytes)
        }
    }

    /// Reads a certificate that takes exactly all of `bytes`.
    ///
    /// - Parameter kind: what is written beside it, nil for one that stands with a block.
    public init(decoding bytes: RawSpan, kind: Vote.Kind? = nil) throws(CertificateError) {
        guard bytes.byteCount >= Self.fixedByteCount else {
            throw .wrongSize(neededBytes: Self.fixedByteCount, availableBytes: bytes.byteCount)
        }
        let number = bytes.integer(at: 48, as: UInt16.self)
        let isFlagged = kind == nil && number & Self.flag != 0
        let count = isFlagged ? Self.voteCount(number) : Int(number)
        let size = Self.byteCount(votes: count)
        guard bytes.byteCount == size else {
            throw .wrongSize(neededBytes: size, availableBytes: bytes.byteCount)
        }
        self.kind = kind ?? (isFlagged ? .notarise : .finalise)
        self.epoch = Epoch(rawValue: bytes.integer(at: 0, as: UInt64.self))
        self.view = View(rawValue: bytes.integer(at: 8, as: UInt64.self))
        self.blockHash = bytes.digest(at: 16)
        self.votes = (0..<count).map { position in
            let place = Self.fixedByteCount + position * Self.voteByteCount
            guard let signature = Signature(bytes: bytes.array(place + 2..<place + Self.voteByteCount)) else {
                preconditionFailure("a signature is \(Signature.byteCount) bytes")
            }
            let member = bytes.integer(at: place, as: UInt16.self)
            let isSupport = kind == .notarise && member & Self.flag != 0
            return MemberSignature(
                member: isSupport ? member & ~Self.flag : member, signature: signature, isSupport: isSupport)
        }
        guard self.votesAreInOrder else { throw .votesOutOfOrder }
    }

    private var votesAreInOrder: Bool {
        !self.votes.isEmpty && zip(self.votes, self.votes.dropFirst()).allSatisfy { $0.member < $1.member }
    }
}

/// Why a certificate doesn't make a block final.
public enum CertificateError: Error, Hashable, Sendable {
    case missing
    case wrongSize(neededBytes: Int, availableBytes: Int)
    /// Votes are not one or more, by ascending member, each once.
    case votesOutOfOrder
    case otherBlock(expected: Digest, found: Digest)
    case otherEpoch(expected: Epoch, found: Epoch)
    /// Votes of another kind than belong there, or nullify votes for a block.
    case otherKind(Vote.Kind)
    /// No view could follow.
    case lastView
    case unknownMember(UInt16)
    case badSignature(member: PublicKey)
    case noQuorum(power: UInt64, neededPower: UInt64)
    /// Notarise votes of a quorum that isn't all members: they don't make a block final.
    case notOfAll(votes: Int, members: Int)
    /// Of a block that only recovery keys can make final, and not by them.
    case notOfRecovery
}

extension CertificateError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing: "the block has no certificate"
        case .wrongSize(let needed, let available): "the certificate has \(available) bytes; it needs \(needed)"
        case .votesOutOfOrder: "the certificate's votes are not in order of members, each once"
        case .otherBlock(let expected, let found): "the certificate is for block \(found), not for \(expected)"
        case .otherEpoch(let expected, let found): "the certificate is of epoch \(found), not of \(expected)"
        case .lastView: "the certificate is of the last view that there could be"
        case .otherKind(let kind): "the certificate's votes are not of a kind that fits: \(kind)"
        case .unknownMember(let place): "the certificate has a vote of member \(place), which is not in the epoch's set"
        case .badSignature(let member): "the signature of member \(member) is not valid"
        case .notOfRecovery: "the block comes from no member, and its certificate is not one of recovery keys"
        case .notOfAll(let votes, let members):
            "the block was notarised by \(votes) members; by that it is final only when all \(members) did"
        case .noQuorum(let power, let needed): "the votes have a power of \(power); a quorum has \(needed)"
        }
    }
}
