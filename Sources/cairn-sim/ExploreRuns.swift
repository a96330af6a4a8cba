import ArgumentParser
import CairnSimulation
import Glibc

/// Explorations, one after the other.
struct ExploreRuns {
    let scenarios: [ExploreScenario]
    let bounds: ExploreBounds
    let bug: PlantedBug?

    /// - Parameter name: a scenario's, or how some begin, or 'all'.
    static func scenarios(named name: String) throws -> [ExploreScenario] {
        let known = ExploreScenario.all + [.small]
        if name == "all" { return ExploreScenario.all }
        if let exact = known.first(where: { $0.name == name }) { return [exact] }
        let found = known.filter { $0.name.hasPrefix(name) }
        guard !found.isEmpty else {
            let names = known.map(\.name).joined(separator: ", ")
            throw ValidationError("there is no scenario \"\(name)\"; there are: \(names)")
        }
        return found
    }

    /// How the scenario that has to notice a planted bug does, nil when it doesn't.
    static func notice(_ bug: PlantedBug) throws -> String? {
        guard let name = bug.scenario, let scenario = try Self.scenarios(named: name).first else { return nil }
        let bounds = ExploreBounds(states: 100_000_000, seconds: .infinity)
        let result = try Exploration(scenario, bug: bug).run(bounds, seconds: { 0 })
        return result.violation.map { "noticed by --explore \(name): \($0)" }
    }

    /// - Throws: an exit status of 1 when something is wrong.
    func run() throws {
        let clock = ContinuousClock()
        let began = clock.now
        var violations = 0
        for scenario in self.scenarios {
            print("\(scenario.name): \(scenario.summary)")
            fflush(nil)
            let exploration: Exploration
            do throws(Violation) {
                exploration = try Exploration(scenario, bug: self.bug)
            } catch {
                throw ValidationError("\(error)")
            }
            let seconds = { (clock.now - began) / .seconds(1) }
            let result = exploration.run(self.bounds, seconds: seconds) { line in
                _ = Array("\(line)\n".utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            }
            print(result.summary)
            for line in result.longest { print("  longest step: \(line)") }
            if let violation = result.violation {
                violations += 1
                print("\(result.name): VIOLATION of \(violation)")
                for line in result.trace { print("  \(line)") }
            }
            fflush(nil)
        }
        if violations > 0 { throw ExitCode.failure }
    }
}
