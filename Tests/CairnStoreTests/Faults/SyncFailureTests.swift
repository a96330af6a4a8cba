import CairnLedger
import CairnStore
import TestSupport
import Testing

/// The n-th sync of a file fails: from then on nothing is known, and nothing is acknowledged.
@Suite("Failed syncs")
struct SyncFailureTests {
    /// Appends and seals until something fails. Returns how far it was acknowledged.
    private func run(
        _ chain: TestChain, on disk: FaultyDisk, _ progress: inout Workload.Progress
    ) throws -> Bool {
        var writer: LedgerWriter
        do throws(StoreError) {
            writer = try Workload.open(disk).takeWriter()
        } catch {
            guard case .syncFailed = error else { throw error }
            return true
        }
        do throws(StoreError) {
            for number in 1..<8 {
                let final = chain.blocks[number]
                progress.begun += 1
                try writer.append(final, leafHashes: final.block.entries.leafHashes())
                if number % 2 == 1 { progress.acknowledged = Int(try writer.sync().head.header.index.rawValue) + 1 }
                if number == 4 { try writer.seal() }
            }
            try writer.close()
            progress.acknowledged = 8
            return false
        } catch {
            guard case .syncFailed = error else { throw error }
        }
        // It is the end, also when the disk works again.
        disk.setPlan(FaultyDisk.Plan())
        let changes = disk.changes
        let next = chain.blocks[progress.begun]
        for _ in 0..<2 {
            #expect(throws: StoreError.self) {
                try writer.append(next, leafHashes: next.block.entries.leafHashes())
            }
            #expect(throws: StoreError.self) { _ = try writer.sync() }
            // To say that nothing is left to sync would be to say that all is durable.
            #expect(throws: StoreError.self) { _ = try writer.logSync }
            #expect(throws: StoreError.self) { try writer.seal() }
            #expect(throws: StoreError.self) { try writer.close() }
        }
        #expect(disk.changes == changes)
        return true
    }

    @Test("nothing is acknowledged any more, and what was is found again")
    func everySync() throws {
        let chain = try Workload.makeChain()
        var failures = 0
        var syncs = 0
        while true {
            let memory = MemoryDisk()
            try LedgerStore.create(on: memory, genesis: chain.genesis)
            let disk = FaultyDisk(memory, plan: FaultyDisk.Plan(syncsUntilFailure: syncs))
            var progress = Workload.Progress(isFounded: true, acknowledged: 1, begun: 1)
            guard try self.run(chain, on: disk, &progress) else { break }
            failures += 1
            for seed in 0..<4 {
                // The system may have dropped what it could not sync, or kept it.
                var generator = SplitMix64(seed: UInt64(syncs * 4 + seed))
                let left = seed == 0 ? memory.copy() : memory.afterCrash(using: &generator)
                let problems = CrashCheck(chain: chain, progress: progress).problems(on: left)
                #expect(problems.isEmpty, "sync \(syncs), seed \(seed)")
            }
            syncs += 1
        }
        // Opening seals twice, with eleven files each.
        #expect(failures > 40)
    }
}
