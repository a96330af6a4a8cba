internal import CairnHash
internal import CairnLedger

/// One pass over the block log, from the first block to check to the last.
struct ValidationRun {
    /// What is checked besides when the whole directory is looked at, and no writer is at work.
    struct Offline {
        var seal: Seal.Reading
        /// Sizes of the derived files that are there, in bytes, by path.
        var derivedSizes: [String: UInt64]
    }

    private let segments: [Segment]
    private let options: ValidationOptions
    private let places: BlockPlaces?
    private let tree: TreeFiles?
    var offline: Offline?

    private var progress = ValidationProgress()
    private var notes: [String] = []
    private var failure: Corruption?
    private var wasCancelled = false

    private var chain: ChainState?
    private var grower = TreeGrower()
    private var lastCertificate: Certificate?
    /// How many blocks a durable mark covers.
    private var durableBlocks: UInt64 = 0
    private var notedFiles: Set<String> = []

    private static let progressBytes: UInt64 = 4 << 20

    init(segments: [Segment], options: ValidationOptions, places: BlockPlaces?, tree: TreeFiles?) {
        self.segments = segments
        self.options = options
        self.places = places
        self.tree = tree
    }

    mutating func report(_ onProgress: (ValidationProgress) -> Bool) -> ValidationReport {
        let clock = ContinuousClock()
        let start = clock.now
        do throws(StoreError) {
            try self.run(onProgress)
        } catch {
            self.failure = self.failure ?? self.corruption(error)
        }
        return ValidationReport(
            blocks: self.progress.blocks, records: self.progress.records, bytes: self.progress.bytes,
            duration: clock.now - start, failure: self.failure, notes: self.notes, wasCancelled: self.wasCancelled)
    }

    private func corruption(_ error: StoreError) -> Corruption {
        if case .corrupt(let corruption) = error { return corruption }
        return Corruption(file: BlockLog.folder, block: self.nextIndex, reason: "\(error)")
    }

    private var nextIndex: BlockIndex { self.chain.map { $0.head.index.next() } ?? 0 }

    // MARK: The pass

    private mutating func run(_ onProgress: (ValidationProgress) -> Bool) throws(StoreError) {
        self.durableBlocks = self.offline?.seal.newest?.blocks ?? 0
        for segment in self.segments {
            self.progress.bytesTotal += try onDisk { () throws(DiskError) in try segment.file.size() }
        }
        var reader = FrameReader(self.segments, from: try self.begin())
        var nextSegment = reader.position.segment
        var reportedBytes: UInt64 = 0
        while self.failure == nil, self.options.to.map({ self.nextIndex <= $0 }) ?? true {
            let step = try reader.next()
            // One step may go over several files when they are cut short.
            while nextSegment <= reader.position.segment, nextSegment < self.segments.count {
                guard try self.isHeaderGood(of: nextSegment, step) else { return self.finish() }
                nextSegment += 1
            }
            switch step {
            case .frame(let final, let header, let position):
                try self.check(final, header: header, at: position)
            case .bad(let error, let position):
                try self.checkBadEnd(error, at: position, reader: &reader)
                return self.finish()
            case .end:
                self.checkEnd(at: reader.position)
                return self.finish()
            }
            if self.progress.bytes - reportedBytes >= Self.progressBytes {
                reportedBytes = self.progress.bytes
                guard onProgress(self.progress) else {
                    self.wasCancelled = true
                    return
                }
            }
        }
        if self.failure == nil { self.checkLastCertificate() }
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
        var reader = FrameReader(self.segments)
        guard case .frame(let genesis, _, _) = try reader.next() else { return .start }
        reader = FrameReader(self.segments, from: place.position)
        guard place.position.segment < self.segments.count,
            case .frame(let final, _, _) = try reader.next(), final.block.index == before,
            let frontier = try? tree.frontier(at: final.block.header.treeSize),
            let start = try? ChainState(genesis: genesis.block),
            let chain = try? ChainState(
                genesis: genesis.block, head: final.block.header, frontier: frontier, window: start.window,
                members: start.members, change: nil),
            let grower = try? TreeGrower(resuming: tree, at: final.block.header.treeSize)
        else {
            self.notes.append("block \(before) or the tree at it is damaged: checked from the first block on")
            return .start
        }
        self.chain = chain
        self.grower = grower
        return reader.position
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
            self.failure = Corruption(file: segment.path, block: index, reason: "\(error)")
            return
        }
        self.lastCertificate = final.certificate
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
        case certificate(CertificateError)

        var description: String {
            switch self {
            case .block(let error): "\(error)"
            case .certificate(let error): "\(error)"
            }
        }
    }

    private mutating func checkRules(_ final: FinalBlock, leafHashes: [Digest]) throws(BlockProblem) {
        do throws(BlockError) {
            if self.chain == nil {
                self.chain = try ChainState(genesis: final.block)
                return
            }
            try self.chain?.apply(final.block, leafHashes: leafHashes)
            if self.options.deep { try final.block.checkCanonicalForm() }
        } catch {
            throw .block(error)
        }
        do throws(CertificateError) {
            guard let certificate = final.certificate else { throw .missing }
            guard let chain, certificate.blockHash == chain.headHash else {
                throw .otherBlock(expected: final.block.header.hash, found: certificate.blockHash)
            }
            if self.options.allCertificates { try Self.verify(certificate, of: chain) }
        } catch {
            throw .certificate(error)
        }
    }

    private static func verify(_ certificate: Certificate, of chain: ChainState) throws(CertificateError) {
        try certificate.verify(
            blockHash: chain.headHash, epoch: chain.head.epoch, members: chain.members, chain: chain.chain)
    }

    private mutating func compareDerived(_ place: BlockPlace, of index: BlockIndex) throws(StoreError) {
        let made = self.grower.take()
        if let places, try onDisk({ () throws(DiskError) in try places.place(of: index) }) != place {
            self.note(BlockPlaces.path, "the entry of block \(index) differs")
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
    private mutating func note(_ file: String, _ what: String) {
        guard self.notedFiles.insert(file).inserted else { return }
        self.notes.append("\(file): \(what); it is derived, and made anew when it is needed")
    }

    // MARK: The end

    /// Something that is no frame: damage if any durable mark covers it, otherwise a trace of a crash.
    private mutating func checkBadEnd(
        _ error: FrameError, at position: LogPosition, reader: inout FrameReader
    ) throws(StoreError) {
        let segment = self.segments[position.segment]
        let mark = max(self.durableBlocks, try reader.newestMarkBehind() ?? 0)
        if mark > self.nextIndex.rawValue || self.offline == nil || self.chain == nil {
            self.failure = Corruption(file: segment.path, block: self.nextIndex, reason: "\(error)")
        } else {
            self.notes.append(
                "\(segment.path): behind the last block, from byte \(position.offset) on, is what a crash left of a "
                    + "block that was never acknowledged; the next start cuts it (\(error))")
        }
    }

    private mutating func checkEnd(at position: LogPosition) {
        guard self.durableBlocks > self.nextIndex.rawValue || (self.offline == nil && self.options.to != nil) else {
            return
        }
        self.failure = Corruption(
            file: self.segments[min(position.segment, self.segments.count - 1)].path, block: self.nextIndex,
            reason: "it is missing: the log ends before it, and \(self.durableBlocks) blocks were durable")
    }

    private mutating func finish() {
        guard self.failure == nil else { return }
        self.checkLastCertificate()
        guard let offline else { return }
        for problem in offline.seal.problems {
            self.notes.append("\(Seal.path): \(problem); written anew at the next start")
        }
        self.compareLengths(offline.derivedSizes)
    }

    /// The certificate of the last block: with it, all blocks that link up to it are final.
    private mutating func checkLastCertificate() {
        guard !self.options.allCertificates, let chain, let lastCertificate else { return }
        do throws(CertificateError) {
            try Self.verify(lastCertificate, of: chain)
        } catch {
            self.failure = Corruption(file: BlockLog.folder, block: chain.head.index, reason: "\(error)")
        }
    }

    /// Derived files have neither less nor more than the blocks yield.
    private mutating func compareLengths(_ sizes: [String: UInt64]) {
        guard let chain else { return }
        var expected = [(BlockPlaces.path, (chain.head.index.rawValue + 1) * UInt64(BlockPlace.byteCount))]
        for level in 0..<TreeFiles.levelCount {
            let count = TreeFiles.hashCount(level: level, treeSize: chain.head.treeSize)
            expected.append((TreeFiles.path(level: level), count * UInt64(Digest.byteCount)))
        }
        for (path, size) in expected {
            let found = sizes[path]
            if found != size {
                self.note(path, found.map { "it has \($0) bytes in place of \(size)" } ?? "it is missing")
            }
        }
    }
}
