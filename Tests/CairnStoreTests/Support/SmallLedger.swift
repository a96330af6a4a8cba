import CairnHash
import CairnLedger
import CairnStore

/// A ledger of few bytes in two segments, after a clean stop, small enough to break each bit of it: submission ids in
/// block 2, a change from one member to two in block 3, and block 4 without a certificate of its own.
struct SmallLedger {
    static let segmentBytesMax: UInt64 = 1_600
    /// The first block that no durable mark of a frame covers: it was synced together with the one behind it.
    static let firstUnmarked: BlockIndex = 4

    let chain: TestChain
    let disk: MemoryDisk
    /// Which block each byte of the log's files belongs to; a segment's header to its first.
    private(set) var owners: [String: [BlockIndex]] = [:]

    init() throws {
        var chain = try TestChain(message: "", isFast: true)
        try chain.grow([["1"]])
        try chain.grow([["2"], ["true"]], ids: [0: TestChain.id(1), 1: TestChain.id(2)])
        try chain.grow([], change: try chain.members([(TestChain.founder, 1), (8, 1)]))
        try chain.grow([["{\"a\":\"b\"}"]], isCertified: false)
        try chain.grow([["[]"]])
        self.chain = chain
        self.disk = MemoryDisk()
        try LedgerStore.create(on: self.disk, genesis: chain.genesis)
        var writer = try Self.open(self.disk).takeWriter()
        for final in chain.blocks.dropFirst() {
            try writer.append(final, leafHashes: final.block.entries.leafHashes())
            if final.certificate != nil { _ = try writer.sync() }
        }
        try writer.close()
        try self.findOwners()
    }

    static func open(_ disk: MemoryDisk) throws(StoreError) -> OpenedLedger {
        try LedgerStore.open(on: disk, segmentBytesMax: Self.segmentBytesMax, using: HashVerifier())
    }

    static func verify(
        _ disk: MemoryDisk, _ options: ValidationOptions = ValidationOptions()
    ) throws(StoreError) -> ValidationReport {
        try LedgerVerifier.verify(on: disk, options: options, using: HashVerifier())
    }

    var check: LedgerCheck { LedgerCheck(chain: self.chain) }

    private mutating func findOwners() throws {
        for path in self.logs {
            let bytes = self.contents(path)
            var owners: [BlockIndex] = []
            var place = Segment.headerByteCount
            while place < bytes.count {
                let frame = try Frame.decode(bytes.span.bytes.extracting(place..<bytes.count))
                let end = place + frame.header.frameByteCount
                owners += Array(repeating: frame.final.block.index, count: end - owners.count)
                place = end
            }
            self.owners[path] = owners
        }
    }

    var logs: [String] { self.disk.paths.filter { $0.hasSuffix(".log") } }

    /// Files that can be made anew from the log.
    var derived: [String] {
        self.disk.paths.filter {
            $0 == BlockPlaces.path || $0 == EpochFile.path || $0.hasPrefix(TreeFiles.folder + "/")
        }
    }

    func contents(_ path: String) -> [UInt8] { self.disk.contents(of: path) ?? [] }

    /// A copy in which one file is another.
    func with(_ path: String, _ bytes: [UInt8]) -> MemoryDisk {
        let copy = self.disk.copy()
        copy.setContents(of: path, to: bytes)
        return copy
    }

    /// Where the frames of a log file begin and end, by block.
    func frames(_ path: String) -> [(block: BlockIndex, range: Range<Int>)] {
        var frames: [(block: BlockIndex, range: Range<Int>)] = []
        var start = Segment.headerByteCount
        let owners = self.owners[path] ?? []
        while start < owners.count {
            let end = owners[start...].firstIndex { $0 != owners[start] } ?? owners.count
            frames.append((owners[start], start..<end))
            start = end
        }
        return frames
    }
}
