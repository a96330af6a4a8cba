public import CairnHash

/// The right edge of a Merkle tree as tiles hold it (C2SP tlog-tiles): of each of eight levels, the hashes since its last
/// full tile of 256. All that it takes to go on with tiles, and to prove what comes behind, without the leaves before.
///
/// A full subtree that lies over the edge is folded from hashes of one tile, and those of them that lie before are here.
public struct TreeEdge: Hashable, Sendable {
    public static let levelCount = 8

    /// Leaves of the tree.
    public let size: TreeSize
    /// By level, from the leaves up: at most 255 each.
    public let hashes: [[Digest]]

    /// - Parameter hashes: of all levels, from the leaves up, joined. Nil unless there are as many as the tree's size says.
    public init?(size: TreeSize, hashes: [Digest]) {
        guard hashes.count == Self.hashCount(size: size) else { return nil }
        var rest = hashes[...]
        var levels: [[Digest]] = []
        for level in 0..<Self.levelCount {
            let count = Self.hashCount(level: level, size: size)
            levels.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        self.size = size
        self.hashes = levels
    }

    /// Hashes of one level.
    public static func hashCount(level: Int, size: TreeSize) -> Int {
        Int(size.rawValue >> UInt64(8 * level) & UInt64(Tile.widthMax - 1))
    }

    /// Hashes of all levels: at most 2,040.
    public static func hashCount(size: TreeSize) -> Int {
        (0..<Self.levelCount).reduce(0) { $0 + Self.hashCount(level: $1, size: size) }
    }

    /// The place of a level's first hash here among all that the level has.
    public func firstIndex(level: Int) -> UInt64 {
        (self.size.rawValue >> UInt64(8 * level)) - UInt64(self.hashes[level].count)
    }

    public var frontier: MerkleFrontier {
        var roots: [Digest] = []
        for level in self.hashes.reversed() {
            var tile = MerkleFrontier()
            tile.append(contentsOf: level)
            roots += tile.subtreeRoots
        }
        guard let frontier = MerkleFrontier(size: self.size, subtreeRoots: roots) else {
            preconditionFailure("a tree has a full subtree for each bit of its size")
        }
        return frontier
    }
}
