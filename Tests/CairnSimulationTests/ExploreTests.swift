import CairnSimulation
import Testing

/// The explorer itself: that it ends, that it is the same each time, and that it can fail.
struct ExploreTests {
    private func explore(
        _ scenario: ExploreScenario, _ bug: PlantedBug? = nil, states: Int = 1_000_000
    ) throws -> ExploreResult {
        try Exploration(scenario, bug: bug).run(ExploreBounds(states: states), seconds: { 0 })
    }

    @Test func aSmallScenarioIsComplete() throws {
        let result = try self.explore(.small)
        #expect(result.violation == nil)
        #expect(result.isComplete)
        #expect(result.expanded == result.states)
        #expect(result.fairRuns > 10)
        // The bound on quiet events is none here.
        #expect(result.quietUsed < 6)
    }

    @Test func theSameStatesAreFoundAgain() throws {
        let results = try (0..<2).map { _ in try self.explore(.small) }
        #expect(results[0].summary == results[1].summary)
    }

    @Test func anExplorationThatStopsSaysSo() throws {
        let scenario = try #require(ExploreScenario.all.first { $0.name == "c2" })
        let result = try self.explore(scenario, states: 500)
        #expect(!result.isComplete)
        #expect(result.summary.contains("stopped at"))
    }

    @Test(arguments: ["e1-all", "e2-all", "e3-all"])
    func aLeaderThatCrashesShowsOneBlock(name: String) throws {
        let scenario = try #require(ExploreScenario.all.first { $0.name == name })
        let result = try self.explore(scenario, states: 20_000)
        #expect(result.violation == nil)
        #expect(result.expanded > 1_000 && result.fairRuns > 0)
    }

    @Test(arguments: [
        ("small", PlantedBug.finaliseAfterNullify), ("small", .nullifyAfterFinalise), ("small", .neverRepeat),
        ("small", .neverProposeAgain), ("small", .quorumOffByOne), ("c1", .forgetJournal), ("c1", .voteBeforeStoring),
        ("a", .finaliseAtOnceAnywhere), ("a-all", .finalWithQuorum), ("a-all", .nullifyAfterNotarise),
        ("e1-all", .proposeTwice), ("e2-all", .proposeTwice), ("e3-all", .proposeUnrecorded),
    ])
    func bugsAreNoticed(name: String, bug: PlantedBug) throws {
        let scenario = try #require((ExploreScenario.all + [.small]).first { $0.name == name })
        let result = try self.explore(scenario, bug, states: 20_000)
        #expect(result.violation != nil, "\(bug.rawValue): \(result.summary)")
        #expect(!result.trace.isEmpty)
    }
}
