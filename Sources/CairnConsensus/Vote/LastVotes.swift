internal import CairnHash
internal import CairnLedger

/// The moment in which a notarised block may become final with the votes of all members, before this member begins a second
/// round of votes for it.
///
/// A member that is away costs that moment once; then nobody waits for twice, four times, up to 64 times as many views.
struct LastVotes: Sendable {
    struct Wait: Sendable {
        /// The newest notarised view that isn't final, and its block.
        var view: View
        var blockHash: Digest
        /// When this member finalises it.
        var end: Instant
    }

    private(set) var wait: Wait?
    /// How often in a row it was in vain, up to 6.
    private(set) var failures = 0
    /// So many views are not waited in.
    private(set) var viewsLeft = 0

    private static let failuresMax = 6

    /// A view is notarised.
    ///
    /// - Returns: whether it is waited for. If not, it is finalised at once.
    mutating func begin(_ view: View, _ blockHash: Digest, until end: Instant) -> Bool {
        guard self.viewsLeft == 0 else {
            self.viewsLeft -= 1
            return false
        }
        // One view's votes make those before final too; yet the wait doesn't begin anew with each view.
        self.wait = Wait(view: view, blockHash: blockHash, end: min(self.wait?.end ?? end, end))
        return true
    }

    /// The wait is over, and the block isn't final.
    mutating func fail() {
        self.wait = nil
        self.failures = min(self.failures + 1, Self.failuresMax)
        self.viewsLeft = 1 << self.failures
    }

    /// A view was final with the votes of all while it was waited for.
    mutating func succeed() {
        self.failures = 0
    }

    /// A block of a view is final, whichever way.
    mutating func settle(on view: View) {
        if let wait, wait.view <= view { self.wait = nil }
    }
}
