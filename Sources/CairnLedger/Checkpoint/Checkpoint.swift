public import CairnHash

/// What a log says about itself at a size (C2SP tlog-checkpoint, section "Note text"):
///
///     <origin>
///     <tree size, decimal>
///     <base64 of the tree's root>
///     <extension lines, none in ours>
public struct Checkpoint: Hashable, Sendable {
    /// The log's name.
    public var origin: ExactText
    public var size: TreeSize
    public var root: Digest
    /// Lines that others may add; kept since signatures cover them.
    public var extensions: [ExactText]

    public init(origin: ExactText, size: TreeSize, root: Digest, extensions: [ExactText] = []) {
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    /// The text that is signed.
    public var text: [UInt8] {
        var text = self.origin.bytes
        text += Array("\n\(self.size)\n\(Base64.encode(self.root.bytes))\n".utf8)
        for line in self.extensions { text += line.bytes + [UInt8(ascii: "\n")] }
        return text
    }

    /// Reads the text of a note.
    public init(text: [UInt8]) throws(CheckpointError) {
        guard text.last == UInt8(ascii: "\n") else { throw .tooFewLines }
        let lines = text.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count >= 3 else { throw .tooFewLines }
        if let empty = lines.firstIndex(where: \.isEmpty) { throw .emptyLine(number: empty + 1) }
        guard let size = Decimal.parse(lines[1]) else { throw .badSize }
        guard let root = Base64.digest(lines[2]) else { throw .badRoot }
        self.init(
            origin: ExactText(bytes: lines[0]), size: TreeSize(rawValue: size), root: root,
            extensions: lines[3...].map { ExactText(bytes: $0) })
    }
}

/// A checkpoint with signatures that were not checked yet.
public struct SignedCheckpoint: Hashable, Sendable {
    public let checkpoint: Checkpoint
    public private(set) var note: SignedNote

    public init(_ checkpoint: Checkpoint, signatures: [NoteSignature]) {
        self.checkpoint = checkpoint
        self.note = SignedNote(text: checkpoint.text, signatures: signatures)
    }

    /// Reads a note whose text is a checkpoint.
    public init(parsing bytes: some Collection<UInt8>) throws(CheckpointError) {
        do throws(NoteError) {
            self.note = try SignedNote(parsing: bytes)
        } catch {
            throw .note(error)
        }
        self.checkpoint = try Checkpoint(text: self.note.text)
    }

    public mutating func append(_ signature: NoteSignature) {
        self.note.append(signature)
    }

    public var bytes: [UInt8] { self.note.bytes }
}

/// Why a note is no checkpoint.
public enum CheckpointError: Error, Hashable, Sendable {
    case note(NoteError)
    case tooFewLines
    case emptyLine(number: Int)
    case badSize
    case badRoot
}

extension CheckpointError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .note(let error): "\(error)"
        case .tooFewLines: "the checkpoint has no three lines: origin, tree size, root"
        case .emptyLine(let number): "line \(number) of the checkpoint is empty"
        case .badSize: "the checkpoint's tree size is no number without leading zeros"
        case .badRoot: "the checkpoint's root is not base64 of 32 bytes"
        }
    }
}
