internal import CairnLedger

/// What must not leave before something is on the disk.
struct Outbox: Sendable {
    /// Votes, until their journal entries are durable.
    private(set) var votes: [(number: JournalNumber, vote: SignedVote)] = []
    /// Answers, until their blocks are in the log.
    private(set) var answers: [(index: BlockIndex, effect: VoteEffect)] = []
    private(set) var lastNumber: JournalNumber = 0

    mutating func nextNumber() -> JournalNumber {
        self.lastNumber = self.lastNumber.next()
        return self.lastNumber
    }

    mutating func hold(_ vote: SignedVote, until number: JournalNumber) {
        self.votes.append((number, vote))
    }

    mutating func hold(_ effect: VoteEffect, until index: BlockIndex) {
        self.answers.append((index, effect))
    }

    /// Whether a vote waits for its journal entry.
    func holds(_ vote: Vote) -> Bool {
        self.votes.contains { $0.vote.vote(chain: vote.chain) == vote }
    }

    mutating func takeVotes(through number: JournalNumber) -> [SignedVote] {
        let count = self.votes.prefix { $0.number <= number }.count
        defer { self.votes.removeFirst(count) }
        return self.votes.prefix(count).map(\.vote)
    }

    mutating func takeAnswers(through index: BlockIndex) -> [VoteEffect] {
        let count = self.answers.prefix { $0.index <= index }.count
        defer { self.answers.removeFirst(count) }
        return self.answers.prefix(count).map(\.effect)
    }
}
