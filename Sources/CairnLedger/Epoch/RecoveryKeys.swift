public import CairnHash

/// Keys that may end an epoch in place of its only member, whose key is lost: so many of them together.
///
/// They stand in the settings of an epoch with one member: `{"keys": [<64 digits>, …], "needed": …}`. What they sign is a
/// whole block, whose change of members names others: `RecoveryKeys.message`. It stands where a block's votes stand, as a
/// certificate of view 0, in which no member ever votes; the places in it are those in `keys`.
public struct RecoveryKeys: Hashable, Sendable {
    public static let keysMax = 16

    /// 1 to `keysMax`, by strictly ascending bytes: another order would be a second text for the same.
    public let keys: [PublicKey]
    /// How many have to sign: 1 to as many as there are.
    public let needed: Int

    /// Nil unless there are that many different keys. Their order doesn't matter.
    public init?(_ keys: [PublicKey], needed: Int) {
        guard (1...Self.keysMax).contains(keys.count), Set(keys).count == keys.count,
            (1...keys.count).contains(needed)
        else { return nil }
        self.keys = keys.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        self.needed = needed
    }

    // MARK: Signatures

    /// The bytes that are signed, integers big-endian: `cairn/recovery/1` and a zero byte, chain (32), epoch (8), index (8),
    /// previous hash (32), block hash (32). The last one stands for the next set and settings too, and for tree and time:
    /// without it the same signatures would fit a second block.
    public static func message(chain: Digest, header: BlockHeader, hash: Digest) -> [UInt8] {
        var bytes = SigningDomain.recovery.prefix
        bytes.append(chain)
        bytes.append(bigEndian: header.epoch.rawValue)
        bytes.append(bigEndian: header.index.rawValue)
        bytes.append(header.previousHash)
        bytes.append(hash)
        return bytes
    }

    /// The certificate of a block that these keys sign; signers that are none of them are left out.
    public func certificate(of block: CheckedBlock, chain: Digest, signers: [any Signer]) -> Certificate {
        let header = block.block.header
        let message = Self.message(chain: chain, header: header, hash: block.hash)
        let votes = self.keys.enumerated().compactMap { place, key in
            signers.first { $0.publicKey == key }.map {
                Certificate.MemberSignature(member: UInt16(place), signature: $0.sign(message))
            }
        }
        return Certificate(epoch: header.epoch, view: Self.view, blockHash: block.hash, votes: votes)
    }

    /// In which no member votes.
    static let view: View = 0

    func verify(
        _ certificate: Certificate, of header: BlockHeader, hash: Digest, chain: Digest,
        using verifier: some SignatureVerifier
    ) throws(CertificateError) {
        guard certificate.kind == .finalise else { throw .otherKind(certificate.kind) }
        guard certificate.view == Self.view else { throw .notOfRecovery }
        guard certificate.blockHash == hash else {
            throw .otherBlock(expected: hash, found: certificate.blockHash)
        }
        guard certificate.epoch == header.epoch else {
            throw .otherEpoch(expected: header.epoch, found: certificate.epoch)
        }
        guard zip(certificate.votes, certificate.votes.dropFirst()).allSatisfy({ $0.member < $1.member }) else {
            throw .votesOutOfOrder
        }
        let message = Self.message(chain: chain, header: header, hash: hash)
        for vote in certificate.votes {
            guard Int(vote.member) < self.keys.count else { throw .unknownMember(vote.member) }
            let key = self.keys[Int(vote.member)]
            guard verifier.isValid(vote.signature, of: key, for: message) else { throw .badSignature(member: key) }
        }
        guard certificate.votes.count >= self.needed else {
            throw .noQuorum(power: UInt64(certificate.votes.count), neededPower: UInt64(self.needed))
        }
    }

    // MARK: In an annex

    package var json: JSONValue {
        .object([
            "keys": .array(self.keys.map { .string($0.description) }), "needed": .integer(UInt64(self.needed)),
        ])
    }

    /// Nil when it isn't as `json` writes it.
    package init?(json: JSONValue) {
        guard case .object(let fields) = json, let keys = fields["keys"]?.array,
            let needed = fields["needed"]?.uint64.flatMap({ Int(exactly: $0) })
        else { return nil }
        self.init(keys.compactMap { $0.string.flatMap { PublicKey(hex: $0) } }, needed: needed)
        guard self.json == json else { return nil }
    }
}

extension EpochMembers {
    /// The keys that may end this epoch; nil when there are several members, or none were named.
    public var recovery: RecoveryKeys? { self.members.members.count == 1 ? self.settings.recovery : nil }

    /// Checks that a certificate makes a block of this epoch final: with the votes of a quorum, or, of a block that comes
    /// from another than the only member, with the signatures of recovery keys.
    ///
    /// One signature check (about 0.1 ms) a vote.
    ///
    /// - Parameters:
    ///   - header: the block's. The rules of the chain see to it that only a change by recovery comes from no member.
    ///   - hash: the block's.
    public func verify(
        _ certificate: Certificate, of header: BlockHeader, hash: Digest,
        using verifier: some SignatureVerifier = Ed25519Verifier()
    ) throws(CertificateError) {
        if let recovery, self.members.position(of: header.proposer) == nil, header.epoch == self.epoch {
            // They end the epoch and do nothing else, and a change stands in an annex. Some callers see no more of a block
            // than this.
            guard header.annexHash != .zero else { throw .notOfRecovery }
            return try recovery.verify(certificate, of: header, hash: hash, chain: self.chain, using: verifier)
        }
        try self.verify(certificate, of: hash, using: verifier)
    }
}
