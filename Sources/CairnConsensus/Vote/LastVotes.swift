internal import CairnHash
internal import CairnLedger

/// The moment in which a notarised block may become final with the votes of all members, before this member begins a second
/// round of votes for it.
///
/// A member that is away costs that moment once; then all are waited for in each second view, each fourth, up to each 64th. These
/// are the same views for everybody, so that all try again together once nobody is away.
struct LastVotes: Sendable {
    struct Wait: Sendable {
        /// The newest notarised view that isn't final, and its block.
        var view: View
        var blockHash: Digest
        /// When this member finalises it.
        var end: Instant
        /// When it would, if no view before it waited.
        var ownEnd: Instant
    }

    private(set) var wait: Wait?
    /// How often in a row it was in vain, up to 6.
    private(set) var failures = 0
    /// The newest view that was waited for in vain.
    private(set) var failedView: View?

    private static let failuresMax = 6
    /// After so many failures somebody is away, and not only late.
    private static let failuresOfAbsence = 3

    /// Whether all are waited for in a view.
    func expectsAll(in view: View) -> Bool { view.rawValue.isMultiple(of: 1 << UInt64(self.failures)) }

    /// Whether somebody seems to be away, so that a view's block won't become final with the votes of all: then nothing is lost with
    /// a vote that doesn't count for that.
    func isInVain(in view: View) -> Bool {
        self.failures >= Self.failuresOfAbsence && !self.expectsAll(in: view)
    }

    /// A view is notarised, and all are waited for.
    mutating func begin(_ view: View, _ blockHash: Digest, until end: Instant) {
        // One view's votes make those before final too; yet the wait doesn't begin anew with each view.
        self.wait = Wait(view: view, blockHash: blockHash, end: min(self.wait?.end ?? end, end), ownEnd: end)
    }

    /// All are not waited for any longer, and the block isn't final.
    mutating func fail() {
        self.failedView = self.wait?.view
        self.wait = nil
        self.failures = min(self.failures + 1, Self.failuresMax)
    }

    /// A block of a view is final, with the votes of all or with a second round.
    mutating func settle(on view: View, isOfAll: Bool) {
        let isWaitedFor = self.wait.map { $0.view <= view } == true
        guard isOfAll else {
            if isWaitedFor { self.fail() }
            return
        }
        if isWaitedFor || self.expectsAll(in: view) && self.failedView.map({ $0 < view }) != false {
            self.failures = 0
        } else {
            // Everybody is there, if later than a second round takes.
            self.failures = min(self.failures, Self.failuresOfAbsence - 1)
        }
        if isWaitedFor { self.wait = nil } else if let ownEnd = self.wait?.ownEnd { self.wait?.end = ownEnd }
    }
}
