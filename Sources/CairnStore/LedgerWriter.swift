internal import CairnHash
internal import CairnLedger

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
    let segmentBytesMax: UInt64
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
    /// The frame that is being written.
    var buffer: [UInt8] = []
    /// Ends of the room that is reserved already, by file.
    var reserved: [ObjectIdentifier: UInt64] = [:]

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
    mutating func failed(_ error: DiskError) -> StoreError {
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
