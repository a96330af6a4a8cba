import ArgumentParser
import CairnHash
import CairnSimulation
import Glibc

@main
struct CairnSim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cairn-sim",
        abstract: "Runs whole simulated clusters, each from one seed, and checks all that they do.",
        discussion: """
            A seed stands for a cluster of 1 to 13 nodes, its clients, and all that goes wrong there; the same seed is \
            always the same. docs/simulator.md says what is simulated and what is checked.

            When something is wrong, the seed and the command to see it again are printed, and the exit status is 1.

            Examples:
              cairn-sim --count 2000
              cairn-sim --seed 42 --trace
              cairn-sim --planted all
              cairn-sim --explore a
            """)

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Option(help: "How many seeds, one after the other.")
    var count: UInt64 = 1

    @Option(help: "How many seeds to run at once; each runs in one thread.")
    var threads = 2

    @Flag(help: "Print a line for each seed.")
    var verbose = false

    @Flag(help: "Print everything that happens.")
    var trace = false

    @Option(help: "Plant a bug that has to be noticed: its name, or 'all'. Exits with 1 when one isn't.")
    var planted: String?

    @Flag(help: "Go on when something is wrong.")
    var keepGoing = false

    @Option(help: "Go through all orders of events of a scenario, of all whose names begin so, or of 'all'.")
    var explore: String?

    @Option(help: "With --explore: stop at so many states.")
    var states = 100_000_000

    @Option(help: "With --explore: stop each scenario after so many minutes.")
    var minutes: Double?

    @Option(help: "With --explore: a planted bug.")
    var plant: String?

    func validate() throws {
        if let explore { _ = try ExploreRuns.scenarios(named: explore) }
        guard self.count > 0 else { throw ValidationError("--count must be at least 1") }
        guard self.threads > 0 else { throw ValidationError("--threads must be at least 1") }
        guard !self.seed.addingReportingOverflow(self.count).overflow else {
            throw ValidationError("there are no seeds over \(UInt64.max)")
        }
        if self.planted != "all" { try Self.checkBug(named: self.planted) }
        try Self.checkBug(named: self.plant)
    }

    private static func checkBug(named name: String?) throws {
        guard let name, PlantedBug(rawValue: name) == nil else { return }
        let names = PlantedBug.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("there is no planted bug \"\(name)\"; there are: \(names)")
    }

    func run() async throws {
        RunningSeeds.watch()
        if let explore {
            let bounds = ExploreBounds(states: self.states, seconds: self.minutes.map { $0 * 60 } ?? .infinity)
            let bug = self.plant.flatMap(PlantedBug.init(rawValue:))
            try ExploreRuns(scenarios: ExploreRuns.scenarios(named: explore), bounds: bounds, bug: bug).run()
        } else if let planted {
            try await self.plant(PlantedBug.allCases.filter { planted == "all" || planted == $0.rawValue })
        } else {
            try await self.runSeeds()
        }
    }

    // MARK: Seeds

    private static let progressStep = 5_000

    private func runSeeds() async throws {
        let clock = ContinuousClock()
        let began = clock.now
        let batch = SeedBatch(first: self.seed, count: self.count, threads: self.trace ? 1 : self.threads)
        var totals = Totals()
        let write: (@Sendable (String) -> Void)? = self.trace ? { @Sendable line in print(line) } : nil
        await batch.run(stopAtViolation: !self.keepGoing) { seed in
            Simulation(seed: seed).run(trace: write)
        } each: { result in
            totals.add(result)
            if self.verbose || self.count == 1 { self.show(result) }
            if let violation = result.violation { self.complain(of: violation, seed: result.seed) }
            if totals.seeds.isMultiple(of: Self.progressStep), self.count > UInt64(Self.progressStep) {
                print("\(totals.seeds) of \(self.count) seeds, \(totals.violations) violations")
                // Long runs are read while they last.
                fflush(nil)
            }
        }
        let seconds = Double((clock.now - began) / .seconds(1))
        print(totals.summary(seconds: seconds))
        if totals.violations > 0 { throw ExitCode.failure }
    }

    private func show(_ result: Simulation.Result) {
        print("seed \(result.seed): \(Simulation(seed: result.seed).summary)")
        print("seed \(result.seed): \(result.summary)")
    }

    private func complain(of violation: Violation, seed: UInt64) {
        print("seed \(seed): VIOLATION of \(violation)")
        print("seed \(seed): see it again with: cairn-sim --seed \(seed) --trace")
        fflush(nil)
    }

    // MARK: Planted bugs

    /// Runs seeds with a planted bug until one notices, or the scenario that has to notice it.
    private func plant(_ bugs: [PlantedBug]) async throws {
        var missed = 0
        for bug in bugs where bug.scenario == nil {
            if !Self.report(await self.noticingSeed(bug), of: bug) { missed += 1 }
        }
        try Self.explore(bugs.filter { $0.scenario != nil }, missed: missed)
    }

    private static func explore(_ bugs: [PlantedBug], missed: Int) throws {
        var missed = missed
        for bug in bugs where try !Self.report(ExploreRuns.notice(bug), of: bug) { missed += 1 }
        if missed > 0 { throw ExitCode.failure }
    }

    /// - Returns: whether the bug was noticed.
    private static func report(_ notice: String?, of bug: PlantedBug) -> Bool {
        print("\(bug.rawValue): \(notice ?? "NOT NOTICED")")
        fflush(nil)
        return notice != nil
    }

    /// Which seed notices a bug, nil when none does.
    private func noticingSeed(_ bug: PlantedBug) async -> String? {
        let batch = SeedBatch(first: self.seed, count: max(self.count, PlantedBug.seedsMax), threads: self.threads)
        var noticed: Simulation.Result?
        var seeds = 0
        await batch.run(stopAtViolation: true) { seed in
            Simulation(seed: seed, bug: bug).run()
        } each: { result in
            seeds += 1
            if noticed == nil, result.violation != nil { noticed = result }
        }
        guard let noticed, let violation = noticed.violation else { return nil }
        return "noticed with seed \(noticed.seed) after \(seeds) seeds: \(violation)"
    }
}
