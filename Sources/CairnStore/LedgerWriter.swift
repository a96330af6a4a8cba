public import CairnHash
public import CairnLedger

/// The one who writes to a ledger's store: append final blocks, show them, make them durable together.
///
/// Who has nothing else that outlives a crash makes them durable before anybody hears of them (`sync`). A member of several
/// may show them before (`publish`): a quorum has them in its journals, and what a crash takes from this log comes from there.
///
/// An error that isn't `.noSpace` is the end: the writer takes nothing more, and the process has to go.
public struct LedgerWriter: ~Copyable, Sendable {
    package let store: LedgerStore
    var grower: TreeGrower
    var segments: [Segment]
    /// Where the next frame goes.
    package var end: LogPosition
    private let segmentBytesMax: UInt64
    var sealFile: any DiskFile
    var sealSequence: UInt64

    /// Appended, and not shown yet.
    var pending: [Pending] = []
    /// The newest block that readers see.
    var shownHead: LedgerHead
    /// Behind `shownHead`.
    var shownMembers: EpochMembers
    /// Behind the frame of `shownHead`: not `end` when the next segment was begun and holds no block yet.
    var shownEnd: LogPosition
    /// How many blocks are durable. A log that ends before them was damaged, not cut short by a crash.
    package var durableBlocks: UInt64
    package var isSealed = true
    private var isClosed = false
    var hasNewSegment = false
    package var failure: StoreError?
    private var buffer: [UInt8] = []

    struct Pending {
        var head: LedgerHead
        var place: BlockPlace
        var leafHashes: [Digest]
        var isCertified: Bool
        /// Behind the block.
        var members: EpochMembers

        var endsEpoch: Bool { self.members.epoch != self.head.header.epoch }
    }

    package init(
        store: LedgerStore, grower: TreeGrower, segments: [Segment], shownEnd: LogPosition,
        end: LogPosition, segmentBytesMax: UInt64, sealFile: any DiskFile, sealSequence: UInt64
    ) {
        self.store = store
        self.grower = grower
        self.segments = segments
        self.shownEnd = shownEnd
        self.end = end
        self.segmentBytesMax = segmentBytesMax
        self.sealFile = sealFile
        self.sealSequence = sealSequence
        self.shownHead = store.head
        self.shownMembers = store.members
        self.durableBlocks = store.head.blocks
    }

    // MARK: Appending

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

    /// Ends of the room that is reserved already, by file.
    var reserved: [ObjectIdentifier: UInt64] = [:]

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

    // MARK: Showing, and making durable

    /// Makes all appended blocks visible to readers, and durable soon.
    ///
    /// - Precondition: the last appended block has a certificate: otherwise nothing makes it final.
    /// - Returns: the newest block that readers see.
    public mutating func publish() throws(StoreError) -> LedgerHead {
        if let failure { throw failure }
        precondition(self.pending.last?.isCertified ?? true, "the last block that is shown has a certificate")
        // Which members a log ends with must not depend on what a crash leaves of it.
        if self.hasNewSegment || self.pending.contains(where: \.endsEpoch) { try self.syncLog() }
        try self.show()
        return self.shownHead
    }

    /// Makes all appended blocks durable, and visible to readers.
    ///
    /// - Precondition: the last appended block has a certificate: otherwise nothing makes it final.
    /// - Returns: the proof of it, which whoever acknowledges or sends anything about these blocks has to hand over.
    public mutating func sync() throws(StoreError) -> DurableBlocks {
        if let failure { throw failure }
        precondition(self.pending.last?.isCertified ?? true, "the last block of a sync has a certificate")
        try self.syncAndShow()
        return DurableBlocks(head: self.shownHead)
    }

    private mutating func syncAndShow() throws(StoreError) {
        if let failure { throw failure }
        guard !self.pending.isEmpty || self.durableBlocks < self.shownHead.blocks else { return }
        try self.syncLog()
        try self.show()
        self.durableBlocks = self.shownHead.blocks
    }

    /// Makes those blocks visible that a certificate makes final.
    private mutating func show() throws(StoreError) {
        guard let lastPlace = self.pending.lastIndex(where: \.isCertified) else { return }
        let final = self.pending[...lastPlace]
        let last = self.pending[lastPlace]
        do throws(DiskError) {
            try self.store.places.write(final.map(\.place), from: final[0].head.index)
            for block in final {
                if block.endsEpoch { try self.store.epochs.write(block.head.index, of: block.head.header.epoch) }
                for leafHash in block.leafHashes { self.grower.append(leafHash) }
            }
            try self.grower.write(to: self.store.tree)
        } catch {
            // The blocks are in the log; opening the ledger again derives the rest.
            throw self.fail(.disk(error))
        }
        self.shownHead = last.head
        self.shownMembers = last.members
        self.shownEnd = last.place.end
        self.pending.removeSubrange(...lastPlace)
        self.store.publish(
            LedgerStore.Published(segments: self.segments, head: last.head, members: last.members))
    }

    /// The folder before any later segment is made: segments are there without gaps.
    private mutating func syncLog() throws(StoreError) {
        do throws(DiskError) {
            try self.segments[self.end.segment].file.sync()
            if self.hasNewSegment { try self.store.disk.syncFolder(BlockLog.folder) }
        } catch {
            throw self.fail(.syncFailed(error))
        }
        self.hasNewSegment = false
    }

    /// What is to be synced so that all that is shown is durable; nil when it is.
    ///
    /// - Throws: what the writer failed with: what is durable is unknown then.
    public var logSync: LogSync? {
        get throws(StoreError) {
            if let failure { throw failure }
            guard self.durableBlocks < self.shownHead.blocks else { return nil }
            // Earlier segments were synced when they ended.
            return LogSync(file: self.segments[self.shownEnd.segment].file, blocks: self.shownHead.blocks)
        }
    }

    /// Takes note of what a sync beside the writer came to.
    public mutating func finish(_ sync: LogSync, _ result: Result<Void, StoreError>) throws(StoreError) {
        switch result {
        case .success: self.durableBlocks = max(self.durableBlocks, sync.blocks)
        case .failure(let error): throw self.fail(error)
        }
    }

    /// Marks all durable blocks as such, derived files included: at a quiet moment, and before the store is closed.
    ///
    /// - Throws: `.noSpace` when the disk is full: the seal before it still holds, and it may be tried again.
    public mutating func seal() throws(StoreError) {
        if let failure { throw failure }
        guard !self.isSealed else { return }
        try self.sealAgain()
    }

    mutating func sealAgain() throws(StoreError) {
        try self.syncAndShow()
        let seal = Seal(
            sequence: self.sealSequence + 1, blocks: self.shownHead.blocks,
            lastSegment: self.segments[self.shownEnd.segment].firstBlock, end: self.shownEnd.offset,
            headHash: self.shownHead.hash)
        do throws(DiskError) {
            // The log too: what recovery took over may never have been synced.
            try self.segments[self.shownEnd.segment].file.sync()
            try self.store.places.file.sync()
            try self.store.epochs.file.sync()
            for file in self.store.tree.files { try file.sync() }
        } catch {
            throw self.fail(.syncFailed(error))
        }
        do throws(DiskError) {
            // After an error the next try writes the same slot: the other one is the one that holds.
            try seal.write(to: self.sealFile)
        } catch {
            throw self.failed(error)
        }
        do throws(DiskError) {
            try self.sealFile.sync()
        } catch {
            throw self.fail(.syncFailed(error))
        }
        self.sealSequence += 1
        self.isSealed = true
    }

    /// Seals, gives back the room that was reserved ahead, and lets go of the lock. The store can still be read.
    public mutating func close() throws(StoreError) {
        guard !self.isClosed else { return }
        try self.seal()
        do throws(DiskError) {
            let derived = [self.store.places.file, self.store.epochs.file] + self.store.tree.files
            for file in [self.segments[self.end.segment].file] + derived {
                try file.truncate(to: try file.size())
            }
        } catch {
            throw self.fail(.disk(error))
        }
        self.isClosed = true
        self.failure = .disk(DiskError(operation: "write to", path: BlockLog.folder, reason: .system("it is closed")))
        self.store.unlock()
    }

    // MARK: Failing

    /// A full disk can be waited for; everything else ends the writer.
    private mutating func failed(_ error: DiskError) -> StoreError {
        if let shortage = error.shortage { return .noSpace(file: shortage) }
        return self.fail(.disk(error))
    }

    mutating func fail(_ error: StoreError) -> StoreError {
        self.failure = error
        return error
    }
}

/// A sync of the block log that runs beside its writer: while blocks are appended, on any thread.
public struct LogSync: Sendable {
    package let file: any DiskFile
    /// So many blocks are durable behind it.
    package let blocks: UInt64

    public func run() throws(StoreError) {
        do throws(DiskError) {
            try self.file.sync()
        } catch {
            throw .syncFailed(error)
        }
    }
}

/// That blocks are final and durable. Only the store makes one, and only after a sync, so that nothing is
/// acknowledged, sent or shown before it is on the disk.
public struct DurableBlocks: ~Copyable {
    /// The newest durable block: it and all before it are.
    public let head: LedgerHead

    fileprivate init(head: LedgerHead) {
        self.head = head
    }
}
