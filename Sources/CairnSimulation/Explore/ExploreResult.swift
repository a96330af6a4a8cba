/// Where an exploration ends even if there is more.
package struct ExploreBounds: Sendable {
    package var states: Int
    package var seconds: Double
    /// Of all members' own states, which take most of the memory: about 5 KB each.
    package var memberStates: Int

    package init(states: Int = 100_000_000, seconds: Double = .infinity, memberStates: Int = 1_200_000) {
        self.states = states
        self.seconds = seconds
        self.memberStates = memberStates
    }
}

/// How far an exploration has come.
struct ExploreProgress {
    var isComplete = false
    /// States of which all steps were taken.
    var expanded = 0
    var transitions = 0
    var depth = 0
    var fairRuns = 0
    var seconds = 0.0
    /// The state from which a fair run began that is going on, or went wrong, and what happened before it.
    var violating: (state: Int, crash: String?)?
}

/// What an exploration found.
package struct ExploreResult: Sendable {
    package let name: String
    /// Whether there is no state within the scenario's bounds that was not gone through.
    package let isComplete: Bool
    package let violation: Violation?
    package internal(set) var states = 0
    package let expanded: Int
    package let transitions: Int
    /// In steps from the beginning.
    package let depth: Int
    package internal(set) var memberStates = 0
    /// How often a machine ran.
    package internal(set) var machineRuns = 0
    package internal(set) var packets = 0
    /// Different states in what was said and shown.
    package internal(set) var checks = 0
    package let fairRuns: Int
    package let fairRunEach: Int
    /// The most packets that were taken, and mattered, before the last event of one step.
    package internal(set) var quietUsed = 0
    /// That step.
    package internal(set) var longest: [String] = []
    package let seconds: Double
    /// The shortest way to the violation.
    package internal(set) var trace: [String] = []

    init(scenario: ExploreScenario, progress: ExploreProgress, violation: Violation?) {
        self.name = scenario.name
        self.isComplete = progress.isComplete
        self.violation = violation
        self.expanded = progress.expanded
        self.transitions = progress.transitions
        self.depth = progress.depth
        self.fairRuns = progress.fairRuns
        self.fairRunEach = scenario.fairRunEach
        self.seconds = progress.seconds
    }

    package var summary: String {
        let end =
            if self.violation != nil {
                "VIOLATION"
            } else if self.isComplete {
                "complete"
            } else {
                "stopped at \(self.states) states, \(self.expanded) gone through, depth \(self.depth)"
            }
        return "\(self.name): \(end): \(self.states) states, \(self.transitions) transitions, deepest \(self.depth); "
            + "\(self.memberStates) states of members, \(self.machineRuns) runs of a machine, \(self.packets) packets, "
            + "\(self.checks) different in what was said, up to \(self.quietUsed) packets before the last event of a step; "
            + "\(self.fairRuns) fair runs, from each state whose number is a multiple of \(self.fairRunEach); "
            + "\(Int(self.seconds.rounded())) s"
    }
}
