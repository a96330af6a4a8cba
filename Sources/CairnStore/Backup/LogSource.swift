public import CairnHash
public import CairnLedger

/// The blocks of a data directory one after another, while a node may be writing to it. Nothing is changed, and no lock is
/// taken.
///
/// - Where the log ends is fixed at the beginning: what comes later is for the next time.
/// - A frame that isn't whole is damage if any durable mark covers it. Otherwise it is what a node is just writing, or what a
///   crash left, and the log ends before it.
/// - Whole blocks at the end may not be durable yet, and a machine that loses its power would lose them: `makeDurable` sees to
///   that, so that a copy never has what its ledger lost.
public struct LogSource {
    /// One read's size: the largest frames take more than one.
    private static let readBytes = 1 << 20

    public let genesis: Block
    private let disk: any Disk
    private let segments: [Segment]
    /// Where the log ended at the beginning.
    private let end: LogPosition
    private var reader: FrameReader
    private var nextIndex: UInt64 = 0
    /// The first segment whose header was not checked.
    private var nextSegment = 0
    /// How many blocks a mark says are durable.
    private var durableBlocks: UInt64

    /// - Throws: `.noLedger`, `.corrupt`, and `.notHereYet` for a ledger whose history is still being fetched.
    public init(on disk: any Disk) throws(StoreError) {
        if try LedgerAhead.exists(on: disk) {
            let ahead = try Segment.openWhatIsThere(on: LedgerAhead.disk(disk), .read)
            throw .notHereYet(before: ahead.first?.firstBlock ?? 0)
        }
        // Before the files' sizes: what it covers is in them.
        let seal = try Seal.read(from: disk).newest
        let segments = try Segment.openAll(on: disk, .read)
        guard let last = segments.last else { throw .noLedger(path: BlockLog.folder) }
        let lastSize = try onDisk { () throws(DiskError) in try last.file.size() }
        var reader = FrameReader(segments, readBytes: Self.readBytes)
        guard case .frame(let first, _, _) = try reader.next(), (try? ChainState(genesis: first.block)) != nil else {
            throw .corrupt(
                Corruption(file: segments[0].path, block: 0, reason: "the genesis block's frame is damaged"))
        }
        self.genesis = first.block
        self.disk = disk
        self.segments = segments
        self.end = LogPosition(segment: segments.count - 1, offset: lastSize)
        self.reader = FrameReader(segments, readBytes: Self.readBytes)
        self.durableBlocks = max(seal?.blocks ?? 0, 1)
    }

    public var chain: Digest { self.genesis.header.hash }

    /// Relative to the directory: where the next block is, or would be.
    public var file: String { self.segments[min(self.reader.position.segment, self.segments.count - 1)].path }

    /// Bytes of the log's files that are still to be read.
    public func bytesLeft() throws(StoreError) -> UInt64 {
        var bytes: UInt64 = 0
        for segment in self.segments[min(self.reader.position.segment, self.segments.count)...] {
            bytes += try onDisk { () throws(DiskError) in try segment.file.size() }
        }
        return bytes - min(bytes, self.reader.position.offset)
    }

    // MARK: Reading

    /// Goes on at a block. Reads from the beginning of its file.
    ///
    /// - Returns: whether the log reaches so far.
    public mutating func seek(to index: BlockIndex) throws(StoreError) -> Bool {
        let number = self.segments.lastIndex { $0.firstBlock <= index } ?? 0
        self.reader = FrameReader(
            self.segments, from: LogPosition(segment: number, offset: LogPosition.start.offset),
            readBytes: Self.readBytes)
        self.nextSegment = number
        self.nextIndex = self.segments[number].firstBlock.rawValue
        while self.nextIndex < index.rawValue {
            guard try self.next() != nil else { return false }
        }
        return true
    }

    /// The newest block that is final: one with a certificate, or the genesis block.
    public mutating func newestFinal() throws(StoreError) -> FinalBlock {
        for segment in self.segments.reversed() {
            var newest: FinalBlock?
            guard try self.seek(to: segment.firstBlock) else { continue }
            while let final = try self.next() {
                if final.certificate != nil { newest = final }
            }
            if let newest { return newest }
        }
        return FinalBlock(block: self.genesis, certificate: nil)
    }

    /// The next block, nil at the end. That it follows the one before it is not checked here.
    public mutating func next() throws(StoreError) -> FinalBlock? {
        while self.reader.position < self.end {
            let step = try self.reader.next()
            guard try self.headersAreGood() else { return nil }
            switch step {
            case .frame(let final, let header, let position):
                let index = BlockIndex(rawValue: self.nextIndex)
                if let problem = header.problem(of: index, at: position, in: self.segments[position.segment]) {
                    throw self.corrupt(problem)
                }
                guard final.block.index == index else {
                    throw self.corrupt("it is missing: \(final.block.index) follows")
                }
                self.durableBlocks = max(self.durableBlocks, header.durableBlocks)
                self.nextIndex += 1
                return final
            case .bad(let error, let position):
                guard try self.isWholeNow(at: position, error) else { return nil }
            case .end:
                try self.checkEnd()
                return nil
            }
        }
        try self.checkEnd()
        return nil
    }

    private func corrupt(_ reason: String) -> StoreError {
        .corrupt(Corruption(file: self.file, block: BlockIndex(rawValue: self.nextIndex), reason: reason))
    }

    private func checkEnd() throws(StoreError) {
        guard self.durableBlocks > self.nextIndex else { return }
        throw self.corrupt("it is missing: the log ends before it, and \(self.durableBlocks) blocks were durable")
    }

    /// Of the segments up to the reader's. A last one may be just being made.
    private mutating func headersAreGood() throws(StoreError) -> Bool {
        while self.nextSegment <= self.reader.position.segment, self.nextSegment < self.segments.count {
            let segment = self.segments[self.nextSegment]
            if let problem = try segment.headerProblem(chain: self.chain) {
                let isLast = self.nextSegment > 0 && self.nextSegment == self.segments.count - 1
                guard isLast, self.durableBlocks <= segment.firstBlock.rawValue else {
                    throw .corrupt(Corruption(file: segment.path, block: segment.firstBlock, reason: problem))
                }
                return false
            }
            self.nextSegment += 1
        }
        return true
    }

    /// Whether a frame that wasn't whole has been written to its end meanwhile.
    ///
    /// - Returns: false when the log ends here.
    private mutating func isWholeNow(at position: LogPosition, _ error: FrameError) throws(StoreError) -> Bool {
        var behind = FrameReader(self.segments, from: position, readBytes: Self.readBytes)
        let mark = max(self.durableBlocks, try behind.wholeFramesBehind().newestMark)
        guard mark > self.nextIndex else { return false }
        // A mark is written when what it covers is there.
        var again = FrameReader(self.segments, from: position, readBytes: Self.readBytes)
        guard case .frame = try again.next() else { throw self.corrupt("\(error)") }
        self.reader = FrameReader(self.segments, from: position, readBytes: Self.readBytes)
        return true
    }

    // MARK: The end

    /// Makes sure that so many blocks are on the disk.
    public func makeDurable(blocks: UInt64) throws(StoreError) {
        guard blocks > self.durableBlocks else { return }
        do throws(DiskError) {
            // Earlier ones were synced when they ended.
            for segment in self.segments.suffix(2) { try segment.file.sync() }
            try self.disk.syncFolder(BlockLog.folder)
        } catch {
            throw .syncFailed(error)
        }
    }
}
