public import CairnHash
public import CairnLedger

/// Tiles and entry bundles (C2SP tlog-tiles), straight from the files, of every width that the durable ledger has.
///
/// What is served is cached by others for good, so nothing leaves that was not checked: a full tile against the hash
/// above it, partial ones against the newest block's tree root, entries against the leaf hashes of their tile.
extension LedgerStore {
    /// How many bytes the hashes of a tile have. Nil when the ledger has no such tile (yet), or it is one of entries.
    public func byteCount(of tile: Tile) -> Int? {
        self.hasTile(tile) && tile.content != .entries ? tile.width * Digest.byteCount : nil
    }

    /// Reads the hashes of a tile into `buffer`, which has just the size, without waiting for the disk.
    ///
    /// - Returns: false when the disk would have to be waited for, or the tile was never proven or isn't any more what was
    ///   proven: then `hashes(of:)` does it.
    public func readCheckedHashes(of tile: Tile, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        guard case .hashes(let level) = tile.content, level < TreeFiles.levelCount else { return false }
        if let bytes = self.checkedTiles.partial(level: level, index: tile.index, byteCount: buffer.count) {
            buffer.copyBytes(from: bytes)
            return true
        }
        guard let digest = self.checkedTiles.digest(level: level, index: tile.index) else { return false }
        // Whatever part of it is wanted: the digest is of all of it.
        let file = self.tree.files[level]
        let place = tile.index * UInt64(Tile.widthMax * Digest.byteCount)
        var isRead = false
        let bytes = [UInt8](unsafeUninitializedCapacity: Tile.widthMax * Digest.byteCount) { whole, initialized in
            isRead = file.readCached(into: UnsafeMutableRawBufferPointer(whole), at: place)
            initialized = isRead ? whole.count : 0
        }
        guard isRead, Digest(hashing: bytes) == digest else { return false }
        buffer.copyBytes(from: bytes.prefix(buffer.count))
        return true
    }

    /// The hashes of a tile. Nil when the ledger has no such tile (yet).
    public func hashes(of tile: Tile) throws(StoreError) -> [Digest]? {
        guard case .hashes(let level) = tile.content, self.hasTile(tile) else { return nil }
        let head = self.head.header
        // Of the tile over the edge, the hashes before it are there as well.
        let size = self.base?.edge.size ?? 0
        guard tile.index >= TreeFiles.hashCount(level: level + 1, treeSize: size) else {
            throw .notHereYet(before: self.firstBlock)
        }
        let fullTiles = TreeFiles.hashCount(level: level + 1, treeSize: head.treeSize)
        return try self.checked { () throws(StoreError) in
            let first = tile.index * UInt64(Tile.widthMax)
            if tile.index < fullTiles {
                // Whatever part of it is wanted.
                let hashes = try onDisk { () throws(DiskError) in
                    try self.tree.hashes(level: level, from: first, count: Tile.widthMax)
                }
                guard hashes.count == Tile.widthMax else { return nil }
                let above = try self.tree.subtreeRoot(level: (level + 1) * TreeFiles.tileHeight, index: tile.index)
                guard MerkleTree(hashes).root(at: TreeSize(Tile.widthMax)) == above else { return nil }
                self.checkedTiles.insert(hashes, level: level, index: tile.index)
                return Array(hashes.prefix(tile.width))
            }
            // The last tile of its level. The tree's root is over all of those, and over what it was made of here.
            let nodes = TileNodes(self.tree, size: head.treeSize, shared: FoldedTiles())
            guard try nodes.root(at: head.treeSize) == head.treeRoot else { return nil }
            let hashes = try nodes.hashes(level: level, tile: tile.index)
            guard hashes.count >= tile.width else { return nil }
            self.checkedTiles.insertPartial(hashes, level: level, index: tile.index)
            return Array(hashes.prefix(tile.width))
        }
    }

    /// An entry bundle: for each record a 16-bit length and its canonical bytes. Nil when the ledger has no such bundle
    /// (yet).
    public func entries(of tile: Tile) throws(StoreError) -> [UInt8]? {
        guard tile.content == .entries, self.hasTile(tile) else { return nil }
        let hashes = try self.hashes(of: Tile(.hashes(level: 0), index: tile.index, width: tile.width))
        guard let hashes else { return nil }
        var number = RecordNumber(rawValue: tile.index * UInt64(Tile.widthMax))
        var bytes: [UInt8] = []
        var position = 0
        while position < tile.width {
            let block = try self.block(try self.blockIndex(of: number)).block
            guard block.firstRecord <= number, block.header.treeSize.contains(number) else {
                throw Self.otherEntries(number, in: block)
            }
            let offset = Int(number.rawValue - block.firstRecord.rawValue)
            let end = min(block.entries.count, offset + tile.width - position)
            for entry in offset..<end {
                guard block.entries[entry].leafHash == hashes[position + entry - offset] else {
                    throw Self.otherEntries(number + (entry - offset), in: block)
                }
            }
            // The block's encoding of entries is the bundle's.
            let first = block.entries.range(of: offset).lowerBound - 2
            bytes += block.entries.bytes[first..<block.entries.range(of: end - 1).upperBound]
            position += end - offset
            number = number + (end - offset)
        }
        return bytes
    }

    private static func otherEntries(_ number: RecordNumber, in block: Block) -> StoreError {
        .corrupt(
            Corruption(
                file: BlockLog.folder, block: block.index, reason: "record \(number) is not what the tree holds for it")
        )
    }

    /// Whether the durable ledger has all of a tile.
    private func hasTile(_ tile: Tile) -> Bool {
        guard let end = Self.end(of: tile) else { return false }
        return end <= self.head.treeSize.rawValue
    }

    /// How many leaves a tree has that just has all of a tile. Nil when no tree has.
    private static func end(of tile: Tile) -> UInt64? {
        let level =
            switch tile.content {
            case .hashes(let level): level
            case .entries: 0
            }
        guard level < TreeFiles.levelCount, tile.index < 1 << 56 else { return nil }
        let end = tile.index * UInt64(Tile.widthMax) + UInt64(tile.width)
        let shift = UInt64(level * TreeFiles.tileHeight)
        return end <= UInt64.max >> shift ? end << shift : nil
    }
}
