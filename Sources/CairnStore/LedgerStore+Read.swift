internal import CairnHash
public import CairnLedger

// Blocks and records.
extension LedgerStore {
    /// A block up to the head. One or two reads.
    ///
    /// - Throws: `.corrupt` when its stored bytes are not what was written.
    public func block(_ index: BlockIndex) throws(StoreError) -> FinalBlock {
        let snapshot = self.snapshot
        precondition(index <= snapshot.head.header.index, "block \(index) is behind the head")
        // Everybody who begins at all has this one.
        if index == 0, self.base != nil { return FinalBlock(block: self.genesis, certificate: nil) }
        try self.checkIsHere(index)
        if let place = try onDisk({ () throws(DiskError) in try self.places.place(of: index) }),
            place.position.segment < snapshot.segments.count,
            let final = try self.frame(at: place, index: index, in: snapshot)
        {
            return final
        }
        // The entry is damaged, or the block: the log itself tells which.
        let (place, present) = try self.healPlace(of: index)
        guard let final = try self.frame(at: place, index: index, in: present) else {
            throw .corrupt(
                Corruption(
                    file: present.segments[place.position.segment].path, block: index,
                    reason: "the block changed while it was read"))
        }
        return final
    }

    /// The header of a block up to the head: some small reads, whatever the block's size.
    ///
    /// - Throws: `.corrupt` naming the block when it isn't the ledger's.
    public func header(of index: BlockIndex) throws(StoreError) -> BlockHeader {
        let snapshot = self.snapshot
        precondition(index <= snapshot.head.index, "block \(index) is behind the head")
        if index == 0, self.base != nil { return self.genesis.header }
        try self.checkIsHere(index)
        if let stored = try self.storedHeader(of: index, in: snapshot),
            self.isNamed(stored.hash, block: index, in: snapshot) == true
        {
            return stored.header
        }
        return try self.vouchedBlock(index).block.header
    }

    /// A header as it is stored, and where its block's certificate is.
    private struct StoredHeader {
        var header: BlockHeader
        var hash: Digest
        var file: any DiskFile
        var certificateStart: UInt64
        /// 0 without one.
        var certificateByteCount: Int
    }

    /// Nil when there is none of that block. Nothing vouches for it yet.
    private func storedHeader(
        of index: BlockIndex, in snapshot: Published
    ) throws(StoreError) -> StoredHeader? {
        guard let place = try onDisk({ () throws(DiskError) in try self.places.place(of: index) }),
            place.position.segment < snapshot.segments.count
        else { return nil }
        let file = snapshot.segments[place.position.segment].file
        let start = place.position.offset
        let bytes = try onDisk { () throws(DiskError) in
            try file.bytes(at: start, count: Frame.headerByteCount + BlockHeader.byteCount)
        }
        guard let frame = try? Frame.Header(decoding: bytes.span.bytes),
            bytes.count == Frame.headerByteCount + BlockHeader.byteCount
        else { return nil }
        let headerBytes = bytes.span.bytes.extracting(Frame.headerByteCount..<bytes.count)
        guard let header = try? BlockHeader(decoding: headerBytes), header.index == index else { return nil }
        return StoredHeader(
            header: header, hash: Digest(hashing: headerBytes), file: file,
            certificateStart: start + UInt64(Frame.headerByteCount + frame.blockByteCount),
            certificateByteCount: frame.certificateByteCount)
    }

    /// A header that fits its own certificate, or without one the blocks behind it, up to one with a certificate. Nil when it
    /// doesn't. That says that it wasn't changed alone; what is stored with it may have been changed with it.
    private func coherentHeader(
        of index: BlockIndex, in snapshot: Published
    ) throws(StoreError) -> BlockHeader? {
        var first: BlockHeader?
        var previous: Digest?
        var next = index
        while let stored = try self.storedHeader(of: next, in: snapshot) {
            guard previous == nil || stored.header.previousHash == previous else { return nil }
            let header = first ?? stored.header
            if next == snapshot.head.index { return stored.hash == snapshot.head.hash ? header : nil }
            if stored.certificateByteCount > 0 {
                let certificate = try onDisk { () throws(DiskError) in
                    try stored.file.bytes(at: stored.certificateStart, count: stored.certificateByteCount)
                }
                let named = try? Certificate(decoding: certificate.span.bytes).blockHash
                return named == stored.hash ? header : nil
            }
            first = header
            previous = stored.hash
            next = next.next()
        }
        return nil
    }

    /// Whether the chain that leads to the head names this hash for a block: the next block does, or it is the head.
    /// The first block's hash and the head's header are known, whatever the disk holds.
    ///
    /// The certificate in the block's own frame is not asked. Whoever changed the header could change that as well, and its
    /// votes are not checked at each read.
    ///
    /// - Returns: nil when the next block is the damaged one, and says nothing.
    func isNamed(_ hash: Digest, block index: BlockIndex, in snapshot: Published) -> Bool? {
        if index == 0 { return hash == snapshot.members.chain }
        if index >= snapshot.head.index { return hash == snapshot.head.hash }
        let next = index.next()
        if next == snapshot.head.index { return hash == snapshot.head.header.previousHash }
        guard let header = try? self.coherentHeader(of: next, in: snapshot) else { return nil }
        if header.previousHash == hash { return true }
        // One of the two is not the ledger's. Which one, says the block behind them.
        guard let behind = try? self.coherentHeader(of: next.next(), in: snapshot) else { return false }
        return behind.previousHash == header.hash ? false : nil
    }

    /// A record of the ledger, with the header of its block. Reads the block only up to the record; the record's leaf
    /// hash, which is compared with one that is proven to be the tree's, stands in for the frame's checksum.
    public func record(_ number: RecordNumber) throws(StoreError) -> (record: Record, header: BlockHeader) {
        let snapshot = self.snapshot
        let index = try self.blockIndex(of: number)
        let header = try self.header(of: index)
        let leafHash = try self.provenLeafHashes(from: number, count: 1).first
        if let place = try onDisk({ () throws(DiskError) in try self.places.place(of: index) }),
            place.records.contains(number.rawValue), place.position.segment < snapshot.segments.count,
            let record = try self.walk(to: number, in: place, snapshot.segments[place.position.segment].file),
            record.leafHash == leafHash
        {
            return (record, header)
        }
        // Damage. Reading the whole block says whether it is in there.
        let block = try self.block(index).block
        guard block.firstRecord <= number, block.header.treeSize.contains(number) else {
            throw .corrupt(
                Corruption(file: BlockLog.folder, block: index, reason: "record \(number) is not in it any more"))
        }
        let position = Int(number.rawValue - block.firstRecord.rawValue)
        _ = try self.checkedLeafHashes(of: block, position..<position + 1)
        return (block.entries[position], header)
    }

    /// Goes through a block's entries, a few pages at a time. Nil when they lead nowhere.
    private func walk(
        to number: RecordNumber, in place: BlockPlace, _ file: any DiskFile
    ) throws(StoreError) -> Record? {
        var offset =
            place.position.offset + UInt64(Frame.headerByteCount + BlockHeader.byteCount + 4 + place.annexByteCount)
        let end = place.end.offset
        var left = number.rawValue - place.firstRecord.rawValue
        while offset < end {
            // Any record fits, with its length.
            let count = min(Int(end - offset), Limits.recordBytesMax + 2)
            let bytes = try onDisk { () throws(DiskError) in try file.bytes(at: offset, count: count) }
            var start = 0
            while start + 2 <= bytes.count {
                let size = Int(bytes[start]) << 8 | Int(bytes[start + 1])
                guard size > 0, start + 2 + size <= bytes.count else { break }
                if left == 0 { return Record(storedBytes: Array(bytes[start + 2..<start + 2 + size])) }
                left -= 1
                start += 2 + size
            }
            guard start > 0 else { return nil }
            offset += UInt64(start)
        }
        return nil
    }

    /// Nil when no good frame of that block is there.
    private func frame(
        at place: BlockPlace, index: BlockIndex, in snapshot: Published
    ) throws(StoreError) -> FinalBlock? {
        let file = snapshot.segments[place.position.segment].file
        let bytes = try onDisk { () throws(DiskError) in
            try file.bytes(at: place.position.offset, count: min(place.frameByteCount, Frame.byteCountMax))
        }
        guard let final = try? Frame.decode(bytes.span.bytes).final, final.block.index == index,
            final.block.header.treeSize.rawValue == place.records.upperBound,
            final.block.entries.count == place.recordCount
        else { return nil }
        return final
    }

    /// The block that holds a record of the ledger.
    public func blockIndex(of number: RecordNumber) throws(StoreError) -> BlockIndex {
        let snapshot = self.snapshot
        precondition(snapshot.head.header.treeSize.contains(number), "record \(number) is behind the head")
        try self.checkIsHere(number)
        for _ in 0..<2 {
            if let index = try self.places.firstBlock(
                endingAfter: number, from: self.firstBlock, head: snapshot.head.header.index),
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
    private func healPlace(
        of index: BlockIndex
    ) throws(StoreError) -> (place: BlockPlace, snapshot: Published) {
        try self.withHealing { () throws(StoreError) in
            // Taken here: a repair of the log may have put another file there.
            let snapshot = self.snapshot
            guard let number = snapshot.segments.lastIndex(where: { $0.firstBlock <= index }) else {
                preconditionFailure("the first segment begins with block 0")
            }
            var reader = FrameReader(
                snapshot.segments, from: LogPosition(segment: number, offset: LogPosition.start.offset))
            var expected = snapshot.segments[number].firstBlock
            var treeSize = try self.treeSize(before: expected)
            while case .frame(let final, let header, let position) = try reader.next() {
                let records = UInt64(final.block.entries.count)
                // A block that somebody changed may claim any size.
                guard final.block.index == expected, final.block.header.treeSize.rawValue >= records,
                    treeSize.map({ $0 + records == final.block.header.treeSize.rawValue }) ?? true
                else { break }
                treeSize = final.block.header.treeSize.rawValue
                if expected == index {
                    let place = BlockPlace(final.block, header: header, at: position)
                    try onDisk { () throws(DiskError) in try self.places.write([place], from: index) }
                    return (place, snapshot)
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

    /// The tree size before a block, nil when it can't be told from `blocks/index`.
    private func treeSize(before index: BlockIndex) throws(StoreError) -> UInt64? {
        guard let previous = index.previous() else { return 0 }
        return try onDisk { () throws(DiskError) in try self.places.place(of: previous) }?.records.upperBound
    }
}
