internal import CairnHash
internal import CairnLedger

/// One pass over the block log, from the first block to check to the last.
///
/// Most of it runs in parallel (`ValidationPipeline`), which finds that something is odd but not what. The rules
/// themselves are applied one block after another: to the first block, to whatever the pipeline leaves (the blocks
/// around an odd one, changes of members, the log's end), and so to the first bad block, however many there are.
struct ValidationRun {
    /// What is checked besides when the whole directory is looked at, and no writer is at work.
    struct Offline {
        var seal: Seal.Reading
        /// Sizes of the derived files that are there, in bytes, by path.
        var derivedSizes: [String: UInt64]
    }

    let segments: [Segment]
    let options: ValidationOptions
    let places: BlockPlaces?
    let tree: TreeFiles?
    var epochs: EpochFile?
    var offline: Offline?
    var verifier: any SignatureVerifier = Ed25519Verifier()
    var limits = ValidationLimits()
    /// What hashes the leaves in place of the CPU.
    var hasher: OpenCLHasher?
    /// Every block one after another, on this thread: what tests compare with.
    var isSequential = false

    var progress = ValidationProgress()
    var reportedBytes: UInt64 = 0
    var notes: [String] = []
    var failure: Corruption?
    var wasCancelled = false
    let clock = ContinuousClock()
    let start: ContinuousClock.Instant

    /// Behind the last block that was checked.
    var position = LogPosition.start
    /// The first segment whose header was not checked.
    var nextSegment = 0
    var chain: ChainState?
    var grower = TreeGrower()
    var certificates: CertificateRule
    /// How many blocks a durable mark covers.
    var durableBlocks: UInt64 = 0
    var notedFiles: Set<String> = []
    var items: [ValidationItem] = []

    /// How many bytes pass between two reports of progress.
    private static let progressBytes: UInt64 = 4 << 20
    /// Few blocks go one after another; a larger read would be for nothing.
    private static let readBytes = 64 << 10

    init(segments: [Segment], options: ValidationOptions, places: BlockPlaces?, tree: TreeFiles?) {
        self.segments = segments
        self.options = options
        self.places = places
        self.tree = tree
        self.certificates = CertificateRule(checksAll: options.allCertificates)
        self.start = self.clock.now
    }

    mutating func report(_ onProgress: (ValidationProgress) -> Bool) -> ValidationReport {
        do throws(StoreError) {
            try self.run(onProgress)
        } catch {
            self.failure = self.failure ?? self.corruption(error)
        }
        return ValidationReport(
            blocks: self.progress.blocks, records: self.progress.records, bytes: self.progress.bytes,
            duration: self.clock.now - self.start, failure: self.failure, notes: self.notes,
            wasCancelled: self.wasCancelled)
    }

    private func corruption(_ error: StoreError) -> Corruption {
        if case .corrupt(let corruption) = error { return corruption }
        return Corruption(file: BlockLog.folder, block: self.nextIndex, reason: "\(error)")
    }

    var nextIndex: BlockIndex { self.chain.map { $0.head.index.next() } ?? 0 }

    /// Tells how far it is, when it is time to. False when whoever asked wants no more.
    mutating func isWanted(_ onProgress: (ValidationProgress) -> Bool) -> Bool {
        guard self.progress.bytes - self.reportedBytes >= Self.progressBytes else { return true }
        self.reportedBytes = self.progress.bytes
        self.progress.elapsed = self.clock.now - self.start
        self.wasCancelled = !onProgress(self.progress)
        return !self.wasCancelled
    }

    // MARK: The pass

    private mutating func run(_ onProgress: (ValidationProgress) -> Bool) throws(StoreError) {
        self.durableBlocks = self.offline?.seal.newest?.blocks ?? 0
        self.position = try self.begin()
        self.nextSegment = self.position.segment
        self.progress.bytesTotal = try self.bytesLeft()
        var end = self.position
        while try self.checkOneByOne(to: end, onProgress) {
            guard !self.isSequential else { continue }
            switch self.checkInParallel(onProgress) {
            case .stopped(let position):
                end = LogPosition(segment: position.segment, offset: position.offset + UInt64(Self.readBytes))
            case .suspect(let position):
                end = position
            case .ended:
                return
            }
        }
    }

    /// How many bytes there are to check, headers of files included.
    private func bytesLeft() throws(StoreError) -> UInt64 {
        var bytes: UInt64 = 0
        for segment in self.segments[min(self.position.segment, self.segments.count)...] {
            bytes += try onDisk { () throws(DiskError) in try segment.file.size() }
        }
        bytes -= min(bytes, self.position.offset)
        // What is behind the last block to check.
        guard let last = self.options.to, let places,
            let end = try onDisk({ () throws(DiskError) in try places.place(of: last)?.end }),
            end > self.position, end.segment < self.segments.count
        else { return bytes }
        for number in end.segment..<self.segments.count {
            let size = try onDisk { () throws(DiskError) in try self.segments[number].file.size() }
            bytes -= min(bytes, number == end.segment ? size - min(size, end.offset) : size)
        }
        return bytes
    }

    /// Applies the rules to one block at least, and to all before `end`.
    ///
    /// - Returns: false when that was all: the last block is checked, or something is wrong.
    private mutating func checkOneByOne(
        to end: LogPosition, _ onProgress: (ValidationProgress) -> Bool
    ) throws(StoreError) -> Bool {
        var reader = FrameReader(self.segments, from: self.position, readBytes: Self.readBytes)
        if let chain { self.grower = TreeGrower(at: chain.frontier) }
        while self.failure == nil, self.isToBeChecked(self.nextIndex) {
            let step = try reader.next()
            // One step may go over several files when they are cut short.
            while self.nextSegment <= reader.position.segment, self.nextSegment < self.segments.count {
                guard try self.isHeaderGood(of: self.nextSegment, step) else {
                    self.finish()
                    return false
                }
                self.nextSegment += 1
            }
            switch step {
            case .frame(let final, let header, let position):
                try self.check(final, header: header, at: position)
            case .bad(let error, let position):
                try self.checkBadEnd(error, at: position, reader: &reader)
                self.finish()
                return false
            case .end:
                self.checkEnd(at: reader.position)
                self.finish()
                return false
            }
            self.position = reader.position
            guard self.isWanted(onProgress) else { return false }
            if self.failure == nil, self.position >= end { return true }
        }
        if self.failure == nil { self.checkLastCertificate() }
        return false
    }

    /// Blocks up to the last one to check, and to the one that makes it final.
    private func isToBeChecked(_ index: BlockIndex) -> Bool {
        self.options.to.map { index <= $0 || self.certificates.firstUncovered != nil } ?? true
    }

    /// Puts the state of the chain before the first block to check together. Returns where that block is.
    private mutating func begin() throws(StoreError) -> LogPosition {
        guard let before = self.options.from.previous() else { return .start }
        guard let places, let tree,
            let place = try onDisk({ () throws(DiskError) in try places.place(of: before) })
        else {
            self.notes.append("block \(before) is not in \(BlockPlaces.path): checked from the first block on")
            return .start
        }
        var reader = FrameReader(self.segments, readBytes: Self.readBytes)
        guard case .frame(let genesis, _, _) = try reader.next() else { return .start }
        reader = FrameReader(self.segments, from: place.position, readBytes: Self.readBytes)
        guard place.position.segment < self.segments.count,
            case .frame(let final, _, _) = try reader.next(), final.block.index == before,
            let frontier = try? tree.frontier(at: final.block.header.treeSize),
            let start = try? ChainState(genesis: genesis.block),
            let annex = try? (final.block.annex() ?? Annex()),
            let members = try self.members(of: final.block.header.epoch, start),
            let chain = try? ChainState(
                genesis: genesis.block, head: final.block.header, frontier: frontier, window: start.window,
                members: members, change: annex.change)
        else {
            self.notes.append("block \(before) or the tree at it is damaged: checked from the first block on")
            return .start
        }
        self.chain = chain
        return reader.position
    }

    /// The members of an epoch, from the block that ended the one before. Nil when it can't be found.
    private func members(of epoch: Epoch, _ start: ChainState) throws(StoreError) -> MemberSet? {
        guard let before = epoch.previous() else { return start.members }
        guard let epochs, let places,
            let last = try onDisk({ () throws(DiskError) in try epochs.lastBlock(of: before) }),
            let place = try onDisk({ () throws(DiskError) in try places.place(of: last) }),
            place.position.segment < self.segments.count
        else { return nil }
        var reader = FrameReader(self.segments, from: place.position)
        guard case .frame(let final, _, _) = try reader.next(), final.block.index == last,
            final.block.header.epoch == before
        else { return nil }
        return try? final.block.annex()?.change?.next
    }

    /// Otherwise the log ends there: in damage, or in what a crash left.
    private mutating func isHeaderGood(of number: Int, _ step: FrameReader.Step) throws(StoreError) -> Bool {
        let segment = self.segments[number]
        var chain = self.chain?.chain
        if chain == nil, number == 0, case .frame(let genesis, _, _) = step { chain = genesis.block.header.hash }
        guard let problem = try segment.headerProblem(chain: chain) else { return true }
        // A last segment without any durable block may be what a crash left of its making.
        var reader = FrameReader(self.segments, from: LogPosition(segment: number, offset: 0))
        let isLast = number > 0 && number == self.segments.count - 1
        let mark = max(self.durableBlocks, isLast ? try reader.newestMarkBehind() ?? 0 : 0)
        if isLast, mark <= segment.firstBlock.rawValue {
            self.notes.append("\(segment.path): \(problem); a crash left it, and the next start removes it")
        } else {
            self.failure = Corruption(file: segment.path, block: segment.firstBlock, reason: problem)
        }
        return false
    }

    private mutating func check(
        _ final: FinalBlock, header: Frame.Header, at position: LogPosition
    ) throws(StoreError) {
        let segment = self.segments[position.segment]
        let index = self.nextIndex
        if let problem = header.problem(of: index, at: position, in: segment) {
            self.failure = Corruption(file: segment.path, block: index, reason: problem)
            return
        }
        let leafHashes = final.block.entries.leafHashes()
        do throws(BlockProblem) {
            try self.checkRules(final, leafHashes: leafHashes)
        } catch {
            self.failure = Corruption(file: segment.path, block: error.block ?? index, reason: "\(error)")
            return
        }
        self.durableBlocks = max(self.durableBlocks, header.durableBlocks)
        self.progress.blocks += 1
        self.progress.records += UInt64(final.block.entries.count)
        self.progress.bytes += UInt64(header.frameByteCount)
        if self.offline != nil {
            for leafHash in leafHashes { self.grower.append(leafHash) }
            try self.compareDerived(BlockPlace(final.block, header: header, at: position), of: final.block.index)
        }
        if let seal = self.offline?.seal.newest, seal.blocks == final.block.index.rawValue + 1,
            let hash = self.chain?.headHash, hash != seal.headHash
        {
            self.failure = Corruption(
                file: self.segments[position.segment].path, block: final.block.index,
                reason: "its hash is \(hash), but the ledger was sealed at \(seal.headHash)")
        }
    }

    /// What can be wrong with one block.
    private enum BlockProblem: Error, CustomStringConvertible {
        case block(BlockError)
        case certificate(CertificateProblem)

        /// Nil for the block that was looked at.
        var block: BlockIndex? {
            if case .certificate(let problem) = self { problem.block } else { nil }
        }

        var description: String {
            switch self {
            case .block(let error): "\(error)"
            case .certificate(let problem): "\(problem.error)"
            }
        }
    }

    private mutating func checkRules(_ final: FinalBlock, leafHashes: [Digest]) throws(BlockProblem) {
        let members = self.chain?.members
        do throws(BlockError) {
            if self.chain == nil {
                self.chain = try ChainState(genesis: final.block)
                return
            }
            try self.chain?.apply(final.block, leafHashes: leafHashes, using: self.verifier)
            if self.options.deep { try final.block.checkCanonicalForm() }
        } catch {
            throw .block(error)
        }
        guard let members, let chain else { return }
        do throws(CertificateProblem) {
            try self.certificates.take(final.certificate, members: members, tip: chain.tip, chain: chain.chain)?
                .run(using: self.verifier)
        } catch {
            throw .certificate(error)
        }
    }

    private mutating func compareDerived(_ place: BlockPlace, of index: BlockIndex) throws(StoreError) {
        let made = self.grower.take()
        if let places, try onDisk({ () throws(DiskError) in try places.place(of: index) }) != place {
            self.note(BlockPlaces.path, "the entry of block \(index) differs")
        }
        if let chain, chain.tip.isEpochEnd, let epochs,
            try onDisk({ () throws(DiskError) in try epochs.lastBlock(of: chain.head.epoch) }) != index
        {
            self.note(EpochFile.path, "the entry of epoch \(chain.head.epoch) differs")
        }
        guard let tree else { return }
        for (level, first, hashes) in made {
            let stored = try onDisk { () throws(DiskError) in
                try tree.hashes(level: level, from: first, count: hashes.count)
            }
            if stored != hashes { self.note(TreeFiles.path(level: level), "hashes of block \(index) differ") }
        }
    }

    /// Notes the first thing that is odd about a derived file.
    mutating func note(_ file: String, _ what: String) {
        guard self.notedFiles.insert(file).inserted else { return }
        self.notes.append("\(file): \(what); it is derived, and made anew when it is needed")
    }
}
