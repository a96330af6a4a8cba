internal import CairnLedger

/// A linked node, as far as it is asked for blocks.
package struct CatchUpNode: Sendable {
    enum Asked: Hashable, Sendable {
        case headers(from: BlockIndex)
        case blocks(ClosedRange<BlockIndex>)
    }

    /// What it was asked for and hasn't answered.
    struct Debt: Sendable {
        var asked: Asked
        /// What its answer may take in memory.
        var reservedBytes: Int
        /// When it was asked, or when it answered what it had been asked before: answers come one after the other, and the
        /// time of one must not count for the next. What it was asked later doesn't matter: it might answer that alone.
        var since: Instant
    }

    /// What it says that it has.
    var claimed: BlockIndex = 0
    /// Oldest first.
    private(set) var debts: [Debt] = []
    /// What was asked for elsewhere in the end, and may still come from here.
    private(set) var late: [Asked] = []
    private(set) var pace: AnswerPace
    /// Until then it is left alone.
    private(set) var restUntil: Instant?
    private var restPause: Duration
    /// How often its headers were of little use.
    var headerStrikes = 0
    /// What it is asked for at once, in bytes: little at first, and as much as it gives in good time.
    private(set) var rangeBytes: Int
    /// Whether it gave a block.
    private(set) var gaveBlocks = false

    private static let rangeBytesMin = 64 << 10

    init(_ configuration: CatchUpConfiguration) {
        self.pace = AnswerPace(configuration)
        self.restPause = configuration.restMin
        self.rangeBytes = min(4 * Self.rangeBytesMin, configuration.rangeBytes)
    }

    var owedRanges: [ClosedRange<BlockIndex>] { self.debts.compactMap(\.range) }
    var owesHeaders: Bool { self.debts.contains { $0.range == nil } }
    var reservedBytes: Int { self.debts.reduce(0) { $0 + $1.reservedBytes } }
    var isResting: Bool { self.restUntil != nil }

    /// When it will have been waited for long enough.
    var deadline: Instant? {
        guard let oldest = self.debts.lazy.map(\.since).min() else { return nil }
        return oldest + self.pace.timeout
    }

    /// Whether its rest or the patience with it is over.
    func isDue(_ now: Instant) -> Bool {
        self.restUntil.map { $0 <= now } ?? false || self.deadline.map { $0 <= now } ?? false
    }

    /// Whether it was asked for just this.
    func wasAsked(_ asked: Asked) -> Bool {
        self.debts.contains { $0.asked.begins(like: asked) } || self.late.contains { $0.begins(like: asked) }
    }

    // MARK: Events

    mutating func ask(_ asked: Asked, reserving bytes: Int, now: Instant) {
        self.debts.append(Debt(asked: asked, reservedBytes: bytes, since: now))
    }

    /// An answer came.
    ///
    /// - Returns: what it answers, nil when that wasn't asked for; and whether it is late.
    mutating func answered(
        _ answer: Asked, now: Instant, _ configuration: CatchUpConfiguration
    ) -> (asked: Asked, isLate: Bool)? {
        guard let place = self.debts.firstIndex(where: { $0.asked.begins(like: answer) }) else {
            guard let place = self.late.firstIndex(where: { $0.begins(like: answer) }) else { return nil }
            return (self.late.remove(at: place), true)
        }
        let debt = self.debts.remove(at: place)
        for later in place..<self.debts.count { self.debts[later].since = now }
        let taken = now.since(debt.since)
        self.pace.answered(after: taken)
        if taken < .milliseconds(500) {
            self.rangeBytes = min(2 * self.rangeBytes, configuration.rangeBytes)
        } else if taken > .seconds(2) {
            self.rangeBytes = max(self.rangeBytes / 2, min(Self.rangeBytesMin, configuration.rangeBytes))
        }
        return (debt.asked, false)
    }

    mutating func wasUseful(gaveBlocks: Bool, _ configuration: CatchUpConfiguration) {
        self.restPause = configuration.restMin
        self.gaveBlocks = self.gaveBlocks || gaveBlocks
    }

    /// It didn't give what it was asked for: it is left alone for a while.
    mutating func rest(now: Instant, _ configuration: CatchUpConfiguration) {
        self.restUntil = now + self.restPause
        self.restPause = min(self.restPause * 2, configuration.restMax)
    }

    /// It owes nothing any more; what it was asked for may still come.
    ///
    /// - Returns: the blocks that are wanted elsewhere now.
    mutating func forgive() -> [ClosedRange<BlockIndex>] {
        self.late = self.debts.map(\.asked)
        let ranges = self.owedRanges
        self.debts = []
        return ranges
    }

    mutating func wasTooSlow() { self.pace.expired() }

    mutating func wake(now: Instant) {
        if let restUntil, restUntil <= now { self.restUntil = nil }
    }
}

extension CatchUpNode.Debt {
    var range: ClosedRange<BlockIndex>? {
        if case .blocks(let range) = self.asked { range } else { nil }
    }
}

extension CatchUpNode.Asked {
    /// An answer may be shorter than what was asked for.
    fileprivate func begins(like other: CatchUpNode.Asked) -> Bool {
        switch (self, other) {
        case (.headers(let first), .headers(let otherFirst)): first == otherFirst
        case (.blocks(let range), .blocks(let otherRange)): range.lowerBound == otherRange.lowerBound
        default: false
        }
    }
}
