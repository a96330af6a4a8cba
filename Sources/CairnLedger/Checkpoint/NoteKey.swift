internal import CairnHash

/// A public key that signs notes, with the name and the ID that its signatures carry (C2SP signed-note, sections
/// "Signatures" and "Verifier keys").
public struct NoteKey: Hashable, Sendable {
    /// The signature types that are supported, by their identifier bytes.
    public enum Kind: UInt8, Sendable {
        /// Ed25519 over the note's text: how a log signs its checkpoints.
        case log = 0x01
        /// Ed25519 with a time, over `Cosignature.message` (C2SP tlog-cosignature): how members and witnesses do.
        case cosigner = 0x04
    }

    /// What a signature line says of its key.
    struct Reference: Hashable {
        var name: ExactText
        var id: UInt32
    }

    public let name: ExactText
    public let kind: Kind
    public let publicKey: PublicKey
    /// The first four bytes of SHA-256(name ‖ newline ‖ type ‖ public key).
    public let id: UInt32

    /// - Throws: `.badName` for a name that is empty or has spaces, control characters or plus signs.
    public init(name: ExactText, kind: Kind, publicKey: PublicKey) throws(NoteKeyError) {
        guard Self.isValid(name: name) else { throw .badName(name) }
        self.name = name
        self.kind = kind
        self.publicKey = publicKey
        let hashed = name.bytes + [0x0A, kind.rawValue] + publicKey.bytes
        self.id = Digest(hashing: hashed).bytes.span.bytes.integer(at: 0, as: UInt32.self)
    }

    var reference: Reference { Reference(name: self.name, id: self.id) }

    package static func isValid(name: ExactText) -> Bool {
        guard !name.bytes.isEmpty, let text = String(validating: name.bytes, as: UTF8.self) else { return false }
        return text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "+" && !$0.properties.isWhitespace }
    }

    // MARK: Text

    /// The key as text: `<name>+<ID in 8 hexadecimal digits>+<base64 of type and public key>`.
    public var vkey: String {
        var id: [UInt8] = []
        id.append(bigEndian: self.id)
        return "\(self.name)+\(Hex.encode(id))+\(Base64.encode([self.kind.rawValue] + self.publicKey.bytes))"
    }

    /// Reads `vkey`'s text.
    public init(vkey: String) throws(NoteKeyError) {
        try self.init(vkey: Array(vkey.utf8))
    }

    package init(vkey: some Collection<UInt8>) throws(NoteKeyError) {
        // The base64 text may have plus signs, the name can't.
        let parts = vkey.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .notThreeParts }
        let digits = String(decoding: parts[1], as: UTF8.self)
        guard digits.utf8.count == 8, let id = Hex.decode(digits), Hex.encode(id) == digits else { throw .badID }
        guard let material = Base64.decode(String(decoding: parts[2], as: UTF8.self)), let type = material.first
        else { throw .badBase64 }
        guard let kind = Kind(rawValue: type) else { throw .unknownType(type) }
        guard let publicKey = PublicKey(bytes: material.dropFirst()) else {
            throw .wrongSize(bytes: material.count - 1)
        }
        if let weakness = publicKey.weakness { throw .weak(weakness) }
        try self.init(name: ExactText(bytes: parts[0]), kind: kind, publicKey: publicKey)
        guard self.id == id.span.bytes.integer(at: 0, as: UInt32.self) else { throw .otherID }
    }

    // MARK: Checking

    /// Nil when the signature is not this key's over the text.
    public func verify(_ signature: NoteSignature, of text: [UInt8]) -> VerifiedSignature? {
        switch self.kind {
        case .log:
            guard let bytes = Signature(bytes: signature.bytes), self.publicKey.isValid(bytes, for: text)
            else { return nil }
            return VerifiedSignature(key: self)
        case .cosigner:
            guard let cosignature = Cosignature(bytes: signature.bytes),
                self.publicKey.isValid(
                    cosignature.signature, for: Cosignature.message(time: cosignature.time, text: text))
            else { return nil }
            return VerifiedSignature(key: self, time: cosignature.time)
        }
    }
}

/// Why a text is no verifier key that can be used.
public enum NoteKeyError: Error, Hashable, Sendable {
    case notThreeParts
    case badName(ExactText)
    case badID
    case badBase64
    case unknownType(UInt8)
    case wrongSize(bytes: Int)
    case weak(KeyWeakness)
    /// The ID doesn't follow from name, type and key.
    case otherID
}

extension NoteKeyError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notThreeParts: "a verifier key looks like <name>+<ID>+<base64>"
        case .badName(let name): "\"\(name)\" can't name a key: at least one character, no spaces and plus signs"
        case .badID: "a verifier key's ID is 8 lower-case hexadecimal digits"
        case .badBase64: "a verifier key ends with base64 of its type and its bytes"
        case .unknownType(let type): "the key is of type \(type); only 1 (Ed25519) and 4 (cosignature) are supported"
        case .wrongSize(let bytes): "an Ed25519 key has \(PublicKey.byteCount) bytes; this one has \(bytes)"
        case .weak(let weakness): "the key can't be anybody's: \(weakness)"
        case .otherID: "the key's ID doesn't belong to its name and bytes: was something mistyped?"
        }
    }
}
