import CairnLock
import CairnSimulation

/// Some seeds, run by several threads and reported in order.
struct SeedBatch {
    let first: UInt64
    let count: UInt64
    let threads: Int

    /// Hands out seeds until all are gone, or enough is known.
    private final class Seeds: Sendable {
        private let next: Lock<UInt64>
        private let end: UInt64

        init(_ seeds: Range<UInt64>) {
            self.next = Lock(seeds.lowerBound)
            self.end = seeds.upperBound
        }

        func take() -> UInt64? {
            self.next.withLock { next in
                guard next < self.end else { return nil }
                defer { next += 1 }
                return next
            }
        }

        func stop() { self.next.withLock { $0 = self.end } }
    }

    /// Runs the seeds, and hands their results on by rising seed.
    func run(
        stopAtViolation: Bool, _ simulate: @escaping @Sendable (UInt64) -> Simulation.Result,
        each report: (Simulation.Result) -> Void
    ) async {
        let seeds = Seeds(self.first..<self.first + self.count)
        let work: @Sendable () async -> Simulation.Result? = {
            guard let seed = seeds.take() else { return nil }
            RunningSeeds.began(seed)
            defer { RunningSeeds.ended(seed) }
            return simulate(seed)
        }
        await withTaskGroup(of: Simulation.Result?.self) { group in
            for _ in 0..<self.threads { group.addTask(operation: work) }
            var early: [UInt64: Simulation.Result] = [:]
            var due = self.first
            var hasEnded = false
            while let result = await group.next() {
                guard let result else { continue }
                early[result.seed] = result
                if stopAtViolation, result.violation != nil { seeds.stop() }
                group.addTask(operation: work)
                while let ready = early.removeValue(forKey: due) {
                    due += 1
                    if !hasEnded { report(ready) }
                    hasEnded = hasEnded || (stopAtViolation && ready.violation != nil)
                }
            }
        }
    }
}
