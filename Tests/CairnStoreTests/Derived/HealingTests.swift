import CairnHash
import CairnLedger
import CairnStore
import TestSupport
import Testing

/// Derived files that are damaged while the ledger is in use: reads put them right, or say what can't be read.
@Suite("Healing")
struct HealingTests {
    /// 300 records: `tree/1` is in use.
    private static func longLedger() throws -> (TestChain, MemoryDisk) {
        var chain = try TestChain()
        for block in 0..<5 { try chain.grow([(0..<60).map { "[\(block),\($0)]" }]) }
        let disk = MemoryDisk()
        try LedgerStore.create(on: disk, genesis: chain.genesis)
        var writer = try LedgerStore.open(on: disk).takeWriter()
        for final in chain.blocks.dropFirst() {
            try writer.append(final, leafHashes: final.block.entries.leafHashes())
        }
        _ = try writer.sync()
        try writer.close()
        return (chain, disk)
    }

    /// What somebody may do to a file.
    enum Damage: CaseIterable {
        case emptied, cut, zeroed, garbled, shifted, longer

        func done(to bytes: [UInt8]) -> [UInt8] {
            switch self {
            case .emptied: []
            case .cut: Array(bytes.prefix(bytes.count / 2 + 3))
            case .zeroed: Array(repeating: 0, count: bytes.count)
            case .garbled: bytes.map { $0 ^ 0x5A }
            case .shifted: Array(bytes.dropFirst(32))
            case .longer: bytes + bytes
            }
        }
    }

    @Test("reads heal every derived file, whatever happened to it", arguments: Damage.allCases)
    func whileRunning(_ damage: Damage) throws {
        let (chain, disk) = try Self.longLedger()
        let store = try LedgerStore.open(on: disk).store
        let check = LedgerCheck(chain: chain)
        for path in [BlockPlaces.path, TreeFiles.path(level: 0), TreeFiles.path(level: 1)] {
            let good = try #require(disk.contents(of: path))
            disk.setContents(of: path, to: damage.done(to: good))
            // What is remembered of the upper levels is right, and hides the damage as long as it lasts.
            store.foldedTiles.removeAll()
            // Proofs and blocks first: what is read unchecked is right once they are.
            for number in [0, 137, 299] {
                let proof = try store.inclusionProof(of: RecordNumber(number), in: 300)
                #expect(proof.leafHash == chain.leafHashes[number])
            }
            for final in chain.blocks { #expect(try store.block(final.block.index) == final) }
            let problems = check.problems(in: store)
            #expect(problems.isEmpty, "\(path)")
            #expect(disk.contents(of: path)?.prefix(good.count) == good[...], "\(path)")
        }
    }

    @Test("opening makes them anew", arguments: Damage.allCases)
    func atOpening(_ damage: Damage) throws {
        let (chain, disk) = try Self.longLedger()
        for path in [BlockPlaces.path, TreeFiles.path(level: 0), TreeFiles.path(level: 1)] {
            let good = try #require(disk.contents(of: path))
            disk.setContents(of: path, to: damage.done(to: good))
            let opened = try LedgerStore.open(on: disk)
            if damage != .longer { #expect(opened.repairs.isEmpty == false, "\(path)") }
            #expect(LedgerCheck(chain: chain).problems(in: opened.store).isEmpty, "\(path)")
            #expect(disk.contents(of: path) == good)
        }
    }

    @Test("the writer goes on over a damaged edge, and healing puts it right")
    func appendsAfterDamage() throws {
        var (chain, disk) = try Self.longLedger()
        let opened = try LedgerStore.open(on: disk)
        let store = opened.store
        var writer = opened.takeWriter()
        for path in [BlockPlaces.path, TreeFiles.path(level: 0), TreeFiles.path(level: 1)] {
            disk.setContents(of: path, to: [])
            store.foldedTiles.removeAll()
            let next = try chain.grow([["\"after \(path)\""]])
            try writer.append(next.final, leafHashes: next.leafHashes)
            _ = try writer.sync()
            let number = RecordNumber(chain.leafHashes.count - 1)
            #expect(try store.inclusionProof(of: number, in: chain.state.head.treeSize).leafHash == next.leafHashes[0])
            #expect(LedgerCheck(chain: chain).problems(in: store).isEmpty)
        }
        try writer.close()
        #expect(try LedgerVerifier.verify(on: disk).notes.isEmpty)
    }

    @Test("no proof leads to a wrong record, however many hashes are swapped")
    func wrongHashes() throws {
        let (chain, disk) = try Self.longLedger()
        let store = try LedgerStore.open(on: disk).store
        var generator = SplitMix64(seed: 1)
        for _ in 0..<40 {
            let path = TreeFiles.path(level: Int.random(in: 0..<2, using: &generator))
            var bytes = try #require(disk.contents(of: path))
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            disk.setContents(of: path, to: bytes)
            let size = TreeSize(Int.random(in: 1...300, using: &generator))
            let number = Int.random(in: 0..<Int(size.rawValue), using: &generator)
            let proof = try store.inclusionProof(of: RecordNumber(number), in: size)
            let root = MerkleTree(chain.leafHashes.prefix(Int(size.rawValue))).root(at: size)
            #expect(proof.root == root)
            #expect(
                MerkleProof.verifyInclusion(
                    of: chain.leafHashes[number], at: RecordNumber(number), in: size, path: proof.path, root: root))
            let consistency = try store.consistencyProof(from: size, to: 300)
            #expect(consistency.oldRoot == root)
        }
    }

    @Test("a damaged block is named, and nothing is derived from it")
    func damagedBlock() throws {
        let (chain, disk) = try Self.longLedger()
        let store = try LedgerStore.open(on: disk).store
        let changed = try #require(try store.tamper(withBlock: 3))
        disk.setContents(of: TreeFiles.path(level: 0), to: [])
        disk.setContents(of: BlockPlaces.path, to: [])
        for number in [RecordNumber(0), changed, RecordNumber(299)] {
            #expect(throws: StoreError.self) { try store.inclusionProof(of: number, in: 300) }
        }
        let tree = disk.contents(of: TreeFiles.path(level: 0)) ?? []
        #expect(tree == chain.leafHashes.prefix(120).flatMap(\.bytes))
        do throws(StoreError) {
            try store.rebuildDerived()
            Issue.record("it was rebuilt")
        } catch {
            guard case .corrupt(let corruption) = error else { throw error }
            #expect(corruption.block == 3)
        }
    }

    @Test("after closing, reads go on and nothing is written any more")
    func afterClosing() throws {
        let (chain, disk) = try Self.longLedger()
        let opened = try LedgerStore.open(on: disk)
        let store = opened.store
        var writer = opened.takeWriter()
        #expect(throws: StoreError.self) { _ = try LedgerStore.open(on: disk) }
        try writer.close()
        try writer.close()
        #expect(throws: StoreError.self) { _ = try writer.sync() }
        #expect(LedgerCheck(chain: chain).problems(in: store).isEmpty)
        // The lock is free though the store lives on.
        _ = try LedgerStore.open(on: disk)
        disk.setContents(of: BlockPlaces.path, to: [])
        #expect(throws: StoreError.self) { try store.block(1) }
        #expect(disk.contents(of: BlockPlaces.path) == [])
    }
}
