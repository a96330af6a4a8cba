public import CairnLedger

/// What opening a journal comes to.
public enum OpenedJournal: ~Copyable, Sendable {
    /// All that was synced since the last trim, in order, and what that trim kept; all of it is durable.
    ///
    /// Whole batches that were written and not synced when the process ended are in it as well. `repairs` says what was
    /// put right, a sentence each: nothing after a clean end.
    case usable(Journal, entries: [JournalEntry], repairs: [String])
    case unusable(JournalProblem)
}
