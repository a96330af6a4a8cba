public import CairnLedger

/// Submissions that wait to become final, and how much of them there may be.
///
/// Sources (clients of this node, and other nodes for theirs) take turns when a block is filled, so that one who hands in
/// much doesn't keep the others waiting; room is shared as `FairShare` says.
public struct Mempool: Sendable {
    /// Who left a submission here.
    public enum Source: Hashable, Sendable {
        case client(ClientID)
        /// Another node, for its clients.
        case node(PublicKey)
    }

    /// A submission, and the tickets that its answer goes to.
    public struct Waiting: Sendable {
        /// Its place in the order of arrival.
        public let number: UInt64
        public let submission: Submission
        /// Empty when another node answers.
        public fileprivate(set) var tickets: [Ticket]
        let source: Source
    }

    /// Callers that may wait for one submission: each is a connection held open.
    static let ticketsMax = 64

    private var room: FairShare<Source>
    private(set) var waiting: [UInt64: Waiting] = [:]
    private var nextNumber: UInt64 = 0
    /// Of all submissions that ever waited here.
    private(set) var recordsTaken: UInt64 = 0
    private var numbers: [SubmissionID: UInt64] = [:]
    private(set) var queues: [Source: Queue] = [:]
    /// Sources with something in their queues, by turn.
    private(set) var turns: [Source] = []

    /// What one source has waiting.
    struct Queue: Sendable {
        /// Rising. Those that are gone from `waiting` are passed over, and cleared away when they are many.
        var numbers: [UInt64] = []
        /// Of those that aren't gone.
        var count = 0

        mutating func append(_ number: UInt64) {
            self.numbers.append(number)
            self.count += 1
        }
    }

    public init(capacity: QueueCapacity) {
        self.room = FairShare(capacity)
    }

    public var records: Int { self.room.records }
    /// Of their entries.
    public var bytes: Int { self.room.bytes }
    public var isEmpty: Bool { self.waiting.isEmpty }

    public func contains(_ id: SubmissionID) -> Bool { self.numbers[id] != nil }

    package subscript(id: SubmissionID) -> Waiting? { self.numbers[id].flatMap { self.waiting[$0] } }

    // MARK: Adding and removing

    /// What came of adding.
    public enum Addition: Hashable, Sendable {
        case added
        /// The same submission waits already; all its tickets get its answer.
        case joined
        /// Another submission with the same id waits.
        case idReused
        case full
    }

    public mutating func add(_ submission: Submission, from source: Source, ticket: Ticket?) -> Addition {
        if let id = submission.id, let number = self.numbers[id], let known = self.waiting[number] {
            guard known.submission.leafHashes == submission.leafHashes else { return .idReused }
            guard let ticket else { return .joined }
            guard known.tickets.count < Self.ticketsMax else { return .full }
            self.waiting[number]?.tickets.append(ticket)
            return .joined
        }
        guard
            self.room.take(
                records: submission.entries.count, bytes: submission.entries.bytes.count, for: source)
        else { return .full }
        let number = self.nextNumber
        self.nextNumber += 1
        self.recordsTaken += UInt64(submission.entries.count)
        if let id = submission.id { self.numbers[id] = number }
        self.waiting[number] = Waiting(
            number: number, submission: submission, tickets: ticket.map { [$0] } ?? [], source: source)
        if self.queues[source] == nil { self.turns.append(source) }
        self.queues[source, default: Queue()].append(number)
        return .added
    }

    /// Removes the submission with an id, nil when there is none.
    @discardableResult
    public mutating func remove(_ id: SubmissionID) -> Waiting? {
        self.numbers[id].flatMap { self.remove(number: $0) }
    }

    @discardableResult
    public mutating func remove(number: UInt64) -> Waiting? {
        guard let removed = self.waiting.removeValue(forKey: number) else { return nil }
        let submission = removed.submission
        if let id = submission.id { self.numbers[id] = nil }
        self.room.giveBack(
            records: submission.entries.count, bytes: submission.entries.bytes.count, for: removed.source)
        guard var queue = self.queues.removeValue(forKey: removed.source) else {
            preconditionFailure("what waits stands in a queue")
        }
        queue.count -= 1
        guard queue.count > 0 else {
            self.turns.removeAll { $0 == removed.source }
            return removed
        }
        if queue.numbers.count > 2 * queue.count + 64 { queue.numbers.removeAll { self.waiting[$0] == nil } }
        self.queues[removed.source] = queue
        return removed
    }

    // MARK: Filling a block

    /// Submissions for one block, sources taking turns, each source's oldest first. They stay until they are removed.
    ///
    /// - Parameters:
    ///   - bytes: what else the block holds.
    ///   - isLeftOut: whether an id stands in the chain already that the block goes on.
    public func selectBlock(
        beside bytes: Int = 0, leavingOut isLeftOut: (SubmissionID) -> Bool = { _ in false }
    ) -> [Waiting] {
        var cursors = self.turns.map { (numbers: self.queues[$0]?.numbers ?? [], next: 0) }
        var selected: [Waiting] = []
        var room = BlockRoom(beside: bytes)
        var turn = 0
        while !cursors.isEmpty {
            turn %= cursors.count
            guard let waiting = self.next(of: &cursors[turn], leavingOut: isLeftOut) else {
                cursors.remove(at: turn)
                continue
            }
            guard room.take(waiting.submission) else { break }
            selected.append(waiting)
            turn += 1
        }
        return selected
    }

    private func next(
        of cursor: inout (numbers: [UInt64], next: Int), leavingOut isLeftOut: (SubmissionID) -> Bool
    ) -> Waiting? {
        while cursor.next < cursor.numbers.count {
            let waiting = self.waiting[cursor.numbers[cursor.next]]
            cursor.next += 1
            if let waiting, waiting.submission.id.map(isLeftOut) != true { return waiting }
        }
        return nil
    }

    /// Lets the source that was first in the last block be last in the next.
    public mutating func rotate() {
        if self.turns.count > 1 { self.turns.append(self.turns.removeFirst()) }
    }

    /// Everything that callers of this node wait for, oldest first.
    public var own: [Waiting] {
        self.waiting.values.filter { !$0.tickets.isEmpty }.sorted { $0.number < $1.number }
    }

    /// Gives an id to each submission without one.
    public mutating func nameAll(_ makeID: () -> SubmissionID) {
        for number in self.waiting.keys.sorted() {
            guard let old = self.waiting[number], old.submission.id == nil else { continue }
            let id = makeID()
            self.waiting[number] = Waiting(
                number: number, submission: old.submission.named(id), tickets: old.tickets, source: old.source)
            self.numbers[id] = number
        }
    }
}

/// What is left of a block while it is filled.
private struct BlockRoom {
    /// What an annex takes beside the submissions it lists.
    private static let annexBaseBytes = 256

    private let isEmptyBeside: Bool
    private var records = 0
    private var bytes: Int

    init(beside bytes: Int) {
        self.isEmptyBeside = bytes == 0
        self.bytes = Self.annexBaseBytes + bytes
    }

    /// Whether the submission fits; the first one in an empty block always does.
    mutating func take(_ submission: Submission) -> Bool {
        let isFirst = self.records == 0 && self.isEmptyBeside
        self.records += submission.entries.count
        self.bytes += submission.entries.bytes.count
        if submission.id != nil { self.bytes += SubmissionList.encodedBytesPerItemMax }
        return isFirst || (self.records <= Limits.blockRecordsMax && self.bytes <= Limits.blockBytesMax)
    }
}

/// The caller's name for one submission that it handed in.
public struct Ticket: Hashable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}
