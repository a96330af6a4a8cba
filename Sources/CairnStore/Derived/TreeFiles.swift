package import CairnHash
internal import CairnLedger

/// The Merkle tree's hashes on disk: `tree/0`, `tree/1`, … each 32-byte hashes without gaps. File L holds the root of
/// every full run of 256^L leaves, so a tile of C2SP tlog-tiles (256 hashes) is one read. Derived from the log.
package struct TreeFiles: Sendable {
    package static let folder = "tree"
    /// log2 of a tile's width.
    static let tileHeight = 8
    /// Files 0 to 7 hold 2^64 leaves.
    static let levelCount = 8
    /// How far ahead of the end of `tree/0` room is reserved: 32,768 records.
    static let reserveBytes: UInt64 = 1 << 20

    package let files: [any DiskFile]

    package static func path(level: Int) -> String { "\(Self.folder)/\(level)" }

    /// Opens the files, made when they aren't there, so that what a ledger of any size needs is there from its start.
    package static func open(on disk: any Disk) throws(DiskError) -> TreeFiles {
        var files: [any DiskFile] = []
        for level in 0..<Self.levelCount { files.append(try disk.open(Self.path(level: level), .create)) }
        return TreeFiles(files: files)
    }

    /// How many hashes file `level` holds for a tree of some size.
    static func hashCount(level: Int, treeSize: TreeSize) -> UInt64 {
        treeSize.rawValue >> UInt64(level * Self.tileHeight)
    }

    /// Hashes of one file. Fewer than asked for when the file ends.
    package func hashes(level: Int, from index: UInt64, count: Int) throws(DiskError) -> [Digest] {
        // A tree size that somebody made up may point anywhere.
        guard index <= UInt64(Int64.max) / UInt64(Digest.byteCount) else { return [] }
        let bytes = try self.files[level].bytes(
            at: index * UInt64(Digest.byteCount), count: count * Digest.byteCount)
        let span = bytes.span.bytes
        var hashes: [Digest] = []
        hashes.reserveCapacity(bytes.count / Digest.byteCount)
        for place in stride(from: 0, to: bytes.count - bytes.count % Digest.byteCount, by: Digest.byteCount) {
            hashes.append(span.digest(at: place))
        }
        return hashes
    }

    package func write(_ hashes: some Collection<Digest>, level: Int, from index: UInt64) throws(DiskError) {
        guard !hashes.isEmpty else { return }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * Digest.byteCount)
        for hash in hashes { bytes.append(hash) }
        try self.files[level].write(bytes.span.bytes, at: index * UInt64(Digest.byteCount))
    }
}

extension TreeFiles: MerkleNodes {
    /// A full subtree of any height: between the stored levels it is folded from at most 128 hashes of the one below.
    func subtreeRoot(level: Int, index: UInt64) throws(StoreError) -> Digest {
        let fileLevel = level / Self.tileHeight
        let height = level % Self.tileHeight
        let count = 1 << height
        var hashes = try onDisk { () throws(DiskError) in
            try self.hashes(level: fileLevel, from: index << UInt64(height), count: count)
        }
        guard hashes.count == count else {
            throw .corrupt(Corruption(file: Self.path(level: fileLevel), block: nil, reason: "the file is too short"))
        }
        var width = count
        while width > 1 {
            width /= 2
            for place in 0..<width { hashes[place] = Digest(hashingNode: hashes[2 * place], hashes[2 * place + 1]) }
        }
        return hashes[0]
    }
}

/// Grows the tree's files leaf by leaf: keeps the right edge of each file's last, unfinished tile.
package struct TreeGrower: Sendable {
    private(set) var size: TreeSize
    /// Of each file: the hashes since its last full tile, as a tree of their own.
    private var edges: [MerkleFrontier]
    /// Of each file: hashes that were made and not taken yet.
    private var made: [[Digest]]

    init() {
        self.size = 0
        self.edges = Array(repeating: MerkleFrontier(), count: TreeFiles.levelCount)
        self.made = Array(repeating: [], count: TreeFiles.levelCount)
    }

    /// Goes on behind a tree's right edge: the full subtrees of heights 8 · L to 8 · L + 7 are the edge of file L.
    init(at frontier: MerkleFrontier) {
        self.init()
        self.size = frontier.size
        var roots = frontier.subtreeRoots[...]
        for level in (0..<TreeFiles.levelCount).reversed() {
            let count = frontier.size.rawValue >> UInt64(level * TreeFiles.tileHeight) & 255
            let edge = MerkleFrontier(
                size: TreeSize(rawValue: count), subtreeRoots: Array(roots.prefix(count.nonzeroBitCount)))
            guard let edge else { preconditionFailure("a tree has a full subtree for each bit of its size") }
            self.edges[level] = edge
            roots = roots.dropFirst(count.nonzeroBitCount)
        }
    }

    /// Goes on behind `size` leaves whose hashes are in the files.
    init(resuming files: TreeFiles, at size: TreeSize) throws(StoreError) {
        self.init()
        self.size = size
        for level in 0..<TreeFiles.levelCount {
            let count = TreeFiles.hashCount(level: level, treeSize: size)
            let rest = count % (1 << UInt64(TreeFiles.tileHeight))
            let hashes = try onDisk { () throws(DiskError) in
                try files.hashes(level: level, from: count - rest, count: Int(rest))
            }
            guard hashes.count == Int(rest) else {
                throw .corrupt(
                    Corruption(file: TreeFiles.path(level: level), block: nil, reason: "the file is too short"))
            }
            self.edges[level].append(contentsOf: hashes)
        }
    }

    /// How many leaves were made and not taken yet.
    var madeCount: Int { self.made[0].count }

    mutating func append(_ leafHash: Digest) {
        var hash = leafHash
        for level in 0..<TreeFiles.levelCount {
            self.made[level].append(hash)
            self.edges[level].append(hash)
            guard self.edges[level].size.rawValue == 1 << UInt64(TreeFiles.tileHeight) else { break }
            // A full tile is one subtree: its root belongs into the next file.
            hash = self.edges[level].root
            self.edges[level] = MerkleFrontier()
        }
        self.size = self.size.next()
    }

    /// Writes what was made since the last time. Not synced.
    mutating func write(to files: TreeFiles) throws(DiskError) {
        for level in 0..<TreeFiles.levelCount where !self.made[level].isEmpty {
            let end = TreeFiles.hashCount(level: level, treeSize: self.size)
            try files.write(self.made[level], level: level, from: end - UInt64(self.made[level].count))
            self.made[level].removeAll(keepingCapacity: true)
        }
    }

    /// What was made since the last time, for whoever compares it with the files.
    mutating func take() -> [(level: Int, first: UInt64, hashes: [Digest])] {
        var taken: [(level: Int, first: UInt64, hashes: [Digest])] = []
        for level in 0..<TreeFiles.levelCount where !self.made[level].isEmpty {
            let end = TreeFiles.hashCount(level: level, treeSize: self.size)
            taken.append((level, end - UInt64(self.made[level].count), self.made[level]))
            self.made[level].removeAll(keepingCapacity: true)
        }
        return taken
    }
}
