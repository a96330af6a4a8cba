internal import CairnLedger

/// How long to wait for a view's leader.
///
/// The time follows what views lately took (as TCP's retransmission timer does, RFC 6298: mean and deviation), doubles
/// with each view that failed, and never leaves its limits. A leader whose last turns passed without a word from it gets
/// no time at all, until a vote of it shows up.
struct Pacemaker: Sendable {
    private let min: UInt64
    private let max: UInt64
    /// Of a successful view's nanoseconds, nil before the first one.
    private(set) var mean: UInt64?
    private(set) var deviation: UInt64 = 0
    /// Views that failed in a row.
    private(set) var failures = 0
    /// Turns in a row in which nothing was heard of a member, by its place.
    private(set) var silentTurns: [Int]

    private static let silentTurnsMax = 2

    init(_ configuration: VoteConfiguration, members: Int) {
        self.min = configuration.viewTimeoutMin.wholeNanoseconds
        self.max = configuration.viewTimeoutMax.wholeNanoseconds
        self.silentTurns = Array(repeating: 0, count: members)
    }

    /// How long a view led by this member may take.
    func timeout(leader: Int) -> Duration {
        guard self.silentTurns[leader] < Self.silentTurnsMax else { return .zero }
        let usual = self.mean.map { 2 * $0 + 4 * self.deviation } ?? 0
        let base = Swift.min(Swift.max(usual, self.min), self.max)
        let factor = UInt64(1) << UInt64(Swift.min(self.failures, 16))
        let (product, overflow) = base.multipliedReportingOverflow(by: factor)
        return .nanoseconds(Int64(clamping: overflow ? self.max : Swift.min(product, self.max)))
    }

    /// How long a notarised block may take to become final before it is proposed again. The votes it takes have one way
    /// to go, where a view has two.
    ///
    /// - Parameter views: how many views there were since a block became final. With each the time doubles: when the votes
    ///   don't come, more views in less time would not bring them. It stays far below any time-out: a proposal that comes when
    ///   the others give the view up is none.
    func patience(views: UInt64) -> Duration {
        let usual = Swift.min(Swift.max((self.mean ?? self.min) / 2, self.min / 64), self.min / 4)
        return .nanoseconds(Int64(clamping: Swift.min(usual << Swift.min(views, 16), self.min / 4)))
    }

    /// After how long in a view those of whom nothing was heard may lack something: soon, yet not in each view of members that
    /// are far from one another.
    var overdue: Duration {
        .nanoseconds(Int64(clamping: Swift.max(2 * (self.mean ?? 0), self.min / 16)))
    }

    /// How long the last votes for a notarised block may take. Longer than that block waits to be proposed again, since who waits in
    /// vain doesn't soon wait again; far below any time-out, whatever views took.
    var lastVotesTime: Duration {
        .nanoseconds(Int64(clamping: Swift.min(Swift.max((self.mean ?? 0) &* 2, self.min / 16), self.min / 4)))
    }

    mutating func heard(_ member: Int) {
        self.silentTurns[member] = 0
    }

    /// A member says that it is there, without a vote: its next turn is waited for, once.
    mutating func mayBeBack(_ member: Int) {
        self.silentTurns[member] = Swift.min(self.silentTurns[member], Self.silentTurnsMax - 1)
    }

    mutating func viewSucceeded(after time: Duration) {
        self.failures = 0
        let sample = time.wholeNanoseconds
        guard let mean else {
            self.mean = sample
            self.deviation = sample / 2
            return
        }
        let difference = sample > mean ? sample - mean : mean - sample
        self.deviation = (3 * self.deviation + difference) / 4
        self.mean = (7 * mean + sample) / 8
    }

    mutating func viewFailed(leader: Int, wasHeard: Bool) {
        // A leader that is known to be away says nothing about how long the others take.
        if self.silentTurns[leader] < Self.silentTurnsMax { self.failures += 1 }
        if !wasHeard { self.silentTurns[leader] += 1 }
    }

    /// A block became final: whatever was wrong is over.
    mutating func blockFinished() {
        self.failures = 0
    }
}
