public import CairnHash
public import CairnLedger

/// What leaves a node is checked before: a checksum says that the disk gave back what was written, not that nobody wrote
/// something else. A block's header is compared with the hash that the next block names, and the head's with the one that is
/// known, and its records with leaf hashes that are proven to be in the newest block's tree. Where the next block is
/// damaged and names nothing, the votes for the block itself are checked.
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
        let snapshot = self.snapshot
        let final = try self.block(index)
        try self.checkIsVouchedFor(final, in: snapshot)
        return final
    }

    /// - Throws: `.corrupt` when a block's header and annex aren't the ledger's, or nothing tells.
    func checkIsVouchedFor(_ final: FinalBlock, in snapshot: Published) throws(StoreError) {
        let header = final.block.header
        let hash = header.hash
        let annexBytes = final.block.annexBytes
        let isTheLedgers: Bool
        if let isNamed = self.isNamed(hash, block: header.index, in: snapshot) {
            isTheLedgers = isNamed
        } else {
            isTheLedgers = try self.isSigned(final, hash)
        }
        guard isTheLedgers, final.certificate.map({ $0.blockHash == hash }) ?? true,
            header.treeSize <= snapshot.head.treeSize,
            header.annexHash == (annexBytes.isEmpty ? .zero : Digest(hashing: annexBytes))
        else {
            throw self.altered(header.index, "its header or annex is not what the next block or its certificate names")
        }
    }

    /// Whether a quorum of its epoch's members made a block final: asked when the next block is the damaged one.
    ///
    /// - Throws: `.corrupt` naming the next block when this one has no votes of its own.
    private func isSigned(_ final: FinalBlock, _ hash: Digest) throws(StoreError) -> Bool {
        let header = final.block.header
        guard let certificate = final.certificate else {
            throw self.altered(
                header.index.next(),
                "it or one behind it is damaged, and nothing else vouches for block \(header.index)")
        }
        return try self.invalidity(of: certificate, header, hash) == nil
    }

    /// What is wrong with the certificate of a block, nil when it is good.
    private func invalidity(
        of certificate: Certificate, _ header: BlockHeader, _ hash: Digest
    ) throws(StoreError) -> CertificateError? {
        // What is altered may name any epoch.
        guard header.epoch <= self.members.epoch else {
            return .otherEpoch(expected: self.members.epoch, found: header.epoch)
        }
        let own = try self.present(in: header, for: certificate)
        do throws(CertificateError) {
            try own.verify(certificate, of: header, hash: hash, using: self.verifier)
            return nil
        } catch {
            return error
        }
    }

    /// Checks the certificate of a block up to the head, before others get it: no hash covers it, and whoever gets one that isn't valid
    /// takes the node that sent it for a liar.
    ///
    /// One signature check (about 0.1 ms) a vote.
    ///
    /// - Throws: `.corrupt` naming the block.
    public func checkCertificate(_ certificate: Certificate, of header: BlockHeader) throws(StoreError) {
        if let error = try self.invalidity(of: certificate, header, header.hash) {
            throw self.altered(header.index, "\(error)")
        }
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
    /// A proof goes over all hashes of its tile, so there is one a tile; and of a full tile, which never changes, one as long as
    /// the disk gives back what was proven.
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
            if !anew, isFull, let known = try self.knownHashes(ofTile: tile) {
                let start = Int(next - tile * width)
                hashes += known[start..<start + wanted]
            } else {
                hashes += try self.checked { () throws(StoreError) in
                    try self.provenLeafHashes(from: number, count: wanted, in: head, isFull: isFull)
                }
            }
            next += UInt64(wanted)
        }
        return hashes
    }

    /// Of a full tile of leaves that was proven before. Nil when none was, or the disk gives back something else.
    private func knownHashes(ofTile tile: UInt64) throws(StoreError) -> [Digest]? {
        guard self.checkedTiles.digest(level: 0, index: tile) != nil else { return nil }
        let hashes = try onDisk { () throws(DiskError) in
            try self.tree.hashes(level: 0, from: tile * UInt64(Tile.widthMax), count: Tile.widthMax)
        }
        return self.checkedTiles.contains(hashes, level: 0, index: tile) ? hashes : nil
    }

    /// Of one tile. Nil when they don't lead to the tree's root.
    private func provenLeafHashes(
        from first: RecordNumber, count: Int, in head: BlockHeader, isFull: Bool
    ) throws(StoreError) -> [Digest]? {
        let nodes = TileNodes(self.tree, size: head.treeSize, shared: self.foldedTiles)
        let path = try nodes.inclusionProof(of: first, in: head.treeSize)
        let tile = first.rawValue / UInt64(Tile.widthMax)
        let all = try nodes.hashes(level: 0, tile: tile)
        let start = Int(first.rawValue % UInt64(Tile.widthMax))
        let holds = MerkleProof.verifyInclusion(
            of: all[start], at: first, in: head.treeSize, path: path, root: head.treeRoot)
        guard holds else { return nil }
        if isFull { self.checkedTiles.insert(all, level: 0, index: tile) }
        return Array(all[start..<start + count])
    }

    private func altered(_ index: BlockIndex, _ reason: String) -> StoreError {
        let segment = self.snapshot.segments.last { $0.firstBlock <= index }
        return .corrupt(Corruption(file: segment?.path ?? BlockLog.folder, block: index, reason: reason))
    }
}
