import CairnHash
import CairnLedger
import CairnStore
import TestSupport

/// A ledger of several segments with blocks of every kind: one record and many, short and long, with submission ids and
/// without. Closed, so that it is sealed.
struct MixedLedger {
    static let segmentBytesMax: UInt64 = 24 << 10

    let chain: TestChain
    let disk = MemoryDisk()

    /// - Parameter isFinalWithAll: from block 6 on, blocks are final with the votes of all of four members.
    init(blocks: Int, seed: UInt64, isFinalWithAll: Bool = false) throws {
        var generator = SplitMix64(seed: seed)
        var chain = try TestChain(submissionWindow: 40)
        for block in 1...blocks {
            let isLarge = block % 7 == 0
            let count = isLarge ? Int.random(in: 20...90, using: &generator) : Int.random(in: 1...3, using: &generator)
            let texts = (0..<count).map { _ in
                "\"" + String(repeating: "x", count: Int.random(in: 0...120, using: &generator)) + "\""
            }
            let hasID = Bool.random(using: &generator)
            let isChange = isFinalWithAll && block == 5
            let next = try isChange ? chain.members([(7, 1), (8, 1), (9, 1), (10, 1)], .bft) : nil
            try chain.grow(
                [texts], ids: hasID ? [0: SubmissionID(client: [1], idempotencyKey: [UInt8(block)])] : [:],
                change: next,
                agreement: isChange ? .simplex2 : nil)
        }
        self.chain = chain
        try LedgerStore.create(on: self.disk, genesis: chain.genesis)
        var writer = try LedgerStore.open(on: self.disk, segmentBytesMax: Self.segmentBytesMax).takeWriter()
        for (number, final) in chain.blocks.dropFirst().enumerated() {
            try writer.append(final, leafHashes: final.block.entries.leafHashes())
            if number % 3 == 0 { _ = try writer.sync() }
        }
        _ = try writer.sync()
        try writer.close()
    }

    var logs: [String] { self.disk.paths.filter { $0.hasSuffix(".log") } }

    /// Where the frames of a log file begin and end.
    func frames(_ path: String) throws -> [Range<Int>] {
        let bytes = self.disk.contents(of: path) ?? []
        var frames: [Range<Int>] = []
        var place = Segment.headerByteCount
        while place < bytes.count {
            let header = try Frame.Header(decoding: bytes.span.bytes.extracting(place..<bytes.count))
            frames.append(place..<place + header.frameByteCount)
            place += header.frameByteCount
        }
        return frames
    }

    /// A copy in which one byte is another, and the frame's checksum fits it when that is asked for.
    func tampered(_ path: String, _ place: Int, mask: UInt8, fits: Bool) throws -> MemoryDisk {
        var bytes = self.disk.contents(of: path) ?? []
        bytes[place] ^= mask
        if fits, let range = try self.frames(path).first(where: { $0.contains(place) }) {
            var frame = Array(bytes[range])
            Frame.setChecksum(of: &frame)
            bytes.replaceSubrange(range, with: frame)
        }
        let copy = self.disk.copy()
        copy.setContents(of: path, to: bytes)
        return copy
    }
}
