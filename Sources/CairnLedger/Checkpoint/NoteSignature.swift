/// A signature line of a note (C2SP signed-note, section "Format"):
///
///     — <key name> base64(32-bit key ID ‖ signature)
public struct NoteSignature: Hashable, Sendable {
    /// An em dash (U+2014) and a space.
    package static let prefix = Array("\u{2014} ".utf8)

    public var name: ExactText
    public var keyID: UInt32
    /// What the key made: 64 bytes for a log's Ed25519 signature, 72 with the time for a cosignature.
    public var bytes: [UInt8]

    public init(name: ExactText, keyID: UInt32, bytes: [UInt8]) {
        self.name = name
        self.keyID = keyID
        self.bytes = bytes
    }

    /// The line, with the newline at its end.
    public var line: [UInt8] {
        var signature: [UInt8] = []
        signature.append(bigEndian: self.keyID)
        signature += self.bytes
        return Self.prefix + self.name.bytes + Array((" " + Base64.encode(signature) + "\n").utf8)
    }

    /// Reads a line, without its newline. Nil when it is none.
    package init?(line: ArraySlice<UInt8>) {
        guard line.starts(with: Self.prefix) else { return nil }
        let rest = line.dropFirst(Self.prefix.count)
        guard let space = rest.firstIndex(of: UInt8(ascii: " ")) else { return nil }
        let name = ExactText(bytes: rest[..<space])
        // A signature behind the key's ID has at least one byte.
        guard NoteKey.isValid(name: name),
            let decoded = Base64.decode(String(decoding: rest[(space + 1)...], as: UTF8.self)), decoded.count > 4
        else { return nil }
        self.name = name
        self.keyID = decoded.span.bytes.integer(at: 0, as: UInt32.self)
        self.bytes = Array(decoded[4...])
    }
}
