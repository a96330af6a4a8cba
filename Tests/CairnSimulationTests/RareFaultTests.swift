import CairnSimulation
import Testing

/// Faults that only some seeds have do happen, and nothing goes wrong by them.
struct RareFaultTests {
    private static let seedsMax: UInt64 = 5_000

    /// The first seeds of a kind.
    private func seeds(_ count: Int, where isWanted: (Simulation) -> Bool) -> [Simulation] {
        var found: [Simulation] = []
        for seed in 1...Self.seedsMax where found.count < count {
            let simulation = Simulation(seed: seed)
            if isWanted(simulation) { found.append(simulation) }
        }
        return found
    }

    /// What happened in the first seeds of a kind, in which nothing is wrong.
    private func run(_ count: Int, where isWanted: (Simulation) -> Bool) throws -> [Happenings] {
        let simulations = self.seeds(count, where: isWanted)
        try #require(simulations.count == count, "there are too few such seeds")
        return simulations.map { simulation in
            let result = simulation.run()
            #expect(result.violation == nil, "seed \(simulation.seed)")
            return result.happened
        }
    }

    private func run(_ count: Int, with kind: LieKind) throws -> [Happenings] {
        try self.run(count) { $0.summary.contains("(\(kind.rawValue))") }
    }

    // MARK: Lies

    @Test func leadersVoteForBlocksThatNobodyIsShown() throws {
        let happened = try self.run(10, with: .hider)
        #expect(happened.contains { $0.unseenBlocks > 0 })
        #expect(happened.allSatisfy { $0.unseenBlocksFinal == 0 })
        // Those who weren't shown these got them from others.
        #expect(happened.contains { $0.halfSeenBlocksFinal > 0 })
    }

    @Test func leadersProposeWhatIsFinal() throws {
        let happened = try self.run(6, with: .reviver)
        #expect(happened.contains { $0.finalBlocksProposed > 0 })
        let withAll = try self.runWithAll(4, with: .reviver)
        #expect(withAll.contains { $0.claims > 0 })
    }

    @Test func votesOfAllKindsGoToSome() throws {
        let happened = try self.run(6, with: .mixer)
        #expect(happened.contains { $0.mixedViews > 0 })
        #expect(happened.contains { $0.certificatesOfOthers > 0 })
        #expect(happened.contains { $0.resolveVotes > 0 })
    }

    /// Where the votes of all make a block final, more can be lied about.
    @Test func liarsKnowOfVotesOfAll() throws {
        #expect(try self.runWithAll(4, with: .doubleVoter).contains { $0.liarsSupportVotes > 0 })
        #expect(try self.runWithAll(4, with: .mixer).contains { $0.liarsSupportVotes > 0 })
        #expect(try self.runWithAll(4, with: .withholder).contains { $0.withheldViews > 0 })
        #expect(try self.runWithAll(6, with: .equivocatingLeader).contains { $0.blocksAhead > 0 })
    }

    /// Each kind of lie has its seeds, also those whose places others may take.
    @Test func allLiesAreDrawn() {
        let summaries = (UInt64(1)...1_000).map { Simulation(seed: $0).summary }
        for kind in LieKind.allCases {
            #expect(summaries.count { $0.contains("(\(kind.rawValue))") } >= 5, "\(kind.rawValue)")
        }
    }

    /// An older version's votes of a kind that means nothing accuse nobody.
    @Test func resolveVotesAreNoLies() throws {
        let happened = try self.run(8) { $0.rareFaults.resolver != nil }
        #expect(happened.contains { $0.honestResolveVotes > 0 })
    }

    // MARK: Final with all

    private func runWithAll(_ count: Int, with kind: LieKind) throws -> [Happenings] {
        try self.run(count) { $0.isFoundedFinalWithAll && $0.summary.contains("(\(kind.rawValue))") }
    }

    @Test func blocksAreFinalWithAll() throws {
        let happened = try self.run(6, where: \.isFoundedFinalWithAll)
        #expect(happened.contains { $0.finalWithAll > 0 })
    }

    @Test func membersLetGoOfWhatTheyNotarised() throws {
        let happened = try self.runWithAll(10, with: .equivocatingLeader)
        #expect(happened.contains { $0.releases > 0 })
    }

    @Test func membersSupportWhatOthersAreBoundBy() throws {
        let happened = try self.runWithAll(10, with: .silent)
        #expect(happened.contains { $0.supportVotes > 0 })
    }

    @Test func theRuleChanges() throws {
        let happened = try self.run(24) { $0.changes >= 3 }
        #expect(happened.contains { $0.changesToSimplex2 > 0 })
        #expect(happened.contains { $0.changesToSimplex1 > 0 })
    }

    // MARK: Clients

    @Test func idsComeAgainAtTheWindowsEdge() throws {
        let happened = try self.run(6) { $0.rareFaults.edgeWindow != nil }
        #expect(happened.contains { $0.idsAtEdge > 10 })
        // Behind the edge they are written once more.
        #expect(happened.contains { $0.idsWrittenAgain > 0 })
    }

    // MARK: Absences

    /// Members listen to votes of 64 views ahead of them.
    @Test(arguments: [true, false])
    func membersComeBackAfterHundredsOfViews(isPoweredOff: Bool) throws {
        let happened = try self.run(6) { simulation in
            simulation.rareFaults.absence?.isPoweredOff == isPoweredOff && simulation.summary.hasPrefix("bft")
        }
        #expect(
            happened.contains {
                $0.viewsFailed && $0.viewsMissed > 100 && $0.wasPoweredOff == isPoweredOff && $0.hasReturned
            },
            "views missed: \(happened.map(\.viewsMissed))")
    }

    /// Three members under `majority` give no view up without one of them: there blocks come while it is away.
    @Test func membersComeBackToManyBlocks() throws {
        let happened = try self.run(6) { simulation in
            simulation.rareFaults.absence != nil && simulation.summary.hasPrefix("majority")
        }
        #expect(
            happened.contains { !$0.viewsFailed && $0.viewsMissed > 64 && $0.hasReturned },
            "views missed: \(happened.map(\.viewsMissed))")
    }

    @Test func membersGoForGood() throws {
        let happened = try self.run(6) { $0.rareFaults.leaves != nil }
        #expect(happened.contains { $0.goneForGood > 0 })
    }

    // MARK: Clocks

    @Test func clocksAreWrongByMinutes() throws {
        let happened = try self.run(12) { $0.rareFaults.wrongClocks != nil }
        #expect(happened.contains { $0.clocksAhead > 0 })
        #expect(happened.contains { $0.clocksWrong > $0.clocksAhead })
        #expect(happened.contains { $0.clocksWrong > 0 && !$0.wasQuorumWrong })
        #expect(happened.contains { $0.wasQuorumWrong })
        #expect(happened.contains { $0.refusedTimes > 0 })
    }

    @Test func clocksStayWrong() throws {
        let happened = try self.run(8) { $0.rareFaults.wrongClocks?.stays == true }
        #expect(happened.contains { $0.clocksWrongForGood > 0 })
    }

    // MARK: How often

    /// In a thousand seeds, as docs/simulator.md says.
    @Test func raresAreRareAndThere() {
        let faults = (UInt64(1)...2_000).map { Simulation(seed: $0).rareFaults }
        func perMille(_ isThere: (RareFaults) -> Bool) -> Int { faults.count(where: isThere) / 2 }
        #expect((30...50).contains(perMille { $0.absence != nil }))
        #expect((45...75).contains(perMille { $0.leaves != nil }))
        #expect((60...100).contains(perMille { $0.wrongClocks != nil }))
        #expect((100...140).contains(perMille { $0.edgeWindow != nil }))
        #expect((105...145).contains(perMille { $0.resolver != nil }))
    }
}
