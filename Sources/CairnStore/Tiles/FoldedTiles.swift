internal import CairnHash
internal import CairnLedger
internal import CairnLock

/// The inner nodes of tiles above the leaves' level, which nearly every proof needs: at 10 million records 153 tiles of
/// 16 KB, where each proof would read and hash three tiles of 256 hashes otherwise.
///
/// What is wrong in here makes a proof that doesn't hold, which is noticed before it leaves: then all is read anew. The
/// other way round, damage to an upper file shows only when its tile is asked for, or at the next start.
package final class FoldedTiles: Sendable {
    struct Key: Hashable {
        /// Of the file, 0 for the leaves.
        var level: Int
        var index: UInt64
        /// Hashes of the tile; the last one of a level grows.
        var count: Int
    }

    /// 4 MiB at most.
    private static let tilesMax = 256

    private let tiles = Lock<[Key: [[Digest]]]>([:])

    subscript(key: Key) -> [[Digest]]? {
        self.tiles.withLock { $0[key] }
    }

    func insert(_ nodes: [[Digest]], for key: Key) {
        self.tiles.withLock { tiles in
            // Any will do: what is needed soon is soon there again.
            if tiles.count >= Self.tilesMax, let old = tiles.first?.key { tiles[old] = nil }
            tiles[key] = nodes
        }
    }

    package func removeAll() {
        self.tiles.withLock { $0.removeAll() }
    }
}

/// The nodes of the tree for one proof: each tile is read and folded once at most.
final class TileNodes: MerkleNodes {
    private let tree: TreeFiles
    private let size: TreeSize
    private let shared: FoldedTiles
    private var own: [(key: FoldedTiles.Key, nodes: [[Digest]])] = []

    /// - Parameter size: of the durable ledger, at least that of every tree that is asked about.
    init(_ tree: TreeFiles, size: TreeSize, shared: FoldedTiles) {
        self.tree = tree
        self.size = size
        self.shared = shared
    }

    func subtreeRoot(level: Int, index: UInt64) throws(StoreError) -> Digest {
        let fileLevel = level / TreeFiles.tileHeight
        let height = level % TreeFiles.tileHeight
        let tile = index >> UInt64(TreeFiles.tileHeight - height)
        let position = Int(index & ((1 << UInt64(TreeFiles.tileHeight - height)) - 1))
        return try self.nodes(level: fileLevel, tile: tile)[height][position]
    }

    /// The hashes of a tile, those that proofs were made of.
    func hashes(level: Int, tile: UInt64) throws(StoreError) -> [Digest] {
        try self.nodes(level: level, tile: tile)[0]
    }

    private func nodes(level: Int, tile: UInt64) throws(StoreError) -> [[Digest]] {
        let held = TreeFiles.hashCount(level: level, treeSize: self.size) - tile * UInt64(Tile.widthMax)
        return try self.nodes(
            of: FoldedTiles.Key(level: level, index: tile, count: Int(min(held, UInt64(Tile.widthMax)))))
    }

    /// By height: the tile's hashes, then the roots over each two of the ones before.
    private func nodes(of key: FoldedTiles.Key) throws(StoreError) -> [[Digest]] {
        // Most of a path's hashes lie in the same few tiles: other proofs wait for the shared ones only once for each.
        if let found = self.own.first(where: { $0.key == key }) { return found.nodes }
        if key.level > 0, let found = self.shared[key] {
            self.own.append((key, found))
            return found
        }
        let hashes = try onDisk { () throws(DiskError) in
            try self.tree.hashes(level: key.level, from: key.index * UInt64(Tile.widthMax), count: key.count)
        }
        guard hashes.count == key.count else {
            throw .corrupt(
                Corruption(file: TreeFiles.path(level: key.level), block: nil, reason: "the file is too short"))
        }
        let nodes = Self.fold(hashes)
        if key.level > 0 { self.shared.insert(nodes, for: key) }
        self.own.append((key, nodes))
        return nodes
    }

    private static func fold(_ hashes: [Digest]) -> [[Digest]] {
        var nodes = [hashes]
        for height in 1...TreeFiles.tileHeight {
            let below = nodes[height - 1]
            let count = below.count / 2
            nodes.append(
                [Digest](unsafeUninitializedCapacity: count) { roots, initialized in
                    below.withUnsafeBufferPointer { below in
                        SHA256Batch.hashNodes(
                            children: UnsafeBufferPointer(rebasing: below[..<(2 * count)]),
                            into: UnsafeMutableBufferPointer(rebasing: roots[..<count]))
                    }
                    initialized = count
                })
        }
        return nodes
    }
}
