package import CairnHash
package import CairnLedger

/// One pass over the block log, from the first block to check to the last.
///
/// Most of it runs in parallel (`ValidationPipeline`), which finds that something is odd but not what. The rules
/// themselves are applied one block after another: to the first block, to whatever the pipeline leaves (the blocks
/// around an odd one, changes of members, the log's end), and so to the first bad block, however many there are.
package struct ValidationRun {
    /// What is checked besides when the whole directory is looked at, and no writer is at work.
    package struct Offline {
        var seal: Seal.Reading
        /// Sizes of the derived files that are there, in bytes, by path.
        var derivedSizes: [String: UInt64]
    }

    let segments: [Segment]
    package let options: ValidationOptions
    package let places: BlockPlaces?
    package let tree: TreeFiles?
    package var epochs: EpochFile?
    package var offline: Offline?
    package var verifier: any SignatureVerifier = Ed25519Verifier()
    package var limits = ValidationLimits()
    /// What hashes the leaves in place of the CPU.
    package var hasher: OpenCLHasher?
    /// Every block one after another, on this thread: what tests compare with.
    package var isSequential = false
    /// Parts that something looked wrong in, so that they were gone through again, block after block.
    package private(set) var suspectItems = 0

    package var progress = ValidationProgress()
    var reportedBytes: UInt64 = 0
    package var notes: [String] = []
    package var failure: Corruption?
    package var wasCancelled = false
    let clock = ContinuousClock()
    package let start: ContinuousClock.Instant

    /// Behind the last block that was checked.
    var position = LogPosition.start
    /// The first segment whose header was not checked.
    var nextSegment = 0
    package var chain: ChainState?
    var grower = TreeGrower()
    var certificates: CertificateRule
    /// How many blocks a durable mark covers.
    package var durableBlocks: UInt64 = 0
    var notedFiles: Set<String> = []
    package var items: [ValidationItem] = []

    /// How many bytes pass between two reports of progress.
    private static let progressBytes: UInt64 = 4 << 20
    /// Few blocks go one after another; a larger read would be for nothing.
    static let readBytes = 64 << 10

    package init(segments: [Segment], options: ValidationOptions, places: BlockPlaces?, tree: TreeFiles?) {
        self.segments = segments
        self.options = options
        self.places = places
        self.tree = tree
        self.certificates = CertificateRule(checksAll: options.allCertificates)
        self.start = self.clock.now
    }

    package mutating func report(_ onProgress: (ValidationProgress) -> Bool) -> ValidationReport {
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
                self.suspectItems += 1
                end = position
            case .ended:
                return
            }
        }
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

    /// Otherwise the log ends there: in damage, or in what a crash left.
    private mutating func isHeaderGood(of number: Int, _ step: FrameReader.Step) throws(StoreError) -> Bool {
        let segment = self.segments[number]
        var chain = self.chain?.chain
        if chain == nil, number == 0, case .frame(let genesis, _, _) = step { chain = genesis.block.header.hash }
        guard let problem = try segment.headerProblem(chain: chain) else { return true }
        // A last segment without any durable block may be what a crash left of its making.
        var reader = FrameReader(self.segments, from: LogPosition(segment: number, offset: 0))
        let isLast = number > 0 && number == self.segments.count - 1
        let mark = max(self.durableBlocks, isLast ? try reader.wholeFramesBehind().newestMark : 0)
        if isLast, mark <= segment.firstBlock.rawValue {
            self.notes.append("\(segment.path): \(problem); a crash left it, and the next start removes it")
        } else {
            self.failure = Corruption(file: segment.path, block: segment.firstBlock, reason: problem)
        }
        return false
    }

    /// Notes the first thing that is odd about a derived file.
    mutating func note(_ file: String, _ what: String) {
        guard self.notedFiles.insert(file).inserted else { return }
        self.notes.append("\(file): \(what); it is derived, and made anew when it is needed")
    }
}
