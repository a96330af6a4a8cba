internal import CairnHash

/// Hashes of a proof as lines of base64, as tlog-proof and tlog-witness have them.
enum MerklePathText {
    /// More levels than a tree can have: both specifications bound it so.
    static let hashesMax = 63

    static func lines(_ path: [Digest]) -> [UInt8] {
        path.flatMap { Array((Base64.encode($0.bytes) + "\n").utf8) }
    }
}
