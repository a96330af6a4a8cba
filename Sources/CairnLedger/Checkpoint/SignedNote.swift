/// Text with the signatures of one or more keys (C2SP signed-note): the text, an empty line, signature lines.
///
/// What stands in it means nothing before a signature of a known key was checked: see `verify`.
public struct SignedNote: Hashable, Sendable {
    /// With the newline at its end, without the empty line behind it.
    public let text: [UInt8]
    public private(set) var signatures: [NoteSignature]

    /// - Precondition: the text ends with a newline.
    public init(text: [UInt8], signatures: [NoteSignature]) {
        precondition(text.last == UInt8(ascii: "\n"), "a note's text ends with a newline")
        self.text = text
        self.signatures = signatures
    }

    public mutating func append(_ signature: NoteSignature) {
        self.signatures.append(signature)
    }

    /// The whole note.
    public var bytes: [UInt8] {
        self.signatures.reduce(self.text + [UInt8(ascii: "\n")]) { $0 + $1.line }
    }

    /// Reads a note that takes exactly all of `bytes`.
    ///
    /// Narrower than the specification in one place: two lines of the same key are refused.
    public init(parsing bytes: some Collection<UInt8>) throws(NoteError) {
        let bytes = Array(bytes)
        guard bytes.count <= Limits.noteBytesMax else {
            throw .tooLarge(bytes: bytes.count, limit: Limits.noteBytesMax)
        }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .notUTF8 }
        if let place = bytes.firstIndex(where: { $0 < 0x20 && $0 != UInt8(ascii: "\n") }) {
            throw .controlCharacter(offset: place)
        }
        // The last empty line: the text may have some of its own.
        guard let blank = Self.lastEmptyLine(of: bytes) else { throw .noSignatures }
        guard bytes.last == UInt8(ascii: "\n") else { throw .cutShort }
        self.text = Array(bytes[..<blank])
        let lines = bytes[(blank + 1)...].dropLast().split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count <= Limits.noteSignaturesMax else {
            throw .tooManySignatures(count: lines.count, limit: Limits.noteSignaturesMax)
        }
        self.signatures = []
        var seen: Set<NoteKey.Reference> = []
        for (number, line) in lines.enumerated() {
            guard let signature = NoteSignature(line: line) else { throw .badSignatureLine(number: number + 1) }
            guard seen.insert(NoteKey.Reference(name: signature.name, id: signature.keyID)).inserted else {
                throw .duplicateSignature(name: signature.name)
            }
            self.signatures.append(signature)
        }
    }

    /// Where the newline stands that is the last empty line and has something behind it.
    private static func lastEmptyLine(of bytes: [UInt8]) -> Int? {
        var place = bytes.count - 2
        while place > 0 {
            if bytes[place] == UInt8(ascii: "\n"), bytes[place - 1] == UInt8(ascii: "\n") { return place }
            place -= 1
        }
        return nil
    }

    /// The signatures of known keys, all of which have to be right; those of other keys are ignored (signed-note, section
    /// "Signatures").
    ///
    /// - Throws: `.badSignature` for a known key whose signature is not valid, `.noKnownKey` when there is none at all.
    public func verify(by keys: some Sequence<NoteKey>) throws(NoteError) -> [VerifiedSignature] {
        var known: [NoteKey.Reference: NoteKey] = [:]
        for key in keys { known[key.reference] = key }
        var verified: [VerifiedSignature] = []
        for signature in self.signatures {
            guard let key = known[NoteKey.Reference(name: signature.name, id: signature.keyID)] else { continue }
            guard let found = key.verify(signature, of: self.text) else { throw .badSignature(name: signature.name) }
            verified.append(found)
        }
        guard !verified.isEmpty else { throw .noKnownKey }
        return verified
    }
}

/// A signature that was found right.
public struct VerifiedSignature: Hashable, Sendable {
    public var key: NoteKey
    /// When a cosigner says that it signed: seconds since 1970-01-01T00:00:00Z. Nil for a log's signature.
    public var time: UInt64?

    package init(key: NoteKey, time: UInt64? = nil) {
        self.key = key
        self.time = time
    }
}

/// Why bytes are no signed note, or one that must not be believed.
public enum NoteError: Error, Hashable, Sendable {
    case tooLarge(bytes: Int, limit: Int)
    case notUTF8
    case controlCharacter(offset: Int)
    /// There is no empty line with something behind it.
    case noSignatures
    /// The last line has no newline.
    case cutShort
    case tooManySignatures(count: Int, limit: Int)
    /// Counted from 1, behind the empty line.
    case badSignatureLine(number: Int)
    case duplicateSignature(name: ExactText)
    case badSignature(name: ExactText)
    case noKnownKey
}

extension NoteError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLarge(let bytes, let limit): "the note has \(bytes) bytes; at most \(limit) are read"
        case .notUTF8: "the note is not UTF-8"
        case .controlCharacter(let offset): "the note has a control character at byte \(offset)"
        case .noSignatures: "the note has no signatures: an empty line with signature lines behind it is missing"
        case .cutShort: "the note is cut short: its last line has no newline"
        case .tooManySignatures(let count, let limit): "the note has \(count) signatures; at most \(limit) are read"
        case .badSignatureLine(let number): "signature line \(number) of the note is not well-formed"
        case .duplicateSignature(let name): "the note has two signatures of the key \(name)"
        case .badSignature(let name): "the signature of \(name) is not valid"
        case .noKnownKey: "no known key signed the note"
        }
    }
}
