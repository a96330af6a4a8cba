public import CairnLedger

/// What an auditor found when it looked at all nodes once.
public struct AuditRound: Hashable, Sendable {
    /// What one node showed.
    public enum Outcome: Hashable, Sendable {
        /// A checkpoint of the one history that is known.
        case consistent(Checkpoint)
        /// One that is smaller than what is known, and nobody was there to prove that it is its beginning.
        case behind(Checkpoint)
        /// One that nobody proved to be of the known history. Nobody proved the contrary either.
        case unproven(Checkpoint, LedgerClientError)
        /// One that is not signed as it should be, or is none.
        case notTrusted(LedgerClientError)
        /// No answer, or no checkpoint in it.
        case failed(LedgerClientError)
        /// One that contradicts another.
        case contradicts(Checkpoint)
    }

    public struct Node: Hashable, Sendable {
        public var url: NodeURL
        public var outcome: Outcome
    }

    /// In the order of the addresses.
    public var nodes: [Node]
    /// The largest checkpoint of the one history; nil when none was ever seen.
    public var latest: SignedCheckpoint?
    /// The log signed two histories.
    public var fork: ForkEvidence?
}
