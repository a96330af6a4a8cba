import CairnHash
import CairnLedger
import CairnStore
import TestSupport
import Testing

@Suite("A ledger ahead of its history")
struct AheadTests {
    /// Blocks of 1 to 40 records, and epochs.
    static func chain(blocks: Int, records: ClosedRange<Int> = 1...40, seed: UInt64 = 1) throws -> TestChain {
        var random = SplitMix64(seed: seed)
        var chain = try TestChain(submissionWindow: 50, isFast: true)
        for index in 1...blocks {
            let texts = (0..<Int.random(in: records, using: &random)).map { "\"\(index).\($0)\"" }
            let id = SubmissionID(client: [], idempotencyKey: Array("\(index)".utf8))
            let next =
                index.isMultiple(of: 11)
                ? try chain.members([(TestChain.founder, 3), (UInt8(100 + index / 11), 1)]) : nil
            // Every other epoch has another window of submissions.
            let window: UInt64? = index.isMultiple(of: 22) ? [20, 300][index / 22 % 2] : nil
            try chain.grow(
                [texts], ids: [0: id], change: next, window: window,
                isCertified: next != nil || !index.isMultiple(of: 3))
        }
        return chain
    }

    static func open(_ chain: TestChain, _ disk: any Disk) throws(StoreError) -> OpenedLedger {
        try LedgerAhead.open(
            on: disk, genesis: chain.genesis, segmentBytesMax: 4_096, using: chain.verifier)
    }

    static func append(_ range: Range<Int>, of chain: TestChain, to writer: inout LedgerWriter) throws(StoreError) {
        for final in chain.blocks[range] {
            try writer.append(final, leafHashes: final.block.entries.leafHashes())
            if final.certificate != nil { _ = try writer.sync() }
        }
    }

    /// Blocks that can be first: they have a certificate.
    static func firsts(_ chain: TestChain) -> [Int] {
        chain.blocks.indices.filter { $0 > 1 && chain.blocks[$0].certificate != nil }
    }

    @Test("proves what the whole one proves, and says what it lacks", arguments: [1, 2, 3] as [UInt64])
    func proofs(seed: UInt64) throws {
        let chain = try Self.chain(blocks: 67, seed: seed)
        let tree = MerkleTree(chain.leafHashes)
        let size = chain.state.head.treeSize
        for first in Self.firsts(chain).filter({ $0 % 4 == 0 || $0 > 60 }) {
            let disk = MemoryDisk()
            try LedgerAhead.create(try chain.base(before: first), first: chain.blocks[first], on: disk)
            let opened = try Self.open(chain, disk)
            let store = opened.store
            #expect(store.head.hash == chain.blocks[first].block.header.hash)
            var writer = opened.takeWriter()
            try Self.append(first + 1..<chain.blocks.count, of: chain, to: &writer)
            let base = chain.states[first - 1].head.treeSize
            #expect(store.firstRecord == base.nextRecord && store.firstBlock == BlockIndex(first))
            for number in base.rawValue..<size.rawValue {
                let number = RecordNumber(number)
                let proof = try store.inclusionProof(of: number, in: size)
                #expect(proof.path == tree.inclusionProof(of: number, in: size))
                #expect(try store.record(number).record.leafHash == chain.leafHashes[Int(number.rawValue)])
            }
            for old in stride(from: max(1, base.rawValue), through: size.rawValue, by: 7) {
                let proof = try store.consistencyProof(from: TreeSize(old), to: size)
                #expect(proof.path == tree.consistencyProof(from: TreeSize(old), to: size))
            }
            for index in first..<chain.blocks.count {
                #expect(try store.block(BlockIndex(index)).block == chain.blocks[index].block)
                #expect(try store.header(of: BlockIndex(index)) == chain.blocks[index].block.header)
            }
            try Self.checkTiles(store, chain, base: base)
            #expect(
                try store.memberHistory().verify(chain: store.members.chain, using: chain.verifier) == store.members)
            #expect(
                try store.treeEdge(at: size, root: chain.state.head.treeRoot).frontier == chain.state.frontier)
            try Self.checkMissing(store, first: first, base: base)
            try writer.close()
        }
    }

    private static func checkTiles(_ store: LedgerStore, _ chain: TestChain, base: TreeSize) throws {
        let size = chain.leafHashes.count
        for index in 0..<size / 256 {
            let tile = Tile(.hashes(level: 0), index: UInt64(index), width: 256)
            if UInt64(index) >= base.rawValue / 256 {
                #expect(try store.hashes(of: tile) == Array(chain.leafHashes[index * 256..<index * 256 + 256]))
            } else {
                #expect(throws: StoreError.notHereYet(before: store.firstBlock)) { try store.hashes(of: tile) }
            }
        }
        let count = size % 256
        if count > 0 {
            let tile = Tile(.hashes(level: 0), index: UInt64(size / 256), width: count)
            #expect(try store.hashes(of: tile) == Array(chain.leafHashes.suffix(count)))
        }
    }

    private static func checkMissing(_ store: LedgerStore, first: Int, base: TreeSize) throws {
        let error = StoreError.notHereYet(before: BlockIndex(first))
        #expect(try store.block(0).block == store.genesis)
        #expect(throws: error) { try store.block(BlockIndex(first - 1)) }
        #expect(throws: error) { try store.header(of: BlockIndex(first - 1)) }
        #expect(throws: error) { try store.outline(of: BlockIndex(first - 1)) }
        #expect(throws: error) { try store.record(RecordNumber(base.rawValue - 1)) }
        #expect(throws: error) { try store.leafHashes(from: 0, count: 1) }
        #expect(throws: error) { try store.inclusionProof(of: 0, in: store.head.treeSize) }
        #expect(throws: error) { try store.root(at: TreeSize(base.rawValue - 1)) }
    }

    @Test("comes back as it was, also with its derived files gone")
    func reopening() throws {
        let chain = try Self.chain(blocks: 61)
        for first in Self.firsts(chain).filter({ $0 % 5 == 0 }) {
            let disk = MemoryDisk()
            try LedgerAhead.create(try chain.base(before: first), first: chain.blocks[first], on: disk)
            var writer = try Self.open(chain, disk).takeWriter()
            try Self.append(first + 1..<chain.blocks.count, of: chain, to: &writer)
            try writer.close()
            for path in disk.paths where path.contains("/tree/") || path.hasSuffix("/index") {
                disk.setContents(of: path, to: [])
            }
            let opened = try Self.open(chain, disk)
            #expect(opened.store.head.hash == chain.state.headHash)
            #expect(opened.chain.window.submissions.map(\.0) == chain.state.window.submissions.map(\.0))
            let size = chain.state.head.treeSize
            let last = RecordNumber(size.rawValue - 1)
            // Damaged behind its back, it makes its files anew.
            for path in disk.paths where path.contains("/tree/") {
                disk.setContents(of: path, to: [])
            }
            #expect(
                try opened.store.inclusionProof(of: last, in: size).path
                    == MerkleTree(chain.leafHashes).inclusionProof(of: last, in: size))
            var again = opened.takeWriter()
            try again.close()
        }
    }

    @Test("is not opened when its base is damaged")
    func damagedBase() throws {
        let chain = try Self.chain(blocks: 20)
        let first = try #require(Self.firsts(chain).last)
        let disk = MemoryDisk()
        try LedgerAhead.create(try chain.base(before: first), first: chain.blocks[first], on: disk)
        for bit in stride(from: UInt64(0), to: 4_000, by: 97) {
            let damaged = disk.copy()
            damaged.flipBit(in: LedgerAhead.folder + "/" + StoredBase.path, at: bit)
            #expect(throws: StoreError.self) { _ = try Self.open(chain, damaged) }
        }
        // A block that another quorum signed.
        let other = try Self.chain(blocks: 20, seed: 9)
        #expect(throws: StoreError.self) { _ = try Self.open(try TestChain(message: "other", isFast: true), disk) }
        try LedgerAhead.create(try chain.base(before: first), first: other.blocks[first], on: disk)
        #expect(throws: StoreError.self) { _ = try Self.open(chain, disk) }
    }
}
