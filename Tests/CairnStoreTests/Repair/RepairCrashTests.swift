import CairnLedger
import CairnStore
import TestSupport
import Testing

/// The power goes at each single change that a repair makes.
@Suite("A crash during a repair")
struct RepairCrashTests {
    private func damaged(_ ledger: SmallLedger) -> MemoryDisk {
        let disk = ledger.disk.copy()
        for path in ledger.logs {
            var bytes = ledger.contents(path)
            for (_, range) in ledger.frames(path) { bytes[range.lowerBound + 60] ^= 4 }
            disk.setContents(of: path, to: bytes)
        }
        return disk
    }

    @Test("leaves a directory that the next repair heals", arguments: [1, 2, 3] as [UInt64])
    func offline(seed: UInt64) throws {
        let ledger = try SmallLedger()
        var generator = SplitMix64(seed: seed)
        let whole = FaultyDisk(self.damaged(ledger))
        try RepairHelp.repair(whole, from: ledger.chain.blocks)
        for change in 0..<whole.changes {
            let disk = FaultyDisk(self.damaged(ledger), plan: FaultyDisk.Plan(changesUntilCrash: change))
            #expect(throws: (any Error).self) { try RepairHelp.repair(disk, from: ledger.chain.blocks) }
            let after = disk.memory.afterCrash(using: &generator)
            for path in ledger.logs { #expect(after.contents(of: path) != nil, "change \(change): \(path) is gone") }
            if try SmallLedger.verify(after).failure != nil {
                try RepairHelp.repair(after, from: ledger.chain.blocks)
            }
            #expect(try SmallLedger.verify(after).failure == nil)
            let opened = try LedgerStore.open(on: after, using: HashVerifier())
            let problems = ledger.check.problems(in: opened.store)
            #expect(problems.isEmpty, "change \(change)")
            #expect(after.paths.allSatisfy { !$0.hasSuffix(".repair") })
        }
    }

    @Test("of a running node loses nothing that was durable", arguments: [4, 5] as [UInt64])
    func online(seed: UInt64) throws {
        let chain = try SmallLedger().chain
        var generator = SplitMix64(seed: seed)
        var change = 0
        var isCrashed = true
        while isCrashed {
            let ledger = try SmallLedger()
            let disk = FaultyDisk(ledger.disk)
            let opened = try LedgerStore.open(
                on: disk, segmentBytesMax: SmallLedger.segmentBytesMax, using: HashVerifier())
            let store = opened.store
            var writer = opened.takeWriter()
            _ = try store.tamper(withBlock: 4)
            let verified = try #require(try RepairHelp.fill(try store.beginRepair(of: 4), from: chain.blocks))
            disk.setPlan(FaultyDisk.Plan(changesUntilCrash: change))
            do throws(StoreError) {
                _ = try writer.repair(verified)
                isCrashed = false
            } catch {}
            let after = disk.memory.afterCrash(using: &generator)
            let failure = try SmallLedger.verify(after).failure
            #expect(failure == nil || failure?.block == 4, "change \(change)")
            if failure != nil { try RepairHelp.repair(after, from: chain.blocks) }
            let problems = ledger.check.problems(in: try LedgerStore.open(on: after, using: HashVerifier()).store)
            #expect(problems.isEmpty, "change \(change)")
            change += 1
        }
        #expect(change > 10)
    }
}
