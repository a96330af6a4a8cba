public import CairnHash
public import CairnLedger

extension LedgerWriter {
    /// Writes a block behind the last one. Readers don't see it before `sync()` or `publish()`, and it is not durable yet.
    ///
    /// - Parameters:
    ///   - final: the block after the last appended one, checked, with its certificate. A block without one is final
    ///     through the next one that has one, which has to be of the same epoch.
    ///   - leafHashes: the leaf hashes of its records.
    /// - Throws: `.noSpace` when the disk is full: then the block is not in the log, and it may be tried again.
    public mutating func append(_ final: FinalBlock, leafHashes: [Digest]) throws(StoreError) {
        if let failure { throw failure }
        let last = self.pending.last?.head ?? self.shownHead
        precondition(final.block.index == last.header.index.next(), "blocks are appended in order")
        precondition(leafHashes.count == final.block.entries.count, "there is a leaf hash for each record")
        if let before = self.pending.last, before.endsEpoch {
            precondition(before.isCertified, "the last block of an epoch has a certificate")
        }
        let members = Self.members(behind: final.block, from: self.pending.last?.members ?? self.shownMembers)
        self.isSealed = false

        self.buffer.removeAll(keepingCapacity: true)
        Frame.encode(final, durableBlocks: self.durableBlocks, into: &self.buffer)
        if self.end.offset + UInt64(self.buffer.count) > self.segmentBytesMax, self.end > self.segmentStart {
            try self.beginSegment(firstBlock: final.block.index)
        }
        try self.reserve(for: final.block)
        try self.writeBuffer()
        let place = BlockPlace(final.block, frameByteCount: self.buffer.count, at: self.end)
        self.end = place.end
        let head = LedgerHead(header: final.block.header, hash: final.block.header.hash)
        self.pending.append(
            Pending(
                head: head, place: place, leafHashes: leafHashes, isCertified: final.certificate != nil,
                members: members))
    }

    private static func members(behind block: Block, from present: EpochMembers) -> EpochMembers {
        precondition(block.header.epoch == present.epoch, "a block is of the epoch that the one before it leads to")
        guard Annex.holdsChange(block.annexBytes) else { return present }
        guard let change = try? block.annex()?.change else { preconditionFailure("only checked blocks are appended") }
        return present.following(change, treeSize: block.header.treeSize)
    }

    private var segmentStart: LogPosition {
        LogPosition(segment: self.end.segment, offset: LogPosition.start.offset)
    }

    /// Makes sure of the room for a block and for all that is derived from it, before anything is written.
    private mutating func reserve(for block: Block) throws(StoreError) {
        let records = block.header.treeSize.rawValue
        try self.reserve(
            self.segments[self.end.segment].file, end: self.end.offset + UInt64(self.buffer.count),
            step: Segment.reserveBytes)
        try self.reserve(
            self.store.places.file, end: (block.index.rawValue + 1) * UInt64(BlockPlace.byteCount),
            step: BlockPlaces.reserveBytes)
        if Annex.holdsChange(block.annexBytes) {
            try self.reserve(
                self.store.epochs.file, end: EpochFile.byteCount(at: block.header.epoch.next()),
                step: EpochFile.reserveBytes)
        }
        for (level, file) in self.store.tree.files.enumerated() {
            let hashes = TreeFiles.hashCount(level: level, treeSize: TreeSize(rawValue: records))
            // Upper levels grow 256 times slower, and their steps are smaller.
            try self.reserve(
                file, end: hashes * UInt64(Digest.byteCount),
                step: max(4_096, TreeFiles.reserveBytes >> UInt64(level * TreeFiles.tileHeight)))
        }
    }

    private mutating func reserve(_ file: any DiskFile, end: UInt64, step: UInt64) throws(StoreError) {
        let held = self.reserved[ObjectIdentifier(file)] ?? 0
        guard end > held else { return }
        do throws(DiskError) {
            let generous = (end / step + 1) * step
            do throws(DiskError) {
                try file.reserve(upTo: generous)
                self.reserved[ObjectIdentifier(file)] = generous
            } catch {
                // On a disk that is nearly full, what is needed may still fit.
                guard case .noSpace = error.reason else { throw error }
                try file.reserve(upTo: end)
                self.reserved[ObjectIdentifier(file)] = end
            }
        } catch {
            throw self.failed(error)
        }
    }

    private mutating func writeBuffer() throws(StoreError) {
        let file = self.segments[self.end.segment].file
        do throws(DiskError) {
            try file.write(self.buffer.span.bytes, at: self.end.offset)
        } catch {
            if case .noSpace = error.reason {
                // The part that was written must not stay: the next block goes there.
                do throws(DiskError) {
                    try file.truncate(to: self.end.offset)
                    // That gives back what was reserved behind it.
                    self.reserved[ObjectIdentifier(file)] = nil
                } catch {
                    throw self.fail(.disk(error))
                }
            }
            throw self.failed(error)
        }
    }

    /// Ends the last segment and begins the next. Everything that is final is sealed first, so that a crash costs
    /// little time; the rest is synced, so that only the last segment can be torn.
    private mutating func beginSegment(firstBlock: BlockIndex) throws(StoreError) {
        let frame = self.buffer
        try self.sealAgain()
        self.isSealed = false
        self.buffer = frame

        // What was reserved behind the last frame would be lost room from now on.
        let last = self.segments[self.end.segment].file
        do throws(DiskError) {
            try last.truncate(to: self.end.offset)
        } catch {
            throw self.fail(.disk(error))
        }
        self.reserved[ObjectIdentifier(last)] = nil

        let path = Segment.path(firstBlock: firstBlock)
        let header = Segment.header(firstBlock: firstBlock, chain: self.shownMembers.chain)
        do throws(DiskError) {
            let file = try self.store.disk.open(path, .create)
            do throws(DiskError) {
                try file.truncate(to: 0)
                try file.write(header.span.bytes, at: 0)
            } catch {
                if error.shortage != nil { try self.store.disk.remove(path) }
                throw error
            }
            self.segments.append(Segment(firstBlock: firstBlock, file: file))
        } catch {
            throw self.failed(error)
        }
        self.hasNewSegment = true
        self.end = LogPosition(segment: self.segments.count - 1, offset: LogPosition.start.offset)
    }
}
