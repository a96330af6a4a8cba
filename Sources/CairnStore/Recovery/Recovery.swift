internal import CairnHash
internal import CairnLedger

/// Finds the end of the ledger and makes the derived files agree with it.
///
/// 1. Begin at the newest seal, when all that it says is true, else at the genesis block.
/// 2. Check every block from there on, and derive from it what is derived.
/// 3. At the first frame that is bad: if any durable mark covers it, it is damage, and an error names the block.
///    Otherwise a crash interrupted its writing, and the log is cut there. An only member never acknowledged the block; another
///    node gets it again, from its journal or from the others, if it is final.
/// 4. Blocks at the end that no certificate makes final: the same, and what is left is gone through again.
struct Recovery {
    let disk: any Disk
    private let verifier: any SignatureVerifier
    var segments: [Segment]
    let places: BlockPlaces
    let epochs: EpochFile
    let tree: TreeFiles
    let seal: Seal?
    let genesis: Block
    /// Where the ledger begins, when its history isn't there.
    let base: StoredBase?

    var chain: ChainState
    var grower = TreeGrower()
    /// Places that were not written to the file yet.
    var newPlaces: [BlockPlace] = []
    /// Epochs that ended, with their last blocks, which were not written to the file yet.
    private var newEnds: [(epoch: Epoch, block: BlockIndex)] = []
    /// Behind the last block's frame.
    var lastFrameEnd: LogPosition
    /// Where the next frame goes: the same, or the beginning of a last segment that holds no frame yet.
    var end: LogPosition
    private var certificates = CertificateRule(checksAll: false)
    /// Where the first block is that no certificate makes final, of those since the last certificate.
    private var uncovered: LogPosition?
    /// How many blocks a mark says are durable.
    var durableBlocks: UInt64
    var repairs: [String] = []

    init(disk: any Disk, verifier: any SignatureVerifier) throws(StoreError) {
        let segments = try Segment.openAll(on: disk, .write)
        let reading = try Seal.read(from: disk)
        (self.places, self.epochs, self.tree) = try onDisk { () throws(DiskError) in
            try disk.createFolder(TreeFiles.folder)
            return (
                BlockPlaces(file: try disk.open(BlockPlaces.path, .create)),
                EpochFile(file: try disk.open(EpochFile.path, .create)), try TreeFiles.open(on: disk)
            )
        }
        var reader = FrameReader(segments)
        guard case .frame(let first, let header, let position) = try reader.next() else {
            throw .corrupt(
                Corruption(
                    file: Segment.path(firstBlock: 0), block: 0, reason: "the genesis block's frame is damaged"))
        }
        do throws(BlockError) {
            self.chain = try ChainState(genesis: first.block)
        } catch {
            throw .corrupt(Corruption(file: Segment.path(firstBlock: 0), block: 0, reason: "\(error)"))
        }
        self.disk = disk
        self.verifier = verifier
        self.segments = segments
        self.seal = reading.newest
        self.genesis = first.block
        self.base = nil
        self.lastFrameEnd = reader.position
        self.end = reader.position
        self.durableBlocks = max(reading.newest?.blocks ?? 0, 1)
        self.newPlaces = [BlockPlace(first.block, header: header, at: position)]
        // A new ledger has no seal yet.
        if reading.newest != nil || segments.count > 1 {
            self.repairs = reading.problems.map { "\(Seal.path): \($0); written anew" }
        }
    }

    /// For a ledger that begins behind a base. It is gone through from there on: there is no more of it than has come since
    /// the history is being fetched.
    init(disk: any Disk, base: StoredBase, chain: ChainState, genesis: Block, verifier: any SignatureVerifier)
        throws(StoreError)
    {
        let segments = try Segment.openWhatIsThere(on: disk, .write)
        guard let first = segments.first, first.firstBlock == base.firstBlock else {
            throw .corrupt(
                Corruption(
                    file: Segment.path(firstBlock: base.firstBlock), block: base.firstBlock,
                    reason: "the file is missing"))
        }
        self.seal = try Seal.read(from: disk).newest
        (self.places, self.epochs, self.tree) = try onDisk { () throws(DiskError) in
            try disk.createFolder(TreeFiles.folder)
            let tree = try TreeFiles.open(on: disk)
            try base.writeEdge(to: tree)
            return (
                BlockPlaces(file: try disk.open(BlockPlaces.path, .create)),
                EpochFile(file: try disk.open(EpochFile.path, .create)), tree
            )
        }
        self.disk = disk
        self.verifier = verifier
        self.segments = segments
        self.genesis = genesis
        self.base = base
        self.chain = chain
        self.grower = TreeGrower(at: base.edge.frontier)
        self.lastFrameEnd = .start
        self.end = .start
        // The first block was durable before the base was there.
        self.durableBlocks = max(self.seal?.blocks ?? 0, base.firstBlock.rawValue + 1)
    }

    /// Returns false when blocks that were walked over had to be cut: then it begins again with what is left.
    mutating func run() throws(StoreError) -> Bool {
        try self.checkSegmentHeaders()
        if self.base == nil, let seal, try self.resume(from: seal) == false {
            self.repairs.append("derived files are damaged or missing: made anew from the blocks")
        }
        return try self.walk()
    }

    // MARK: 2. The blocks from there on

    private mutating func walk() throws(StoreError) -> Bool {
        var reader = FrameReader(self.segments, from: self.end)
        var walked = 0
        while true {
            switch try reader.next() {
            case .frame(let final, let header, let position):
                try self.take(final, header: header, at: position)
                self.lastFrameEnd = reader.position
                self.end = reader.position
                walked += 1
                if self.newPlaces.count >= 4_096 || self.grower.madeCount >= 1 << 16 { try self.writeDerived() }
            case .bad(let error, let position):
                let behind = try reader.wholeFramesBehind()
                try self.check(mark: max(self.durableBlocks, behind.newestMark), at: position, reason: "\(error)")
                let gap =
                    behind.count == 0
                    ? nil
                    : "a loss of power or damage left block \(self.chain.head.index.next()) so (\(error)), and "
                        + "\(behind.count) whole blocks after it that no mark says were durable"
                if let uncovered { return try self.cutUncovered(from: uncovered, why: gap) }
                try self.cut(
                    from: position,
                    why: gap ?? "a crash left them of a block that no mark says was synced (\(error))")
                try self.takeEnd(at: position)
                return true
            case .end:
                try self.check(
                    mark: self.durableBlocks, at: self.end,
                    reason: "it is missing: the log ends before it, and \(self.durableBlocks) blocks were durable")
                if let uncovered { return try self.cutUncovered(from: uncovered) }
                if walked > 0, self.base == nil, self.seal != nil {
                    self.repairs.append("\(walked) blocks behind the last seal: checked")
                }
                try self.takeEnd(at: reader.position)
                return true
            }
        }
    }

    private mutating func take(
        _ final: FinalBlock, header: Frame.Header, at position: LogPosition
    ) throws(StoreError) {
        let expected = self.chain.head.index.next()
        let segment = self.segments[position.segment]
        if let problem = header.problem(of: expected, at: position, in: segment) {
            throw .corrupt(Corruption(file: segment.path, block: expected, reason: problem))
        }
        let leafHashes = final.block.entries.leafHashes()
        let own = self.chain.present
        do throws(BlockError) {
            try self.chain.apply(final.block, leafHashes: leafHashes, using: self.verifier)
        } catch {
            if error.isOfNewerVersion {
                do throws(CertificateProblem) {
                    try self.certificates.check(ofNewerVersion: final, of: own, using: self.verifier)
                } catch {
                    throw self.corrupt(error)
                }
            }
            throw .corrupt(
                Corruption(
                    file: segment.path, block: expected, reason: "\(error)", isOfNewerVersion: error.isOfNewerVersion))
        }
        do throws(CertificateProblem) {
            try self.certificates.take(final.certificate, of: own, tip: self.chain.tip)?.run(using: self.verifier)
        } catch {
            throw self.corrupt(error)
        }
        self.uncovered = self.certificates.firstUncovered == nil ? nil : self.uncovered ?? position
        for leafHash in leafHashes { self.grower.append(leafHash) }
        self.newPlaces.append(BlockPlace(final.block, header: header, at: position))
        if self.chain.tip.isEpochEnd { self.newEnds.append((final.block.header.epoch, expected)) }
        self.durableBlocks = max(self.durableBlocks, header.durableBlocks)
    }

    private func corrupt(_ problem: CertificateProblem) -> StoreError {
        let segment = self.segments.last { $0.firstBlock <= problem.block } ?? self.segments[0]
        return .corrupt(Corruption(file: segment.path, block: problem.block, reason: "\(problem.error)"))
    }

    // MARK: 3. The end

    /// Throws when a mark says that more is durable than there is before `position`, where the log ends or goes bad.
    private func check(mark: UInt64, at position: LogPosition, reason: String) throws(StoreError) {
        let next = self.chain.head.index.next()
        guard mark <= next.rawValue else {
            throw .corrupt(Corruption(file: self.segments[position.segment].path, block: next, reason: reason))
        }
        guard let uncovered, let first = self.certificates.firstUncovered, mark > first.rawValue else { return }
        throw .corrupt(
            Corruption(
                file: self.segments[uncovered.segment].path, block: first,
                reason: "\(CertificateError.missing), nor has any behind it, and \(mark) blocks were durable"))
    }

    /// Blocks that nothing makes final: their certificate was not written.
    private mutating func cutUncovered(from position: LogPosition, why: String? = nil) throws(StoreError) -> Bool {
        try self.cut(
            from: position,
            why: why ?? "a crash left them of blocks that were not synced yet (none has a certificate)")
        return false
    }

    private mutating func cut(from position: LogPosition, why: String) throws(StoreError) {
        let segment = self.segments[position.segment]
        let later = self.segments.dropFirst(position.segment + 1)
        var byteCount: UInt64 = 0
        try onDisk { () throws(DiskError) in
            for file in [segment] + later { byteCount += try file.file.size() }
            // The last one first: whatever a crash leaves of this is still one log.
            for segment in later.reversed() { try self.disk.remove(segment.path) }
            try segment.file.truncate(to: position.offset)
            try segment.file.sync()
            try self.disk.syncFolder(BlockLog.folder)
        }
        self.segments.removeLast(later.count)
        self.repairs.append(
            "\(segment.path): cut \(byteCount - position.offset) bytes behind byte \(position.offset): \(why)")
    }

    /// The log ends at `position`: takes over where the next frame goes, and checks the last block's votes.
    private mutating func takeEnd(at position: LogPosition) throws(StoreError) {
        self.end = position
        let segment = self.segments[position.segment]
        let next = self.chain.head.index.next()
        guard position.offset > LogPosition.start.offset || segment.firstBlock == next else {
            throw .corrupt(
                Corruption(
                    file: segment.path, block: next,
                    reason: "it is missing: the file begins with block \(segment.firstBlock)"))
        }
        do throws(CertificateProblem) {
            try self.certificates.end()?.run(using: self.verifier)
        } catch {
            throw self.corrupt(error)
        }
    }

    private mutating func writeDerived() throws(StoreError) {
        let first = BlockIndex(rawValue: self.chain.head.index.rawValue + 1 - UInt64(self.newPlaces.count))
        try onDisk { () throws(DiskError) in
            try self.places.write(self.newPlaces, from: first)
            for end in self.newEnds { try self.epochs.write(end.block, of: end.epoch) }
            try self.grower.write(to: self.tree)
        }
        self.newPlaces.removeAll(keepingCapacity: true)
        self.newEnds.removeAll()
    }

    mutating func finish(
        lock: any DiskLock, segmentBytesMax: UInt64, repairs: [String]
    ) throws(StoreError) -> OpenedLedger {
        try self.writeDerived()
        let head = LedgerHead(header: self.chain.head, hash: self.chain.headHash)
        let sealFile = try onDisk { () throws(DiskError) in
            // Nothing may stand behind what is known: it would be taken for something later.
            try self.places.file.truncate(to: UInt64(BlockPlace.byteCount) * head.blocks)
            try self.epochs.file.truncate(to: EpochFile.byteCount(at: self.chain.epoch))
            for (level, file) in self.tree.files.enumerated() {
                let count = TreeFiles.hashCount(level: level, treeSize: head.header.treeSize)
                try file.truncate(to: count * UInt64(Digest.byteCount))
            }
            let sealFile = try self.disk.open(Seal.path, .create)
            try sealFile.truncate(to: 2 * UInt64(Seal.slotByteCount))
            return sealFile
        }
        let store = LedgerStore(
            files: LedgerStore.Files(
                disk: self.disk, places: self.places, epochs: self.epochs, tree: self.tree, base: self.base),
            lock: lock, verifier: self.verifier, genesis: self.genesis,
            published: LedgerStore.Published(
                segments: self.segments, head: head,
                members: self.chain.present))
        var writer = LedgerWriter(
            store: store, grower: self.grower, segments: self.segments,
            shownEnd: self.lastFrameEnd, end: self.end, segmentBytesMax: segmentBytesMax, sealFile: sealFile,
            sealSequence: self.seal?.sequence ?? 0)
        let isSealed = self.seal.map { $0.blocks == head.blocks && $0.headHash == head.hash } ?? false
        if !isSealed || !repairs.isEmpty {
            try onDisk { () throws(DiskError) in
                try self.disk.syncFolder(TreeFiles.folder)
                try self.disk.syncFolder(BlockLog.folder)
            }
            // Both slots: the other one may be damaged, or of a longer log that was lost.
            try writer.sealAgain()
            try writer.sealAgain()
        }
        return OpenedLedger(store: store, writer: writer, chain: self.chain, repairs: repairs)
    }
}
