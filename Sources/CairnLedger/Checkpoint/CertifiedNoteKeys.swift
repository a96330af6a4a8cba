public import CairnHash

/// The public keys by which a member signs checkpoints, certified by its node key.
///
/// The node key signs `cairn/note-keys/1`, a zero byte, chain (32), log key (32), cosigner key (32).
public struct CertifiedNoteKeys: Hashable, Sendable {
    /// The member's node key.
    public var member: PublicKey
    public var log: PublicKey
    public var cosigner: PublicKey
    public var signature: Signature

    public init(member: PublicKey, log: PublicKey, cosigner: PublicKey, signature: Signature) {
        self.member = member
        self.log = log
        self.cosigner = cosigner
        self.signature = signature
    }

    package static func message(chain: Digest, log: PublicKey, cosigner: PublicKey) -> [UInt8] {
        var bytes = SigningDomain.noteKeys.prefix
        bytes.append(chain)
        return bytes + log.bytes + cosigner.bytes
    }

    /// Whether the member's node key certified these keys for the ledger of this chain.
    public func isValid(chain: Digest) -> Bool {
        self.member.isValid(
            self.signature, for: Self.message(chain: chain, log: self.log, cosigner: self.cosigner))
    }

    /// What a member is called where names have to be short: 16 hexadecimal digits of its node key.
    public static func shortName(of member: PublicKey) -> String {
        String(member.description.prefix(16))
    }

    /// The key of the log lines: named like the log, since standard tools look for that.
    public func logKey(origin: ExactText) throws(NoteKeyError) -> NoteKey {
        try NoteKey(name: origin, kind: .log, publicKey: self.log)
    }

    /// The key of the cosignatures: `<origin>/<short name of the member>`.
    public func cosignerKey(origin: ExactText) throws(NoteKeyError) -> NoteKey {
        try NoteKey(name: Self.cosignerName(of: self.member, origin: origin), kind: .cosigner, publicKey: self.cosigner)
    }

    static func cosignerName(of member: PublicKey, origin: ExactText) -> ExactText {
        ExactText(bytes: origin.bytes + Array("/\(self.shortName(of: member))".utf8))
    }
}
