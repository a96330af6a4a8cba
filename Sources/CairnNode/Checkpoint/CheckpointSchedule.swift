/// When a node signs its next checkpoint: at once when the last one is a second old, else when it is. Decisions only.
struct CheckpointSchedule {
    /// The least time between two checkpoints.
    static let interval: Duration = .seconds(1)

    enum Step: Equatable {
        /// There is nothing to sign, or it happens already.
        case nothing
        case sign
        /// Ask again then.
        case wake(after: Duration)
    }

    private var signedSize: UInt64?
    private var signedAt: Duration?
    /// The last one waits for witnesses before it is published.
    private var isOpen = false
    private var isTimerSet = false

    /// - Parameters:
    ///   - size: of the durable ledger.
    ///   - now: time since any fixed moment.
    mutating func next(size: UInt64, now: Duration) -> Step {
        // Never a smaller one again, whatever a slow caller saw.
        guard !self.isOpen, self.signedSize.map({ size > $0 }) ?? true else { return .nothing }
        if let signedAt, signedAt + Self.interval > now {
            guard !self.isTimerSet else { return .nothing }
            self.isTimerSet = true
            return .wake(after: signedAt + Self.interval - now)
        }
        self.signedSize = size
        self.signedAt = now
        self.isOpen = true
        return .sign
    }

    mutating func timerFired() { self.isTimerSet = false }

    /// The last checkpoint was published.
    mutating func published() { self.isOpen = false }

    /// Lets witnesses be asked again about what was published last. False when something is on its way anyway.
    mutating func reopen() -> Bool {
        defer { self.isOpen = true }
        return !self.isOpen
    }
}
