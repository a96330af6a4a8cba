import CairnSimulation
import Testing

/// A simulator that can't fail shows nothing. Here are the bugs that a few seeds notice; `cairn-sim --planted all`,
/// which scripts/test runs, has them all.
struct PlantedBugTests {
    private static let seedsMax: UInt64 = 30

    @Test(arguments: [
        PlantedBug.quorumOffByOne, .forgetJournal, .countNextEpochsVotes, .skipMemberChange, .acknowledgeBeforeFinal,
        .finaliseAfterNullify, .dropWindow, .neverRepeat, .keepQuiet, .finalWithAllAnywhere, .finalWithQuorum,
    ])
    func isNoticed(bug: PlantedBug) throws {
        let seed = try #require(
            (1...Self.seedsMax).first { Simulation(seed: $0, bug: bug).run().violation != nil },
            "\(bug.rawValue) goes unnoticed in \(Self.seedsMax) seeds")
        // It is the bug, and not the seed.
        #expect(Simulation(seed: seed).run().violation == nil)
    }

    @Test func everyBugHasASentence() {
        #expect(PlantedBug.allCases.count >= 16)
        #expect(Set(PlantedBug.allCases.map(\.summary)).count == PlantedBug.allCases.count)
    }
}
