public import CairnHash
internal import Crypto

/// The private keys by which a member signs checkpoints.
///
/// Both are derived from the node key's seed by HKDF-SHA-256 (RFC 5869) with the chain as salt: there is no second file
/// to keep, to lose or to mix up, no key signs for two ledgers (a cosignature doesn't name its cosigner, so tlog-cosignature
/// asks for that), and no message of a vote can be one of a note, whatever either looks like: the keys differ.
public struct NoteKeyring: Sendable {
    static let logInfo = "cairn/derive/log-key/1"
    static let cosignerInfo = "cairn/derive/cosigner-key/1"

    private let log: NoteSigner
    private let cosigner: NoteSigner
    public let certified: CertifiedNoteKeys

    /// - Throws: when the origin can't name a key.
    public init(nodeKey: PrivateKey, chain: CairnHash.Digest, origin: ExactText) throws(NoteKeyError) {
        let logKey = Self.derive(Self.logInfo, from: nodeKey, chain: chain)
        let cosignerKey = Self.derive(Self.cosignerInfo, from: nodeKey, chain: chain)
        let message = CertifiedNoteKeys.message(
            chain: chain, log: logKey.publicKey, cosigner: cosignerKey.publicKey)
        self.certified = CertifiedNoteKeys(
            member: nodeKey.publicKey, log: logKey.publicKey, cosigner: cosignerKey.publicKey,
            signature: nodeKey.sign(message))
        self.log = try NoteSigner(name: origin, kind: .log, privateKey: logKey)
        self.cosigner = try NoteSigner(
            name: CertifiedNoteKeys.cosignerName(of: nodeKey.publicKey, origin: origin), kind: .cosigner,
            privateKey: cosignerKey)
    }

    private static func derive(_ info: String, from nodeKey: PrivateKey, chain: CairnHash.Digest) -> PrivateKey {
        let derived = HKDF<Crypto.SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: nodeKey.seed), salt: chain.bytes, info: Array(info.utf8),
            outputByteCount: PrivateKey.seedByteCount)
        guard let key = derived.withUnsafeBytes({ PrivateKey(seed: Array($0)) }) else {
            preconditionFailure("any \(PrivateKey.seedByteCount) bytes are a seed")
        }
        return key
    }

    /// The member's two signatures. Only for a final, durable block: a log never takes a checkpoint back.
    ///
    /// - Parameter time: now, POSIX time in seconds.
    public func sign(_ checkpoint: Checkpoint, time: UInt64) -> MemberSignatures {
        let text = checkpoint.text
        return MemberSignatures(
            member: self.certified.member, log: self.log.sign(text, time: time),
            cosignature: self.cosigner.sign(text, time: time))
    }
}

/// What one member signs under a checkpoint.
public struct MemberSignatures: Hashable, Sendable {
    /// The member's node key.
    public var member: PublicKey
    public var log: NoteSignature
    public var cosignature: NoteSignature

    public init(member: PublicKey, log: NoteSignature, cosignature: NoteSignature) {
        self.member = member
        self.log = log
        self.cosignature = cosignature
    }
}
