internal import CairnHash

/// Hashes of a proof as lines of base64 up to an empty line, as tlog-proof and tlog-witness have them.
enum MerklePathText {
    /// More levels than a tree can have: both specifications bound it so.
    static let hashesMax = 63

    static func lines(_ path: [Digest]) -> [UInt8] {
        path.flatMap { Array((Base64.encode($0.bytes) + "\n").utf8) }
    }

    /// Takes the hashes and the empty line behind them.
    static func read(_ lines: inout NoteLines) throws(MerklePathError) -> [Digest] {
        var path: [Digest] = []
        while true {
            guard let line = lines.next() else { throw .cutShort }
            if line.isEmpty { return path }
            guard let hash = Base64.digest(line) else { throw .badHash(number: path.count + 1) }
            guard path.count < Self.hashesMax else { throw .tooManyHashes(limit: Self.hashesMax) }
            path.append(hash)
        }
    }
}

/// Why lines are no path of hashes.
public enum MerklePathError: Error, Hashable, Sendable {
    /// There is no empty line behind the hashes.
    case cutShort
    /// Counted from 1.
    case badHash(number: Int)
    case tooManyHashes(limit: Int)
}

extension MerklePathError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cutShort: "it is cut short: there is no empty line behind the hashes"
        case .badHash(let number): "hash \(number) is not base64 of 32 bytes"
        case .tooManyHashes(let limit): "it has more than \(limit) hashes"
        }
    }
}
