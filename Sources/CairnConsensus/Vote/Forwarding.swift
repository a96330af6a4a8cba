internal import CairnLedger

/// Submissions of this member's callers that were sent to one leader only, and not to all.
///
/// While few wait, only the member whose turn comes is told of them: the others would store and check for nothing what comes
/// once more in the proposal. What it leaves out goes on to the next one.
struct Forwarding: Sendable {
    /// With so many waiting records, all members are told at once: sending them to one leader after the other would take
    /// longer, and no less.
    static let recordsMax = 1_024

    /// Each with the view whose leader was told.
    private(set) var sent: [(id: SubmissionID, view: View)] = []
    /// The lowest of those views.
    private var oldest: View = .init(rawValue: .max)

    /// Whether something is to be looked at when the next proposal is a later view's.
    func isDue(_ view: View) -> Bool { self.oldest < view }

    mutating func add(_ id: SubmissionID, view: View) {
        self.sent.append((id, view))
        self.oldest = min(self.oldest, view)
    }

    /// Takes out all of them.
    mutating func takeAll() -> [(id: SubmissionID, view: View)] {
        defer { self = Forwarding() }
        return self.sent
    }
}
