/// The submissions among a ledger's newest records, by id: what makes a repeated one known.
///
/// A submission leaves when `capacity` records follow its last one. When the settings change, another capacity holds from the
/// new epoch's first block on. What the old one has let go by then doesn't come back: `start`. So a chain that was walked
/// through, one that was refilled from its newest blocks and one that began with a snapshot remember the same.
public struct SubmissionWindow: Sendable {
    /// Where the records of a submission are.
    public struct Place: Hashable, Sendable {
        public var firstRecord: RecordNumber
        public var count: Int

        public init(firstRecord: RecordNumber, count: Int) {
            self.firstRecord = firstRecord
            self.count = count
        }
    }

    /// In records.
    public private(set) var capacity: UInt64
    /// Submissions whose records are all before this one have left: `EpochMembers.windowStart`.
    public private(set) var start: RecordNumber
    private var places: [SubmissionID: Place] = [:]
    /// Ids from the oldest; what stands before `oldest` has left.
    private var order: [SubmissionID] = []
    private var oldest = 0

    public init(capacity: UInt64, start: RecordNumber = 0) {
        self.capacity = capacity
        self.start = start
    }

    /// An epoch's, empty.
    public init(of present: EpochMembers) {
        self.init(capacity: present.settings.submissionWindow, start: present.windowStart)
    }

    /// As `submissions` gave it.
    ///
    /// - Parameter submissions: from the oldest, no id twice.
    package init(of present: EpochMembers, submissions: [(SubmissionID, Place)]) {
        self.init(of: present)
        self.order = submissions.map(\.0)
        self.places = Dictionary(submissions) { _, newer in newer }
    }

    public var count: Int { self.places.count }

    /// All that are remembered, from the oldest.
    public var submissions: [(SubmissionID, Place)] {
        self.order[self.oldest...].compactMap { id in self.places[id].map { (id, $0) } }
    }

    public subscript(id: SubmissionID) -> Place? { self.places[id] }

    /// Whether what stands at a place is still remembered when a block begins at this tree size.
    public func isWithin(_ place: Place, at treeSize: TreeSize) -> Bool { !self.isBehind(place, treeSize) }

    /// The first id of a block's list that stands in it twice, or is still in the window when the block comes.
    public func firstRepeated(in list: SubmissionList?, blockFirstRecord: RecordNumber) -> SubmissionID? {
        guard let list else { return nil }
        var seen = Set<SubmissionID>(minimumCapacity: list.items.count)
        for item in list.items {
            guard seen.insert(item.id).inserted else { return item.id }
            if let place = self.places[item.id], !self.isBehind(place, TreeSize(blockFirstRecord.rawValue)) {
                return item.id
            }
        }
        return nil
    }

    /// Adds what a block lists, and lets go what its tree size leaves too far behind. Blocks without a list may be
    /// left out: what they push out goes with the next one.
    ///
    /// - Precondition: `firstRepeated` finds nothing.
    public mutating func insert(_ list: SubmissionList?, blockFirstRecord: RecordNumber, treeSize: TreeSize) {
        self.forget(at: TreeSize(blockFirstRecord.rawValue))
        for item in list?.items ?? [] {
            let place = Place(
                firstRecord: blockFirstRecord + item.offsets.lowerBound, count: item.offsets.count)
            self.places[item.id] = place
            self.order.append(item.id)
        }
        self.forget(at: treeSize)
    }

    /// Lets go what a ledger of this size leaves too far behind.
    mutating func forget(at treeSize: TreeSize) {
        while self.oldest < self.order.count, let place = self.places[self.order[self.oldest]],
            self.isBehind(place, treeSize)
        {
            self.places[self.order[self.oldest]] = nil
            self.oldest += 1
        }
        // Sooner than at half, so that a full window of the default size stays within 2^21 places.
        if self.oldest > 4_096, self.oldest > self.order.count / 4 {
            self.order.removeFirst(self.oldest)
            self.oldest = 0
        }
    }

    /// Goes on with what holds after an epoch's last block.
    ///
    /// - Parameters:
    ///   - next: what holds in the epoch that begins.
    ///   - treeSize: of that block, whose submissions were inserted.
    mutating func begin(_ next: EpochMembers, at treeSize: TreeSize) {
        self.forget(at: treeSize)
        self.capacity = next.settings.submissionWindow
        self.start = next.windowStart
        self.forget(at: treeSize)
    }

    private func isBehind(_ place: Place, _ treeSize: TreeSize) -> Bool {
        place.firstRecord.rawValue + UInt64(place.count) <= self.firstRecord(at: treeSize).rawValue
    }

    /// The first record whose block can still matter to a ledger of this size: where refilling the window begins.
    public func firstRecord(at treeSize: TreeSize) -> RecordNumber {
        max(self.start, RecordNumber(rawValue: treeSize.rawValue - min(self.capacity, treeSize.rawValue)))
    }
}
