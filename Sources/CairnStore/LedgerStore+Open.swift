internal import CairnHash
public import CairnLedger

/// What opening a data directory yields.
public struct OpenedLedger: ~Copyable {
    public let store: LedgerStore
    let writer: LedgerWriter
    /// The state behind the newest block: the next block is made from it.
    public let chain: ChainState
    /// What had to be put right, a sentence each; empty after a clean stop.
    public let repairs: [String]

    /// The one writer. Whoever takes it has read the rest.
    public consuming func takeWriter() -> LedgerWriter { self.writer }
}

extension LedgerStore {
    /// Opens the ledger on a disk for reading and writing, and puts right what a crash left.
    ///
    /// After a clean stop this reads a fixed number of files and a few kilobytes, and the annexes in the window of
    /// submissions. After a crash it checks all blocks behind the last seal, at most two segments.
    ///
    /// - Throws: `.noLedger`, `.locked`, and `.corrupt` when something durable is damaged: nothing is changed then.
    public static func open(on disk: any Disk) throws(StoreError) -> OpenedLedger {
        try Self.open(on: disk, segmentBytesMax: Segment.byteCountMax)
    }

    /// - Parameter segmentBytesMax: a segment is closed when the next frame would end behind this; tests make it small.
    static func open(on disk: any Disk, segmentBytesMax: UInt64) throws(StoreError) -> OpenedLedger {
        guard try Self.exists(on: disk) else { throw .noLedger(path: BlockLog.folder) }
        let lock = try onDisk { () throws(DiskError) in try disk.lock(Self.lockPath) }
        var recovery = try Recovery(disk: disk)
        try recovery.run()
        return try recovery.finish(lock: lock, segmentBytesMax: segmentBytesMax)
    }
}

/// Finds the end of the ledger and makes the derived files agree with it.
///
/// 1. Begin at the newest seal, when all that it says is true, else at the genesis block.
/// 2. Check every block from there on, and derive from it what is derived.
/// 3. At the first frame that is bad: if any durable mark covers it, it is damage, and an error names the block.
///    Otherwise a crash interrupted its writing: it was never acknowledged, and the log is cut there.
private struct Recovery {
    private let disk: any Disk
    private var segments: [Segment]
    private let places: BlockPlaces
    private let tree: TreeFiles
    private let seal: Seal?
    private let genesis: Block

    private var chain: ChainState
    private var grower = TreeGrower()
    /// Places that were not written to the file yet.
    private var newPlaces: [BlockPlace] = []
    /// Behind the last block's frame.
    private var lastFrameEnd: LogPosition
    /// Where the next frame goes: the same, or the beginning of a last segment that holds no frame yet.
    private var end: LogPosition
    /// The last block that was walked over, whose votes are checked at the end.
    private var lastCertificate: Certificate?
    /// How many blocks a mark says are durable.
    private var durableBlocks: UInt64
    private var repairs: [String] = []

    init(disk: any Disk) throws(StoreError) {
        let segments = try Segment.openAll(on: disk, .write)
        let reading = try Seal.read(from: disk)
        let (places, tree) = try onDisk { () throws(DiskError) in
            try disk.createFolder(TreeFiles.folder)
            return (BlockPlaces(file: try disk.open(BlockPlaces.path, .create)), try TreeFiles.open(on: disk))
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
        self.segments = segments
        self.places = places
        self.tree = tree
        self.seal = reading.newest
        self.genesis = first.block
        self.lastFrameEnd = reader.position
        self.end = reader.position
        self.durableBlocks = max(reading.newest?.blocks ?? 0, 1)
        self.newPlaces = [BlockPlace(first.block, header: header, at: position)]
        // A new ledger has no seal yet.
        if reading.newest != nil || segments.count > 1 {
            self.repairs = reading.problems.map { "\(Seal.path): \($0); written anew" }
        }
    }

    mutating func run() throws(StoreError) {
        try self.checkSegmentHeaders()
        if let seal, try self.resume(from: seal) == false {
            self.repairs.append("derived files are damaged or missing: made anew from the blocks")
        }
        try self.walk()
    }

    // MARK: 1. Where to begin

    private mutating func checkSegmentHeaders() throws(StoreError) {
        for (number, segment) in self.segments.enumerated() {
            guard let problem = try segment.headerProblem(chain: self.chain.chain) else { continue }
            let isLast = number > 0 && number == self.segments.count - 1
            var reader = FrameReader(self.segments, from: LogPosition(segment: number, offset: 0))
            let mark = max(self.durableBlocks, isLast ? try reader.newestMarkBehind() ?? 0 : 0)
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
    private mutating func resume(from seal: Seal) throws(StoreError) -> Bool {
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
        guard let chain = try self.chain(at: head.block.header),
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
    private func chain(at head: BlockHeader) throws(StoreError) -> ChainState? {
        do throws(StoreError) {
            let frontier = try self.tree.frontier(at: head.treeSize)
            guard let window = try self.window(at: head) else { return nil }
            // Throws when the tree's files don't yield the head's root.
            return try? ChainState(
                genesis: self.genesis, head: head, frontier: frontier, window: window, members: self.chain.members,
                change: nil)
        } catch {
            if case .corrupt = error { return nil }
            throw error
        }
    }

    /// Reads the annexes of the newest blocks, as many as the window of submissions reaches back.
    private func window(at head: BlockHeader) throws(StoreError) -> SubmissionWindow? {
        var window = self.chain.window
        let first = window.firstRecord(at: head.treeSize)
        guard head.index > 0, var index = try self.places.firstBlock(endingAfter: first, head: head.index) else {
            return head.index == 0 ? window : nil
        }
        while index <= head.index {
            guard let place = try onDisk({ () throws(DiskError) in try self.places.place(of: index) }) else {
                return nil
            }
            if place.annexByteCount > 0 {
                guard let list = try self.submissions(of: index, at: place),
                    window.firstRepeated(in: list, blockFirstRecord: place.firstRecord) == nil
                else { return nil }
                let treeSize = TreeSize(rawValue: place.records.upperBound)
                window.insert(list, blockFirstRecord: place.firstRecord, treeSize: treeSize)
            }
            index = index.next()
        }
        // Blocks without an annex let submissions go as well.
        window.insert(nil, blockFirstRecord: head.treeSize.nextRecord, treeSize: head.treeSize)
        return window
    }

    /// What a block's annex lists. Nil when its bytes aren't what the block's header says: the walk tells which block
    /// is damaged.
    private func submissions(of index: BlockIndex, at place: BlockPlace) throws(StoreError) -> SubmissionList? {
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
        return annex.submissions ?? SubmissionList([])
    }

    // MARK: 2. The blocks from there on

    private mutating func walk() throws(StoreError) {
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
                try self.cut(at: position, because: error, reader: &reader)
                try self.checkEnd(at: position)
                return
            case .end:
                let next = self.chain.head.index.next()
                guard self.durableBlocks <= next.rawValue else {
                    throw .corrupt(
                        Corruption(
                            file: self.segments[self.end.segment].path, block: next,
                            reason:
                                "it is missing: the log ends before it, and \(self.durableBlocks) blocks were durable"))
                }
                if walked > 0, self.seal != nil {
                    self.repairs.append("\(walked) blocks behind the last seal: checked")
                }
                try self.checkEnd(at: reader.position)
                return
            }
        }
    }

    /// The log ends at `position`: takes over where the next frame goes, and checks the last block's votes.
    private mutating func checkEnd(at position: LogPosition) throws(StoreError) {
        self.end = position
        let segment = self.segments[position.segment]
        let next = self.chain.head.index.next()
        guard position.offset > LogPosition.start.offset || segment.firstBlock == next else {
            throw .corrupt(
                Corruption(
                    file: segment.path, block: next,
                    reason: "it is missing: the file begins with block \(segment.firstBlock)"))
        }
        guard let certificate = self.lastCertificate else { return }
        do throws(CertificateError) {
            try certificate.verify(
                blockHash: self.chain.headHash, epoch: self.chain.head.epoch, members: self.chain.members,
                chain: self.chain.chain)
        } catch {
            throw .corrupt(
                Corruption(
                    file: self.segments[self.lastFrameEnd.segment].path, block: self.chain.head.index,
                    reason: "\(error)"))
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
        do throws(BlockError) {
            try self.chain.apply(final.block, leafHashes: leafHashes)
        } catch {
            throw .corrupt(Corruption(file: segment.path, block: expected, reason: "\(error)"))
        }
        guard let certificate = final.certificate, certificate.blockHash == self.chain.headHash else {
            let found = final.certificate.map { "for block \($0.blockHash)" } ?? "missing"
            throw .corrupt(
                Corruption(file: segment.path, block: expected, reason: "its certificate is \(found)"))
        }
        self.lastCertificate = certificate
        for leafHash in leafHashes { self.grower.append(leafHash) }
        self.newPlaces.append(BlockPlace(final.block, header: header, at: position))
        self.durableBlocks = max(self.durableBlocks, header.durableBlocks)
    }

    // MARK: 3. The end

    private mutating func cut(
        at position: LogPosition, because error: FrameError, reader: inout FrameReader
    ) throws(StoreError) {
        let bad = self.chain.head.index.next()
        let segment = self.segments[position.segment]
        let mark = max(self.durableBlocks, try reader.newestMarkBehind() ?? 0)
        guard mark <= bad.rawValue else {
            throw .corrupt(Corruption(file: segment.path, block: bad, reason: "\(error)"))
        }
        let size = try onDisk { () throws(DiskError) in try segment.file.size() }
        try onDisk { () throws(DiskError) in
            for later in self.segments.dropFirst(position.segment + 1) { try self.disk.remove(later.path) }
            try segment.file.truncate(to: position.offset)
            try segment.file.sync()
            try self.disk.syncFolder(BlockLog.folder)
        }
        self.segments.removeLast(self.segments.count - position.segment - 1)
        self.repairs.append(
            "\(segment.path): cut \(size - position.offset) bytes behind block \(self.chain.head.index), which a crash "
                + "left of a block that was never acknowledged (\(error))")
    }

    private mutating func writeDerived() throws(StoreError) {
        let first = BlockIndex(rawValue: self.chain.head.index.rawValue + 1 - UInt64(self.newPlaces.count))
        try onDisk { () throws(DiskError) in
            try self.places.write(self.newPlaces, from: first)
            try self.grower.write(to: self.tree)
        }
        self.newPlaces.removeAll(keepingCapacity: true)
    }

    mutating func finish(lock: any DiskLock, segmentBytesMax: UInt64) throws(StoreError) -> OpenedLedger {
        try self.writeDerived()
        let head = LedgerHead(header: self.chain.head, hash: self.chain.headHash)
        let sealFile = try onDisk { () throws(DiskError) in
            // Nothing may stand behind what is known: it would be taken for something later.
            try self.places.file.truncate(to: UInt64(BlockPlace.byteCount) * head.blocks)
            for (level, file) in self.tree.files.enumerated() {
                let count = TreeFiles.hashCount(level: level, treeSize: head.header.treeSize)
                try file.truncate(to: count * UInt64(Digest.byteCount))
            }
            let sealFile = try self.disk.open(Seal.path, .create)
            try sealFile.truncate(to: 2 * UInt64(Seal.slotByteCount))
            return sealFile
        }
        let store = LedgerStore(
            disk: self.disk, lock: lock, places: self.places, tree: self.tree, segments: self.segments, head: head)
        var writer = LedgerWriter(
            store: store, chain: self.chain.chain, grower: self.grower, segments: self.segments,
            durableEnd: self.lastFrameEnd, end: self.end, segmentBytesMax: segmentBytesMax, sealFile: sealFile,
            sealSequence: self.seal?.sequence ?? 0)
        let isSealed = self.seal.map { $0.blocks == head.blocks && $0.headHash == head.hash } ?? false
        if !isSealed || !self.repairs.isEmpty {
            try onDisk { () throws(DiskError) in
                try self.disk.syncFolder(TreeFiles.folder)
                try self.disk.syncFolder(BlockLog.folder)
            }
            // Both slots: the other one may be damaged, or of a longer log that was lost.
            try writer.sealAgain()
            try writer.sealAgain()
        }
        return OpenedLedger(store: store, writer: writer, chain: self.chain, repairs: self.repairs)
    }
}
