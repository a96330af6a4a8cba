internal import CairnConsensus
internal import CairnHash
internal import CairnLedger
internal import CairnStore

/// What a node knows of its votes when it starts.
struct OpenedMemory: Sendable {
    /// Nil where there is none that may be used.
    var journal: JournalKeeper?
    var memory: VoteMemory
    /// Why the node must not vote.
    var lostVote: String?
    /// What had to be put right.
    var repairs: [String] = []

    /// Of a node whose history isn't there: it must not vote, and its journal stays as it is.
    static let withoutHistory = OpenedMemory(
        journal: nil, memory: .lost, lostVote: "it began with a snapshot, and the history before that is not here yet")

    /// Opens the journal of a key.
    ///
    /// - Parameter isAlone: whether the key is the only member's. Everything that it voted for is in the block log then, so
    ///   that a journal may be begun.
    static func open(
        on disk: any Disk, chain: Digest, key: PublicKey, isAlone: Bool, roomBytes: UInt64
    ) throws(StoreError) -> OpenedMemory {
        switch try Journal.open(on: disk, chain: chain, key: key, roomBytes: roomBytes) {
        case .usable(let journal, let entries, let repairs):
            return OpenedMemory(
                journal: JournalKeeper(journal), memory: .journal(entries), lostVote: nil, repairs: repairs)
        case .unusable(.missing) where isAlone:
            let journal = try Journal.create(on: disk, chain: chain, key: key, roomBytes: roomBytes)
            return OpenedMemory(journal: JournalKeeper(journal), memory: .journal([]), lostVote: nil)
        case .unusable(let problem):
            return OpenedMemory(journal: nil, memory: .lost, lostVote: "\(problem)")
        }
    }
}
