public import CairnLedger

/// Submissions that wait for a block, oldest first, and how much of them there may be.
public struct Mempool: Sendable {
    /// What may wait at once.
    public struct Capacity: Hashable, Sendable {
        public var records: Int
        /// Bytes of their entries.
        public var bytes: Int

        public init(records: Int, bytes: Int) {
            self.records = records
            self.bytes = bytes
        }
    }

    /// A submission, and the ticket that its answer goes to.
    public struct Waiting: Sendable {
        public var submission: Submission
        public var tickets: [Ticket]
    }

    public let capacity: Capacity
    public private(set) var records = 0
    public private(set) var bytes = 0
    /// Nil where one was taken, so that its records go with their block.
    private var waiting: [Waiting?] = []
    /// What stands before `first` was taken.
    private var first = 0
    /// Places in `waiting` of submissions with an id.
    private var places: [SubmissionID: Int] = [:]

    public init(capacity: Capacity) {
        self.capacity = capacity
    }

    public var isEmpty: Bool { self.first == self.waiting.count }

    /// What came of adding.
    public enum Addition: Hashable, Sendable {
        case added
        /// The same submission waits already; both tickets get its answer.
        case joined
        /// Another submission with the same id waits.
        case idReused
        case full
    }

    public mutating func add(_ submission: Submission, ticket: Ticket) -> Addition {
        if let id = submission.id, let place = self.places[id] {
            guard self.waiting[place]?.submission.leafHashes == submission.leafHashes else { return .idReused }
            self.waiting[place]?.tickets.append(ticket)
            return .joined
        }
        let records = self.records + submission.entries.count
        let bytes = self.bytes + submission.entries.bytes.count
        // The largest submission fits an empty queue, whatever the capacity: otherwise it could never be written.
        guard self.isEmpty || (records <= self.capacity.records && bytes <= self.capacity.bytes) else { return .full }
        if let id = submission.id { self.places[id] = self.waiting.count }
        self.waiting.append(Waiting(submission: submission, tickets: [ticket]))
        self.records = records
        self.bytes = bytes
        return .added
    }

    /// Takes the oldest submissions that fit one block, in order.
    public mutating func takeBlock() -> [Waiting] {
        var taken: [Waiting] = []
        var records = 0
        var bytes = Self.annexBaseBytes
        while self.first < self.waiting.count, let next = self.waiting[self.first] {
            let submission = next.submission
            records += submission.entries.count
            bytes += submission.entries.bytes.count
            if submission.id != nil { bytes += SubmissionList.encodedBytesPerItemMax }
            guard taken.isEmpty || (records <= Limits.blockRecordsMax && bytes <= Limits.blockBytesMax) else { break }
            self.records -= submission.entries.count
            self.bytes -= submission.entries.bytes.count
            if let id = submission.id { self.places[id] = nil }
            taken.append(next)
            self.waiting[self.first] = nil
            self.first += 1
        }
        if self.first == self.waiting.count {
            self.waiting.removeAll(keepingCapacity: true)
            self.first = 0
        } else if self.first >= 1_024 {
            self.waiting.removeFirst(self.first)
            for (id, place) in self.places { self.places[id] = place - self.first }
            self.first = 0
        }
        return taken
    }

    /// What an annex takes beside the submissions it lists.
    private static let annexBaseBytes = 256
}

/// The caller's name for one submission that it handed in.
public struct Ticket: Hashable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}
