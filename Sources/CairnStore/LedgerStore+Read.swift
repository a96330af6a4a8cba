public import CairnHash
public import CairnLedger

extension LedgerStore {
    // MARK: Blocks

    /// A block up to the head. One or two reads.
    ///
    /// - Throws: `.corrupt` when its stored bytes are not what was written.
    public func block(_ index: BlockIndex) throws(StoreError) -> FinalBlock {
        let snapshot = self.snapshot
        precondition(index <= snapshot.head.header.index, "block \(index) is behind the head")
        if let place = try onDisk({ () throws(DiskError) in try self.places.place(of: index) }),
            place.position.segment < snapshot.segments.count,
            let final = try self.frame(at: place, index: index, in: snapshot)
        {
            return final
        }
        // The entry is damaged, or the block: the log itself tells which.
        let place = try self.healPlace(of: index, in: snapshot)
        guard let final = try self.frame(at: place, index: index, in: snapshot) else {
            throw .corrupt(
                Corruption(
                    file: snapshot.segments[place.position.segment].path, block: index,
                    reason: "the block changed while it was read"))
        }
        return final
    }

    /// The header of a block up to the head. Two small reads; without the frame's checksum, so compare its hash.
    public func header(of index: BlockIndex) throws(StoreError) -> BlockHeader {
        let snapshot = self.snapshot
        precondition(index <= snapshot.head.index, "block \(index) is behind the head")
        if let place = try onDisk({ () throws(DiskError) in try self.places.place(of: index) }),
            place.position.segment < snapshot.segments.count
        {
            let bytes = try onDisk { () throws(DiskError) in
                try snapshot.segments[place.position.segment].file.bytes(
                    at: place.position.offset + UInt64(Frame.headerByteCount), count: BlockHeader.byteCount)
            }
            if let header = try? BlockHeader(decoding: bytes.span.bytes), header.index == index { return header }
        }
        return try self.block(index).block.header
    }

    /// Nil when no good frame of that block is there.
    private func frame(
        at place: BlockPlace, index: BlockIndex, in snapshot: Published
    ) throws(StoreError) -> FinalBlock? {
        let file = snapshot.segments[place.position.segment].file
        let bytes = try onDisk { () throws(DiskError) in
            try file.bytes(at: place.position.offset, count: min(place.frameByteCount, Frame.byteCountMax))
        }
        guard let final = try? Frame.decode(bytes.span.bytes).final, final.block.index == index else { return nil }
        return final
    }

    /// The block that holds a record of the ledger.
    public func blockIndex(of number: RecordNumber) throws(StoreError) -> BlockIndex {
        let snapshot = self.snapshot
        precondition(snapshot.head.header.treeSize.contains(number), "record \(number) is behind the head")
        for _ in 0..<2 {
            if let index = try self.places.firstBlock(endingAfter: number, head: snapshot.head.header.index),
                let place = try onDisk({ () throws(DiskError) in try self.places.place(of: index) }),
                place.records.contains(number.rawValue)
            {
                return index
            }
            try self.rebuildDerived()
        }
        throw .corrupt(
            Corruption(file: BlockPlaces.path, block: nil, reason: "record \(number) is in no block of the index"))
    }

    /// Walks the segment that must hold a block, and writes its entry anew.
    private func healPlace(of index: BlockIndex, in snapshot: Published) throws(StoreError) -> BlockPlace {
        guard let number = snapshot.segments.lastIndex(where: { $0.firstBlock <= index }) else {
            preconditionFailure("the first segment begins with block 0")
        }
        return try self.withHealing { () throws(StoreError) in
            var reader = FrameReader(
                snapshot.segments, from: LogPosition(segment: number, offset: LogPosition.start.offset))
            var expected = snapshot.segments[number].firstBlock
            while case .frame(let final, let header, let position) = try reader.next() {
                guard final.block.index == expected else { break }
                if expected == index {
                    let place = BlockPlace(final.block, header: header, at: position)
                    try onDisk { () throws(DiskError) in try self.places.write([place], from: index) }
                    return place
                }
                expected = expected.next()
            }
            throw .corrupt(
                Corruption(
                    file: snapshot.segments[number].path, block: expected,
                    reason: expected == index
                        ? "its stored bytes are not what was written"
                        : "its stored bytes are not what was written, and block \(index) can't be found behind it"))
        }
    }

    // MARK: Tree

    /// The leaf hash of a record of the ledger. One read.
    public func leafHash(of number: RecordNumber) throws(StoreError) -> Digest {
        try self.tree.subtreeRoot(level: 0, index: number.rawValue)
    }

    /// The leaf hashes of consecutive records of the ledger. One read.
    public func leafHashes(from first: RecordNumber, count: Int) throws(StoreError) -> [Digest] {
        try onDisk { () throws(DiskError) in
            try self.tree.hashes(level: 0, from: first.rawValue, count: count)
        }
    }

    /// The root that the tree had at `size` leaves, checked against the newest block's.
    public func root(at size: TreeSize) throws(StoreError) -> Digest {
        let head = self.head.header
        precondition(size <= head.treeSize, "the tree was never that large")
        if size == head.treeSize { return head.treeRoot }
        return try self.checked { () throws(StoreError) in
            let root = try self.tree.root(at: size)
            guard size > 0 else { return root }
            let path = try self.tree.consistencyProof(from: size, to: head.treeSize)
            let holds = MerkleProof.verifyConsistency(
                from: size, root: root, to: head.treeSize, root: head.treeRoot, path: path)
            return holds ? root : nil
        }
    }

    /// The siblings from a record's leaf to the root that the tree had at `size` leaves (RFC 9162, section 2.1.3.1),
    /// with the leaf's hash.
    public func inclusionProof(
        of number: RecordNumber, in size: TreeSize
    ) throws(StoreError) -> (leafHash: Digest, path: [Digest], root: Digest) {
        let root = try self.root(at: size)
        return try self.checked { () throws(StoreError) in
            let path = try self.tree.inclusionProof(of: number, in: size)
            let leafHash = try self.leafHash(of: number)
            let holds = MerkleProof.verifyInclusion(of: leafHash, at: number, in: size, path: path, root: root)
            return holds ? (leafHash, path, root) : nil
        }
    }

    /// What shows that the ledger of size `old` is the beginning of the one of size `new`
    /// (RFC 9162, section 2.1.4.1), with both roots.
    ///
    /// - Precondition: 0 < old ≤ new ≤ the present size.
    public func consistencyProof(
        from old: TreeSize, to new: TreeSize
    ) throws(StoreError) -> (path: [Digest], oldRoot: Digest, newRoot: Digest) {
        let oldRoot = try self.root(at: old)
        let newRoot = try self.root(at: new)
        return try self.checked { () throws(StoreError) in
            let path = try self.tree.consistencyProof(from: old, to: new)
            let holds = MerkleProof.verifyConsistency(from: old, root: oldRoot, to: new, root: newRoot, path: path)
            return holds ? (path, oldRoot, newRoot) : nil
        }
    }

    /// Takes an answer from the tree's files that was checked; when the check fails, makes the files anew once.
    private func checked<Answer>(_ answer: () throws(StoreError) -> Answer?) throws(StoreError) -> Answer {
        if let good = try answer() { return good }
        try self.rebuildDerived()
        if let good = try answer() { return good }
        throw .corrupt(
            Corruption(
                file: TreeFiles.folder, block: nil,
                reason: "the blocks don't yield the newest block's tree root; `cairn verify` names the first bad one"))
    }

    // MARK: Derived files

    /// Goes through the whole log and writes anew what differs in the derived files. Slow: it reads everything.
    ///
    /// Blocks that were written since it began are not looked at: their entries were right when they were written.
    func rebuildDerived() throws(StoreError) {
        let snapshot = self.snapshot
        try self.withHealing { () throws(StoreError) in
            var reader = FrameReader(snapshot.segments)
            var grower = TreeGrower()
            var next: BlockIndex = 0
            while next <= snapshot.head.header.index {
                guard case .frame(let final, let header, let position) = try reader.next(), final.block.index == next
                else {
                    throw .corrupt(
                        Corruption(
                            file: snapshot.segments[reader.position.segment].path, block: next,
                            reason: "its stored bytes are not what was written"))
                }
                for leafHash in final.block.entries.leafHashes() { grower.append(leafHash) }
                let place = BlockPlace(final.block, header: header, at: position)
                try onDisk { () throws(DiskError) in
                    if try self.places.place(of: next) != place { try self.places.write([place], from: next) }
                    for (level, first, hashes) in grower.take() {
                        let stored = try self.tree.hashes(level: level, from: first, count: hashes.count)
                        if stored != hashes { try self.tree.write(hashes, level: level, from: first) }
                    }
                }
                next = next.next()
            }
        }
    }
}
