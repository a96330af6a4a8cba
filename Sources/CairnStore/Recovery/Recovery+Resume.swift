internal import CairnHash
internal import CairnLedger

extension Recovery {
    // MARK: 1. Where to begin

    mutating func checkSegmentHeaders() throws(StoreError) {
        for (number, segment) in self.segments.enumerated() {
            guard let problem = try segment.headerProblem(chain: self.chain.chain) else { continue }
            let isLast = number > 0 && number == self.segments.count - 1
            var reader = FrameReader(self.segments, from: LogPosition(segment: number, offset: 0))
            let mark = max(self.durableBlocks, isLast ? try reader.wholeFramesBehind().newestMark : 0)
            guard isLast, mark <= segment.firstBlock.rawValue else {
                throw .corrupt(Corruption(file: segment.path, block: segment.firstBlock, reason: problem))
            }
            try onDisk { () throws(DiskError) in
                try self.disk.remove(segment.path)
                try self.disk.syncFolder(BlockLog.folder)
            }
            self.segments.removeLast()
            self.repairs.append("\(segment.path): removed, a crash interrupted its making")
        }
    }

    /// Takes over what the seal vouches for. Returns false when derived files don't agree with it.
    mutating func resume(from seal: Seal) throws(StoreError) -> Bool {
        guard seal.blocks > 0, let number = self.segments.firstIndex(where: { $0.firstBlock == seal.lastSegment })
        else { return false }
        let headIndex = BlockIndex(rawValue: seal.blocks - 1)
        let segment = self.segments[number]
        let sealedEnd = LogPosition(segment: number, offset: seal.end)
        let size = try onDisk { () throws(DiskError) in try segment.file.size() }
        // Without its end, the walk from the beginning says which block is the first that is missing.
        guard size >= seal.end, try self.derivedFilesReach(blocks: seal.blocks), try self.segmentsAreWhole(upTo: number)
        else { return false }
        guard let place = try onDisk({ () throws(DiskError) in try self.places.place(of: headIndex) }),
            place.end == sealedEnd, place.position.offset >= LogPosition.start.offset
        else { return false }

        let bytes = try onDisk { () throws(DiskError) in
            try segment.file.bytes(at: place.position.offset, count: place.frameByteCount)
        }
        let head: FinalBlock
        do throws(FrameError) {
            head = try Frame.decode(bytes.span.bytes).final
        } catch {
            throw .corrupt(Corruption(file: segment.path, block: headIndex, reason: "\(error)"))
        }
        guard head.block.header.hash == seal.headHash else {
            throw .corrupt(
                Corruption(
                    file: segment.path, block: headIndex,
                    reason: "its hash is \(head.block.header.hash), but the ledger was sealed at \(seal.headHash)"))
        }
        guard let chain = try self.chain(at: head.block),
            try self.treeReaches(head.block.header.treeSize)
        else { return false }
        self.grower = try TreeGrower(resuming: self.tree, at: head.block.header.treeSize)
        self.chain = chain
        self.newPlaces = []
        self.lastFrameEnd = sealedEnd
        self.end = sealedEnd
        return true
    }

    /// Whether each segment before one ends with its last block.
    private func segmentsAreWhole(upTo number: Int) throws(StoreError) -> Bool {
        for (segment, next) in zip(self.segments[0..<number], self.segments.dropFirst()) {
            guard let last = next.firstBlock.previous(),
                let place = try onDisk({ () throws(DiskError) in try self.places.place(of: last) }),
                try onDisk({ () throws(DiskError) in try segment.file.size() }) == place.end.offset
            else { return false }
        }
        return true
    }

    private func derivedFilesReach(blocks: UInt64) throws(StoreError) -> Bool {
        let size = try onDisk { () throws(DiskError) in try self.places.file.size() }
        return size / UInt64(BlockPlace.byteCount) >= blocks
    }

    private func treeReaches(_ treeSize: TreeSize) throws(StoreError) -> Bool {
        for (level, file) in self.tree.files.enumerated() {
            let size = try onDisk { () throws(DiskError) in try file.size() }
            guard size / UInt64(Digest.byteCount) >= TreeFiles.hashCount(level: level, treeSize: treeSize) else {
                return false
            }
        }
        return true
    }

    /// The chain's state at the sealed head, from derived files. Nil when they are damaged.
    private func chain(at head: Block) throws(StoreError) -> ChainState? {
        do throws(StoreError) {
            let frontier = try self.tree.frontier(at: head.header.treeSize)
            guard let annex = try? head.annex() ?? Annex(),
                let own = try self.own(at: head.header, change: annex.change),
                let window = try self.window(of: own, at: head.header)
            else { return nil }
            // Throws when the tree's files don't yield the head's root.
            return try? ChainState(
                genesis: self.genesis, head: head.header, frontier: frontier, window: window, of: own,
                change: annex.change)
        } catch {
            if case .corrupt = error { return nil }
            throw error
        }
    }

    /// Reads the annexes of the newest blocks, as many as the window of submissions reaches back.
    private func window(of own: EpochMembers, at head: BlockHeader) throws(StoreError) -> SubmissionWindow? {
        var window = SubmissionWindow(of: own)
        let first = window.firstRecord(at: head.treeSize)
        guard head.index > 0, var index = try self.places.firstBlock(endingAfter: first, head: head.index) else {
            return head.index == 0 ? window : nil
        }
        while index <= head.index {
            guard let place = try onDisk({ () throws(DiskError) in try self.places.place(of: index) }) else {
                return nil
            }
            if place.annexByteCount > 0 {
                guard let annex = try self.annex(of: index, at: place)?.annex,
                    window.firstRepeated(in: annex.submissions, blockFirstRecord: place.firstRecord) == nil
                else { return nil }
                let treeSize = TreeSize(rawValue: place.records.upperBound)
                window.insert(annex.submissions, blockFirstRecord: place.firstRecord, treeSize: treeSize)
            }
            index = index.next()
        }
        // Blocks without an annex let submissions go as well.
        window.insert(nil, blockFirstRecord: head.treeSize.nextRecord, treeSize: head.treeSize)
        return window
    }

    /// What holds in the head's own epoch. Nil when the file of epochs doesn't lead there.
    ///
    /// Reads the last block of each epoch before it: what an epoch doesn't change is as in the one before.
    private func own(at head: BlockHeader, change: MemberChange?) throws(StoreError) -> EpochMembers? {
        let ended = change == nil ? head.epoch : head.epoch.next()
        guard var ends = try onDisk({ () throws(DiskError) in try self.epochs.lastBlocks(before: ended) }),
            change == nil || ends.popLast() == head.index, ends.last.map({ $0 < head.index }) ?? true
        else { return nil }
        // What was walked so far is the genesis block.
        var own = self.chain.present
        for last in ends {
            guard let place = try onDisk({ () throws(DiskError) in try self.places.place(of: last) }),
                let (header, annex) = try self.annex(of: last, at: place), header.epoch == own.epoch,
                let change = annex.change, change.epoch == header.epoch
            else { return nil }
            own = own.following(change, treeSize: header.treeSize)
        }
        return own.epoch == head.epoch ? own : nil
    }

    /// Reads a block's annex. Nil when its bytes aren't what the block's header says: the walk tells which block is
    /// damaged.
    private func annex(
        of index: BlockIndex, at place: BlockPlace
    ) throws(StoreError) -> (header: BlockHeader, annex: Annex)? {
        guard place.position.segment < self.segments.count else { return nil }
        let annexStart = BlockHeader.byteCount + 4
        let bytes = try onDisk { () throws(DiskError) in
            try self.segments[place.position.segment].file.bytes(
                at: place.position.offset + UInt64(Frame.headerByteCount), count: annexStart + place.annexByteCount)
        }
        guard bytes.count == annexStart + place.annexByteCount,
            let header = try? BlockHeader(decoding: bytes.span.bytes), header.index == index
        else { return nil }
        let annexBytes = bytes.span.bytes.extracting(annexStart..<bytes.count)
        guard header.annexHash == Digest(hashing: annexBytes), let annex = try? Annex(decoding: annexBytes) else {
            return nil
        }
        return (header, annex)
    }
}
