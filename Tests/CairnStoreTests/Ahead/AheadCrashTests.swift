import CairnHash
import CairnLedger
import CairnStore
import TestSupport
import Testing

/// From the snapshot to the whole ledger, with the power gone at each change of the disk.
@Suite("A ledger ahead of its history and a crash")
struct AheadCrashTests {
    private static let first = 20
    /// Blocks of the history that are there when the ledger begins ahead.
    private static let early = 5

    private struct Progress {
        var isFounded = false
        /// Newest block that somebody was told of.
        var acknowledged = 0
    }

    /// Whoever crashes leaves what was told in `progress`.
    private static func live(_ chain: TestChain, _ disk: any Disk, _ progress: inout Progress) throws {
        if try !LedgerStore.exists(on: disk) { try LedgerStore.create(on: disk, genesis: chain.genesis) }
        progress.isFounded = true
        let history = try LedgerStore.open(on: disk, segmentBytesMax: 4_096, using: chain.verifier)
        let store = history.store
        var writer = history.takeWriter()
        if try !LedgerAhead.exists(on: disk) {
            try LedgerAhead.remove(from: disk)
            if store.head.index.rawValue < UInt64(Self.first) {
                if store.head.index == 0 { try AheadTests.append(1..<Self.early, of: chain, to: &writer) }
                try LedgerAhead.create(
                    try chain.base(before: Self.first), first: chain.blocks[Self.first], on: disk)
            } else {
                // It was whole already.
                try Self.append(through: chain.blocks.count - 1, of: chain, to: &writer, &progress)
                return try writer.close()
            }
        }
        let opened = try AheadTests.open(chain, disk)
        let ahead = opened.store
        var aheadWriter = opened.takeWriter()
        progress.acknowledged = max(progress.acknowledged, Int(ahead.head.index.rawValue))
        try Self.append(through: chain.blocks.count - 5, of: chain, to: &aheadWriter, &progress)
        // The rest of the history, then what is ahead.
        let missing = Int(store.head.index.rawValue) + 1..<max(Int(store.head.index.rawValue) + 1, Self.first + 1)
        try AheadTests.append(missing, of: chain, to: &writer)
        for index in store.head.index.rawValue + 1..<max(store.head.index.rawValue + 1, ahead.head.index.rawValue + 1) {
            let final = try ahead.soundBlock(BlockIndex(index))
            try writer.append(final, leafHashes: final.block.entries.leafHashes())
            if final.certificate != nil { _ = try writer.sync() }
        }
        aheadWriter.takeOver(writer)
        #expect(ahead.isWhole)
        #expect(try ahead.block(1).block == chain.blocks[1].block)
        try LedgerAhead.remove(from: disk)
        try Self.append(through: chain.blocks.count - 1, of: chain, to: &aheadWriter, &progress)
        try aheadWriter.close()
    }

    private static func append(
        through last: Int, of chain: TestChain, to writer: inout LedgerWriter, _ progress: inout Progress
    ) throws {
        let next = Int(writer.head.index.rawValue) + 1
        for place in next..<max(next, last + 1) {
            let final = chain.blocks[place]
            try writer.append(final, leafHashes: final.block.entries.leafHashes())
            if final.certificate != nil {
                _ = try writer.sync()
                progress.acknowledged = max(progress.acknowledged, place)
            }
        }
    }

    private static func chain() throws -> TestChain {
        try AheadTests.chain(blocks: 32, records: 1...3)
    }

    @Test("loses nothing that anybody was told of, and becomes whole")
    func crashes() throws {
        let chain = try Self.chain()
        #expect(chain.blocks[Self.first].certificate != nil && chain.blocks[chain.blocks.count - 5].certificate != nil)
        #expect(
            chain.blocks[chain.blocks.count - 1].certificate != nil && chain.blocks[Self.early - 1].certificate != nil)
        let quiet = FaultyDisk(MemoryDisk())
        var ignored = Progress()
        try Self.live(chain, quiet, &ignored)
        #expect(ignored.acknowledged == chain.blocks.count - 1)
        try Self.expectWhole(chain, quiet.memory)

        var random = SplitMix64(seed: 3)
        for change in 0..<quiet.changes {
            let disk = FaultyDisk(MemoryDisk(), plan: FaultyDisk.Plan(changesUntilCrash: change))
            var progress = Progress()
            #expect(throws: (any Error).self, "at change \(change)") { try Self.live(chain, disk, &progress) }
            let left = disk.memory.afterCrash(using: &random)
            try Self.check(chain, left.copy(), progress, "change \(change)")
            // Once more, in what follows.
            let again = FaultyDisk(
                left, plan: FaultyDisk.Plan(changesUntilCrash: Int.random(in: 0..<60, using: &random)))
            do { try Self.live(chain, again, &progress) } catch { _ = error as? StoreError }
            try Self.check(chain, again.memory.afterCrash(using: &random), progress, "behind change \(change)")
        }
    }

    private static func check(
        _ chain: TestChain, _ disk: MemoryDisk, _ before: Progress, _ place: String
    ) throws {
        do {
            if before.isFounded {
                let report = try LedgerVerifier.verify(on: disk, using: chain.verifier)
                #expect(report.isValid, "\(place): \(report)")
            }
            if try LedgerAhead.exists(on: disk) {
                let copy = disk.copy()
                let head = try AheadTests.open(chain, copy).store.head.index
                #expect(head.rawValue >= UInt64(before.acknowledged), "\(place): \(head) of \(before.acknowledged)")
            } else if before.acknowledged > 0 {
                let copy = disk.copy()
                let opened = try LedgerStore.open(on: copy, segmentBytesMax: 4_096, using: chain.verifier)
                #expect(opened.store.head.index.rawValue >= UInt64(before.acknowledged), "\(place)")
            }
            var progress = before
            try Self.live(chain, disk, &progress)
        } catch {
            Issue.record("\(place): it can't be taken up again: \(error)")
            return
        }
        try Self.expectWhole(chain, disk)
    }

    private static func expectWhole(_ chain: TestChain, _ disk: MemoryDisk) throws {
        #expect(disk.paths.allSatisfy { !$0.hasPrefix(LedgerAhead.folder) })
        let report = try LedgerVerifier.verify(on: disk, using: chain.verifier)
        #expect(report.isValid && report.blocks == UInt64(chain.blocks.count) && report.notes.isEmpty, "\(report)")
    }
}
