public import CairnHash

/// What a log sends to a witness (C2SP tlog-witness, section "add-checkpoint"):
///
///     old <tree size>
///     <base64 of a hash>              the consistency proof from there, at most 63 lines
///     <empty line>
///     <the checkpoint, with its signatures>
public struct AddCheckpointRequest: Hashable, Sendable {
    public var oldSize: TreeSize
    public var path: [Digest]
    public var checkpoint: SignedCheckpoint

    public init(oldSize: TreeSize, path: [Digest], checkpoint: SignedCheckpoint) {
        self.oldSize = oldSize
        self.path = path
        self.checkpoint = checkpoint
    }

    public var bytes: [UInt8] {
        Array("old \(self.oldSize)\n".utf8) + MerklePathText.lines(self.path) + [UInt8(ascii: "\n")]
            + self.checkpoint.bytes
    }

    /// Reads a request that takes exactly all of `bytes`.
    public init(parsing bytes: some Collection<UInt8>) throws(AddCheckpointError) {
        var lines = NoteLines(bytes)
        guard let size = lines.next()?.value(of: "old").flatMap({ Decimal.parse($0) }) else { throw .badOldSize }
        self.oldSize = TreeSize(rawValue: size)
        do throws(MerklePathError) {
            self.path = try MerklePathText.read(&lines)
        } catch {
            throw .path(error)
        }
        do throws(CheckpointError) {
            self.checkpoint = try SignedCheckpoint(parsing: lines.rest)
        } catch {
            throw .checkpoint(error)
        }
    }
}

/// Why bytes are no such request.
public enum AddCheckpointError: Error, Hashable, Sendable {
    case badOldSize
    case path(MerklePathError)
    case checkpoint(CheckpointError)
}

extension AddCheckpointError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .badOldSize: "the first line has to be \"old\", a space and a tree size"
        case .path(let error): "the consistency proof: \(error)"
        case .checkpoint(let error): "\(error)"
        }
    }
}
