public import CairnHash

/// Gathers members' signatures under one checkpoint until they are a quorum's.
///
/// In the note, log lines come first, then cosignatures, each in the order of the epoch's members.
public struct CheckpointAssembly: Sendable {
    public let checkpoint: Checkpoint
    private let chain: Digest
    private let members: MemberSet
    /// Of each member, in order; nil where none is known.
    private var keys: [(log: NoteKey, cosigner: NoteKey)?]
    private var signatures: [MemberSignatures?]
    /// Of the members who signed.
    public private(set) var power: UInt64 = 0

    /// - Parameter keys: of members, in any order; those of others are ignored.
    /// - Throws: `.badCertificate` for keys that their member did not certify.
    public init(
        _ checkpoint: Checkpoint, chain: Digest, members: MemberSet, keys: [CertifiedNoteKeys]
    ) throws(AssemblyError) {
        self.chain = chain
        self.checkpoint = checkpoint
        self.members = members
        self.keys = members.members.map { _ in nil }
        self.signatures = members.members.map { _ in nil }
        for certified in keys { try self.learn(certified) }
    }

    /// Takes a member's keys. Those of others are ignored.
    ///
    /// - Throws: `.badCertificate` when their member did not certify them.
    public mutating func learn(_ certified: CertifiedNoteKeys) throws(AssemblyError) {
        guard let position = self.members.position(of: certified.member) else { return }
        guard certified.isValid(chain: self.chain), let log = try? certified.logKey(origin: self.checkpoint.origin),
            let cosigner = try? certified.cosignerKey(origin: self.checkpoint.origin)
        else { throw .badCertificate(member: certified.member) }
        self.keys[position] = (log, cosigner)
    }

    /// Takes a member's signatures, after checking them. A second time changes nothing.
    public mutating func add(_ signatures: MemberSignatures) throws(AssemblyError) {
        guard let position = self.members.position(of: signatures.member) else {
            throw .notAMember(signatures.member)
        }
        guard let keys = self.keys[position] else { throw .unknownKeys(member: signatures.member) }
        let text = self.checkpoint.text
        for (key, signature) in [(keys.log, signatures.log), (keys.cosigner, signatures.cosignature)] {
            guard signature.name == key.name, signature.keyID == key.id, key.verify(signature, of: text) != nil else {
                throw .badSignature(member: signatures.member)
            }
        }
        guard self.signatures[position] == nil else { return }
        self.signatures[position] = signatures
        self.power += self.members.members[position].power
    }

    /// Whether enough members signed for it to be published.
    public var isQuorum: Bool { self.power >= self.members.quorumPower }

    /// The checkpoint with all signatures so far; nil before a quorum's are there.
    public var signed: SignedCheckpoint? {
        guard self.isQuorum else { return nil }
        let present = self.signatures.compactMap { $0 }
        return SignedCheckpoint(
            self.checkpoint, signatures: present.map(\.log) + present.map(\.cosignature))
    }
}

/// Why a member's signatures can't be taken.
public enum AssemblyError: Error, Hashable, Sendable {
    case badCertificate(member: PublicKey)
    case notAMember(PublicKey)
    /// The member's note keys are not known yet.
    case unknownKeys(member: PublicKey)
    case badSignature(member: PublicKey)
}

extension AssemblyError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .badCertificate(let member): "the note keys of member \(member) are not certified by its node key"
        case .notAMember(let key): "\(key) is no member"
        case .unknownKeys(let member): "the note keys of member \(member) are not known"
        case .badSignature(let member): "member \(member) did not sign this checkpoint"
        }
    }
}
