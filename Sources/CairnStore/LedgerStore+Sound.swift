public import CairnHash
public import CairnLedger

/// What leaves a node is checked before: a checksum says that the disk gave back what was written, not that nobody wrote
/// something else. A block's header is compared with the hash that its certificate names, or the next block, and its records
/// with leaf hashes that are proven to be in the newest block's tree.
extension LedgerStore {
    /// A block up to the head, fit to be given to others: header, annex and records are the ledger's.
    ///
    /// - Throws: `.corrupt` naming the block when they aren't.
    public func soundBlock(_ index: BlockIndex) throws(StoreError) -> FinalBlock {
        let final = try self.vouchedBlock(index)
        if final.block.entries.count > 0 {
            _ = try self.checkedLeafHashes(of: final.block, 0..<final.block.entries.count)
        }
        return final
    }

    /// A block up to the head whose header and annex are the ledger's. Its records are not looked at: for whoever only wants
    /// to know of them how many there are.
    public func vouchedBlock(_ index: BlockIndex) throws(StoreError) -> FinalBlock {
        let head = self.head
        let final = try self.block(index)
        let header = final.block.header
        var hash = index == head.index ? head.hash : final.certificate?.blockHash
        // When the next block is the damaged one, this one still has its own checksum.
        if hash == nil, index > 0 || self.base == nil { hash = try? self.header(of: index.next()).previousHash }
        let annexBytes = final.block.annexBytes
        guard hash == nil || header.hash == hash, header.treeSize <= head.treeSize,
            header.annexHash == (annexBytes.isEmpty ? .zero : Digest(hashing: annexBytes))
        else { throw self.altered(index, "its header or annex is not what its certificate or the next block names") }
        return final
    }

    /// The leaf hashes of some of a block's records, by position in it, after they were found to be those of the tree.
    ///
    /// - Throws: `.corrupt` naming the block when the tree holds other records.
    public func checkedLeafHashes(of block: Block, _ positions: Range<Int>) throws(StoreError) -> [Digest] {
        let all = positions.count == block.entries.count
        let leafHashes = all ? block.entries.leafHashes() : positions.map { block.entries[$0].leafHash }
        let first = block.firstRecord + positions.lowerBound
        for anew in [false, true] {
            let proven = try self.provenLeafHashes(from: first, count: positions.count, anew: anew)
            if leafHashes == proven { return leafHashes }
            // What was proven long ago may have been damaged since.
            guard anew, let place = zip(leafHashes, proven).enumerated().first(where: { $1.0 != $1.1 })?.offset else {
                continue
            }
            throw self.altered(block.index, "record \(first + place) is not what the tree holds for it")
        }
        throw self.altered(block.index, "its records are not those that the tree holds")
    }

    /// The leaf hashes of consecutive records of the ledger, proven to lie in the newest block's tree.
    ///
    /// A proof goes over all hashes of its tile, so there is one a tile; and of a full tile, which never changes, one since
    /// the ledger was opened.
    ///
    /// - Parameter anew: prove also what was proven before.
    package func provenLeafHashes(
        from first: RecordNumber, count: Int, anew: Bool = false
    ) throws(StoreError) -> [Digest] {
        try self.checkIsHere(first)
        let head = self.head.header
        let end = first.rawValue + UInt64(count)
        let width = UInt64(Tile.widthMax)
        var hashes: [Digest] = []
        hashes.reserveCapacity(count)
        var next = first.rawValue
        while next < end {
            let (tile, number) = (next / width, RecordNumber(rawValue: next))
            let wanted = Int(min(end, (tile + 1) * width) - next)
            let isFull = (tile + 1) * width <= head.treeSize.rawValue
            if !anew, isFull, self.checkedTiles.contains(level: 0, index: tile, end: (tile + 1) * width) {
                hashes += try self.leafHashes(from: number, count: wanted)
            } else {
                hashes += try self.checked { () throws(StoreError) in
                    try self.provenLeafHashes(from: number, count: wanted, in: head)
                }
                if isFull { self.checkedTiles.insert(level: 0, index: tile) }
            }
            next += UInt64(wanted)
        }
        return hashes
    }

    /// Of one tile. Nil when they don't lead to the tree's root.
    private func provenLeafHashes(
        from first: RecordNumber, count: Int, in head: BlockHeader
    ) throws(StoreError) -> [Digest]? {
        let nodes = TileNodes(self.tree, size: head.treeSize, shared: self.foldedTiles)
        let path = try nodes.inclusionProof(of: first, in: head.treeSize)
        var hashes: [Digest] = []
        hashes.reserveCapacity(count)
        for place in 0..<UInt64(count) { hashes.append(try nodes.subtreeRoot(level: 0, index: first.rawValue + place)) }
        let holds = MerkleProof.verifyInclusion(
            of: hashes[0], at: first, in: head.treeSize, path: path, root: head.treeRoot)
        return holds ? hashes : nil
    }

    private func altered(_ index: BlockIndex, _ reason: String) -> StoreError {
        let segment = self.snapshot.segments.last { $0.firstBlock <= index }
        return .corrupt(Corruption(file: segment?.path ?? BlockLog.folder, block: index, reason: reason))
    }
}
