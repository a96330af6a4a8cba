import CairnStore
import TestSupport
import Testing

/// The power goes at each change that a journal makes on its disk, and of what was not synced any part is lost.
@Suite("Crashes of the journal")
struct JournalCrashTests {
    private let entries: JournalEntries
    /// Counted on a run in which nothing goes wrong.
    private let changes: Int

    init() throws {
        self.entries = try JournalEntries()
        let disk = FaultyDisk(MemoryDisk())
        var life = JournalLife(self.entries)
        try life.run(on: disk)
        try #require(life.isDone)
        self.changes = disk.changes
    }

    private func crash(at change: Int) -> (left: MemoryDisk, model: JournalModel) {
        let memory = MemoryDisk()
        var life = JournalLife(self.entries)
        try? life.run(on: FaultyDisk(memory, plan: FaultyDisk.Plan(changesUntilCrash: change)))
        return (memory, life.model)
    }

    @Test("nothing synced is forgotten, and no crash costs the vote", arguments: 0..<4)
    func everyCrash(part: Int) throws {
        #expect(self.changes > 70)
        for change in stride(from: part, to: self.changes, by: 4) {
            let (memory, model) = self.crash(at: change)
            for seed in 0..<12 {
                var generator = SplitMix64(seed: UInt64(change) << 16 | UInt64(seed))
                let problems = model.problems(on: memory.afterCrash(using: &generator))
                #expect(problems.isEmpty, "crash at change \(change), seed \(seed)")
            }
            // Only the process ended.
            #expect(model.problems(on: memory.copy()).isEmpty, "killed at change \(change)")
        }
    }

    @Test("nor when opening crashes, and then again", arguments: 0..<4)
    func crashesInOpening(part: Int) throws {
        for change in stride(from: part, to: self.changes, by: 4) {
            let (memory, model) = self.crash(at: change)
            guard model.isCreated else { continue }
            for seed in 0..<4 {
                var generator = SplitMix64(seed: UInt64(change) << 32 | UInt64(seed))
                var left = memory.afterCrash(using: &generator)
                for _ in 0..<3 {
                    let point = Int.random(in: 0..<8, using: &generator)
                    var again = model
                    let plan = FaultyDisk.Plan(changesUntilCrash: point)
                    _ = try? again.open(on: FaultyDisk(left, plan: plan))
                    left = left.afterCrash(using: &generator)
                }
                #expect(model.problems(on: left).isEmpty, "crash at change \(change), seed \(seed)")
            }
        }
    }

    @Test("nothing is acknowledged after a failed sync, and what was is found again")
    func failedSyncs() throws {
        var syncs = 0
        while true {
            let memory = MemoryDisk()
            let disk = FaultyDisk(memory, plan: FaultyDisk.Plan(syncsUntilFailure: syncs))
            var life = JournalLife(self.entries)
            do throws(StoreError) {
                try life.run(on: disk)
                break
            } catch {
                let isSyncError = if case .syncFailed = error { true } else { error.isOfOpening }
                #expect(isSyncError, "\(error)")
            }
            for seed in 0..<6 {
                var generator = SplitMix64(seed: UInt64(syncs * 8 + seed))
                let left = seed == 0 ? memory.copy() : memory.afterCrash(using: &generator)
                #expect(life.model.problems(on: left).isEmpty, "sync \(syncs), seed \(seed)")
            }
            syncs += 1
        }
        #expect(syncs > 25)
    }

    @Test("the journal ends with a failed sync")
    func afterFailedSync() throws {
        let disk = FaultyDisk(MemoryDisk())
        var model = JournalModel(self.entries)
        var journal = try model.create(on: disk)
        try journal.append(self.entries.vote(1))
        disk.setPlan(FaultyDisk.Plan(syncsUntilFailure: 0))
        #expect(throws: StoreError.self) { _ = try journal.sync() }
        disk.setPlan(FaultyDisk.Plan())
        let changes = disk.changes
        for _ in 0..<2 {
            #expect(throws: StoreError.self) { try journal.append(self.entries.vote(2)) }
            #expect(throws: StoreError.self) { _ = try journal.sync() }
            #expect(throws: StoreError.self) { try journal.seal() }
            #expect(throws: StoreError.self) { try journal.trim(keeping: []) }
        }
        #expect(disk.changes == changes)
    }

    @Test("a disk that lies about its syncs is found out", arguments: [LyingDisk.Lie.fileSync, .folderSync])
    func lies(_ lie: LyingDisk.Lie) throws {
        var found = 0
        for change in 0..<self.changes {
            let memory = MemoryDisk()
            var life = JournalLife(self.entries)
            let disk = FaultyDisk(memory, plan: FaultyDisk.Plan(changesUntilCrash: change))
            try? life.run(on: LyingDisk(disk, lie: lie))
            var generator = SplitMix64(seed: UInt64(change))
            if !life.model.problems(on: memory.afterCrash(using: &generator)).isEmpty { found += 1 }
        }
        #expect(found > 10)
    }
}

extension StoreError {
    /// Opening says what the disk said.
    fileprivate var isOfOpening: Bool {
        if case .disk(let error) = self { error.operation == "sync" } else { false }
    }
}
