internal import CairnConsensus
internal import CairnLedger
internal import CairnLock
internal import CairnPeers
internal import CairnStore

/// Where any thread leaves what the deciding one has to deal with, beside submissions.
final class Mailbox: Sendable {
    enum Mail: Sendable {
        case message(NodeMessage, from: PublicKey, ReceiveCredit)
        /// What a stranger sent, checked elsewhere.
        case checked(CheckedMessage, from: PublicKey)
        case catchUp(CatchUpEvent)
        case change(MemberChange, @Sendable (Result<BlockReference, ChangeError>) -> Void)
        /// The disk's work is done, or what became of it.
        case journaled(Result<JournalNumber, StoreError>, written: Int)
        case journalTrimmed(StoreError?)
        case appended(Result<BlockIndex, StoreError>, written: Int)
        /// The disk failed in the background.
        case failed(StoreError)
        case linked(PublicKey)
        case unlinked(PublicKey)
        /// A node got the final blocks that were read for it.
        case served(PublicKey)
        /// What a node said was found to be a lie by somebody else.
        case lied(PublicKey, String)
        /// For the history of a ledger that began with a snapshot.
        case history(CatchUpEvent)
        case historyGrew(Result<ChainTip, HistoryKeeper.Failure>)
        case historyCopied(Result<Void, HistoryKeeper.Failure>)
        /// Whether a full disk has room again.
        case room(Bool)
        case timeReached
    }

    private struct State {
        var mail: [Mail] = []
        /// Whether the deciding thread will look, or looks, and doesn't need to be told.
        var isAwake = false
        var hasNews = false
        var isClosed = false
    }

    package enum Addition {
        /// The deciding thread has to be woken.
        case first
        case added
        /// Nobody will look any more.
        case closed
    }

    private let state = Lock(State())

    func post(_ mail: Mail) -> Addition {
        self.state.withLock { state in
            if state.isClosed { return .closed }
            state.mail.append(mail)
            return Self.wake(&state) ? .first : .added
        }
    }

    /// Something is to be looked at that doesn't lie here.
    ///
    /// - Returns: whether the deciding thread has to be woken.
    func wake() -> Bool {
        self.state.withLock { $0.isClosed ? false : Self.wake(&$0) }
    }

    /// Takes nothing more.
    ///
    /// - Returns: what nobody looked at.
    func close() -> [Mail] {
        self.state.withLock { $0.isClosed = true }
        return self.takeAll()
    }

    private static func wake(_ state: inout State) -> Bool {
        state.hasNews = true
        defer { state.isAwake = true }
        return !state.isAwake
    }

    func takeAll() -> [Mail] {
        self.state.withLock { state in
            state.hasNews = false
            var mail: [Mail] = []
            swap(&mail, &state.mail)
            return mail
        }
    }

    /// Goes to sleep; false when something came since the last look.
    func sleep() -> Bool {
        self.state.withLock { state in
            if state.hasNews { return false }
            state.isAwake = false
            return true
        }
    }
}
