/// When a node signs its next checkpoint: at once when the last one is a second old, else when it is. Decisions only.
package struct CheckpointSchedule {
    /// The least time between two checkpoints.
    static let interval: Duration = .seconds(1)

    package enum Step: Equatable {
        /// There is nothing to sign, or it happens already.
        case nothing
        case sign
        /// Ask again then.
        case wake(after: Duration)
    }

    /// How much longer each further member waits, and how many of them do.
    private static let turn: Duration = .milliseconds(250)
    private static let turnsMax = 8

    private var signedSize: UInt64?
    private var signedAt: Duration?
    /// When it was first seen that there is something to sign.
    private var grownAt: Duration?
    /// The last one waits for witnesses before it is published.
    private var isOpen = false
    private var isTimerSet = false

    package init() {}

    /// - Parameters:
    ///   - size: of the durable ledger.
    ///   - now: time since any fixed moment.
    ///   - place: of this member in the set: so much longer it waits for another one to begin.
    package mutating func next(size: UInt64, now: Duration, place: Int = 0) -> Step {
        // Never a smaller one again, whatever a slow caller saw.
        guard !self.isOpen, self.signedSize.map({ size > $0 }) ?? true else { return .nothing }
        let grownAt = self.grownAt ?? now
        self.grownAt = grownAt
        let due =
            max(grownAt, self.signedAt.map { $0 + Self.interval } ?? grownAt)
            + Self.turn * min(place, Self.turnsMax)
        if due > now {
            guard !self.isTimerSet else { return .nothing }
            self.isTimerSet = true
            return .wake(after: due - now)
        }
        self.sign(size, now)
        return .sign
    }

    /// Another member began with a size: whether this one has to sign it too.
    mutating func adopt(size: UInt64, now: Duration) -> Bool {
        guard self.signedSize.map({ size > $0 }) ?? true else { return false }
        self.sign(size, now)
        return true
    }

    private mutating func sign(_ size: UInt64, _ now: Duration) {
        self.signedSize = size
        self.signedAt = now
        self.grownAt = nil
        self.isOpen = true
    }

    package mutating func timerFired() { self.isTimerSet = false }

    /// The last checkpoint was published.
    package mutating func published() { self.isOpen = false }

    /// Lets witnesses be asked again about what was published last. False when something is on its way anyway.
    package mutating func reopen() -> Bool {
        defer { self.isOpen = true }
        return !self.isOpen
    }
}
