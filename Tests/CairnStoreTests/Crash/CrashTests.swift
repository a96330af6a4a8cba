import CairnStore
import TestSupport
import Testing

/// The power goes at each change that the workload makes on its disk, and of what was not synced any part is lost.
@Suite("Crashes")
struct CrashTests {
    /// Counted on a run in which nothing goes wrong; 0 when it doesn't come to its end.
    static let changes = Self.countChanges(showsFirst: false)
    static let changesShownFirst = Self.countChanges(showsFirst: true)

    private static func countChanges(showsFirst: Bool) -> Int {
        let disk = FaultyDisk(MemoryDisk())
        guard let chain = try? Workload.makeChain() else { return 0 }
        var workload = Workload(chain: chain, showsFirst: showsFirst)
        try? workload.run(on: disk)
        return workload.isDone ? disk.changes : 0
    }

    /// Runs the workload until the power goes at its n-th change.
    private static func crash(
        at change: Int, _ chain: TestChain, showsFirst: Bool = false
    ) -> (left: MemoryDisk, progress: Workload.Progress) {
        let memory = MemoryDisk()
        var workload = Workload(chain: chain, showsFirst: showsFirst)
        try? workload.run(on: FaultyDisk(memory, plan: FaultyDisk.Plan(changesUntilCrash: change)))
        return (memory, workload.progress)
    }

    @Test("the workload comes to its end, in several segments")
    func workload() throws {
        #expect(Self.changes > 150)
        var workload = Workload(chain: try Workload.makeChain())
        let memory = MemoryDisk()
        try workload.run(on: memory)
        #expect(workload.isDone)
        #expect(memory.paths.filter { $0.hasSuffix(".log") }.count >= 3)
        #expect(workload.progress.acknowledged == 12)
        #expect(CrashCheck(chain: workload.chain, progress: workload.progress).problems(on: memory).isEmpty)
    }

    @Test("nothing durable is lost at any crash", arguments: 0..<4, [false, true])
    func everyCrash(part: Int, showsFirst: Bool) throws {
        let chain = try Workload.makeChain()
        let changes = showsFirst ? Self.changesShownFirst : Self.changes
        #expect(changes > 150)
        for change in stride(from: part, to: changes, by: 4) {
            let (memory, progress) = Self.crash(at: change, chain, showsFirst: showsFirst)
            for seed in 0..<5 {
                var generator = SplitMix64(seed: UInt64(change) << 16 | UInt64(seed))
                let left = memory.afterCrash(using: &generator)
                let problems = CrashCheck(chain: chain, progress: progress).problems(on: left)
                #expect(problems.isEmpty, "crash at change \(change), seed \(seed)")
            }
        }
    }

    @Test("nor when recovery crashes, and then again", arguments: 0..<4)
    func crashesInRecovery(part: Int) throws {
        let chain = try Workload.makeChain()
        for change in stride(from: part, to: Self.changes, by: 4) {
            let (memory, progress) = Self.crash(at: change, chain)
            guard progress.isFounded else { continue }
            var generator = SplitMix64(seed: UInt64(change) << 32)
            var left = memory.afterCrash(using: &generator)
            for _ in 0..<2 {
                let disk = FaultyDisk(left.copy())
                _ = try? Workload.open(disk)
                guard disk.changes > 0 else { break }
                let point = Int.random(in: 0..<disk.changes, using: &generator)
                let faulty = FaultyDisk(left, plan: FaultyDisk.Plan(changesUntilCrash: point))
                #expect(throws: StoreError.self) {
                    _ = try Workload.open(faulty)
                }
                left = left.afterCrash(using: &generator)
            }
            let problems = CrashCheck(chain: chain, progress: progress).problems(on: left)
            #expect(problems.isEmpty, "crash at change \(change)")
        }
    }

    @Test("a disk that lies about its syncs is found out", arguments: [LyingDisk.Lie.fileSync, .folderSync])
    func lies(_ lie: LyingDisk.Lie) throws {
        let chain = try Workload.makeChain()
        var found = 0
        for change in stride(from: 0, to: Self.changes, by: 3) {
            let memory = MemoryDisk()
            var workload = Workload(chain: chain)
            let disk = FaultyDisk(memory, plan: FaultyDisk.Plan(changesUntilCrash: change))
            try? workload.run(on: LyingDisk(disk, lie: lie))
            var generator = SplitMix64(seed: UInt64(change))
            let left = memory.afterCrash(using: &generator)
            let check = CrashCheck(chain: chain, progress: workload.progress)
            if !check.problems(on: left).isEmpty { found += 1 }
        }
        #expect(found > 20)
    }
}
