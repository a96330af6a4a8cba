import CairnHash
import CairnSimulation

/// What many seeds come to.
struct Totals {
    private(set) var seeds = 0
    private var events = 0
    private var records = 0
    private var blocks = 0
    private var crashes = 0
    private var caughtUp = (blocks: 0, seeds: 0)
    private var changes = 0
    private var finalWithAll = (blocks: 0, seeds: 0)
    private var supportVotes = 0
    private var releases = 0
    private var digest = Digest(hashing: [])
    private(set) var violations = 0

    /// By rising seed, so that the digest of all is always the same.
    mutating func add(_ result: Simulation.Result) {
        self.seeds += 1
        self.events += result.events
        self.records += result.records
        self.blocks += result.blocks
        self.crashes += result.crashes
        self.caughtUp.blocks += result.caughtUp
        self.caughtUp.seeds += result.caughtUp > 0 ? 1 : 0
        self.changes += max(result.epochs - 1, 0)
        self.finalWithAll.blocks += result.happened.finalWithAll
        self.finalWithAll.seeds += result.happened.finalWithAll > 0 ? 1 : 0
        self.supportVotes += result.happened.supportVotes
        self.releases += result.happened.releases
        self.digest = Digest(hashing: self.digest.bytes + result.digest.bytes)
        if result.violation != nil { self.violations += 1 }
    }

    func summary(seconds: Double) -> String {
        let rate = seconds > 0 ? Int(Double(self.seeds) / seconds) : 0
        return "\(self.seeds) seeds, \(self.violations) violations: \(self.events) events, \(self.records) records in "
            + "\(self.blocks) blocks, \(self.crashes) crashes, \(self.changes) changes of members, "
            + "\(self.caughtUp.blocks) blocks by bulk catch-up in \(self.caughtUp.seeds) seeds, "
            + "\(self.finalWithAll.blocks) final with all in \(self.finalWithAll.seeds) seeds, \(self.supportVotes) "
            + "votes of support and \(self.releases) releases; "
            + "\(Int(seconds.rounded())) s, \(rate) seeds/s; digest \(self.digest.description.prefix(16))"
    }
}
