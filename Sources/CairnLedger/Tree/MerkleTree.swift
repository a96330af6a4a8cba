public import CairnHash

/// A whole Merkle tree in memory (RFC 9162, section 2.1): for small ledgers, tests, and whoever holds all leaves.
public struct MerkleTree: MerkleNodes, Sendable {
    /// `levels[k]` holds the roots over each full run of 2^k leaves.
    private var levels: [[Digest]] = [[]]

    public init() {}

    public init(_ leafHashes: some Sequence<Digest>) {
        for leafHash in leafHashes { self.append(leafHash) }
    }

    public var size: TreeSize { TreeSize(self.levels[0].count) }

    public mutating func append(_ leafHash: Digest) {
        var hash = leafHash
        var level = 0
        while true {
            if level == self.levels.count { self.levels.append([]) }
            self.levels[level].append(hash)
            guard self.levels[level].count.isMultiple(of: 2) else { return }
            let pair = self.levels[level].suffix(2)
            hash = Digest(hashingNode: pair[pair.startIndex], pair[pair.startIndex + 1])
            level += 1
        }
    }

    public func subtreeRoot(level: Int, index: UInt64) throws(Never) -> Digest {
        self.levels[level][Int(index)]
    }
}
