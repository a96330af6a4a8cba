import CairnLock
import CairnSimulation
import Testing

/// A few seeds in a debug build: `cairn-sim` runs thousands, optimised (scripts/test).
struct SimulationTests {
    /// B1: the ledger of seed 15 was founded by a clock that was a day ahead.
    @Test(arguments: 1...15)
    func nothingIsWrong(seed: Int) {
        let result = Simulation(seed: UInt64(seed)).run()
        #expect(result.violation == nil)
        #expect(result.events > 0)
    }

    @Test("A4: seeds that ended without progress", arguments: [41_706_141, 41_713_243, 41_714_887])
    func goesOn(seed: UInt64) {
        #expect(Simulation(seed: seed).run().violation == nil)
    }

    @Test(arguments: [2, 5, 16])
    func aSeedIsAlwaysTheSame(seed: Int) {
        let first = Simulation(seed: UInt64(seed)).run()
        let second = Simulation(seed: UInt64(seed)).run()
        #expect(first.digest == second.digest)
        #expect(first.events == second.events)
        #expect(first.digest != Simulation(seed: UInt64(seed) + 1).run().digest)
    }

    @Test func whoReadsAlongChangesNothing() {
        let lines = Lock(0)
        let traced = Simulation(seed: 3).run { _ in lines.withLock { $0 += 1 } }
        #expect(traced.digest == Simulation(seed: 3).run().digest)
        #expect(lines.withLock { $0 } > 100)
    }

    @Test func nodesCatchUpInBulk() {
        let blocks = (1...12).map { Simulation(seed: $0).run().caughtUp }
        #expect(blocks.count { $0 > 0 } >= 3, "blocks by bulk catch-up: \(blocks)")
    }

    @Test func seedsAreOfManyKinds() {
        let results = (1...30).map { Simulation(seed: UInt64($0)).summary }
        for word in ["bft", "majority", "follower"] { #expect(results.contains { $0.contains(word) }) }
        #expect(LieKind.allCases.contains { kind in results.contains { $0.contains(kind.rawValue) } })
    }
}
