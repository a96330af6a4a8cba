import CairnLedger
import CairnStore

/// What a journal may hold, kept by a list of its own beside the one that is tested.
struct JournalModel {
    /// Of what stands in the file: all that was appended to it, and how much of that was synced.
    struct Content {
        var entries: [JournalEntry] = []
        var synced = 0

        func fits(_ found: [JournalEntry]) -> Bool {
            found.count >= self.synced && found == Array(self.entries.prefix(found.count))
        }
    }

    /// Few cells, so that room is made often.
    static let roomBytes: UInt64 = 2_048

    let entries: JournalEntries
    private(set) var isCreated = false
    private(set) var current = Content()
    /// While a trim runs, what it makes.
    private(set) var next: Content?
    /// From the journal's creation on.
    private(set) var appended: UInt64 = 0

    init(_ entries: JournalEntries) {
        self.entries = entries
    }

    var allowed: [Content] { [self.current] + (self.next.map { [$0] } ?? []) }

    // MARK: Doing

    mutating func create(on disk: any Disk) throws(StoreError) -> Journal {
        let journal = try Journal.create(
            on: disk, chain: self.entries.chain, key: self.entries.key.publicKey, roomBytes: Self.roomBytes)
        self.isCreated = true
        return journal
    }

    /// Opens it; an unusable one is an error. From then on the model is what was found.
    mutating func open(on disk: any Disk) throws(StoreError) -> Journal {
        switch try self.reopen(disk) {
        case .usable(let journal, let entries, _):
            self.appended -= UInt64(self.current.entries.count - entries.count)
            self.current = Content(entries: entries, synced: entries.count)
            return journal
        case .unusable(let problem):
            throw .corrupt(Corruption(file: Journal.folder, block: nil, reason: "\(problem)"))
        }
    }

    mutating func append(_ entries: [JournalEntry], to journal: inout Journal) throws(StoreError) {
        for entry in entries {
            try journal.append(entry)
            self.current.entries.append(entry)
            self.appended += 1
        }
    }

    mutating func sync(_ journal: inout Journal) throws(StoreError) {
        let durable = try journal.sync()
        self.current.synced = self.current.entries.count
        if durable.entries != self.appended {
            throw .corrupt(Corruption(file: "", block: nil, reason: "\(durable.entries) entries, not \(self.appended)"))
        }
    }

    mutating func trim(_ journal: inout Journal, keeping entries: [JournalEntry]) throws(StoreError) {
        let next = Content(entries: entries, synced: entries.count)
        self.next = next
        try journal.trim(keeping: entries)
        self.current = next
        self.next = nil
    }

    private func reopen(_ disk: any Disk) throws(StoreError) -> OpenedJournal {
        try Journal.open(
            on: disk, chain: self.entries.chain, key: self.entries.key.publicKey, roomBytes: Self.roomBytes)
    }

    // MARK: Checking

    /// What is wrong with the journal on a disk that a crash left: nothing, when all is as it must be.
    func problems(on disk: any Disk) -> [String] {
        do throws(StoreError) {
            switch try self.reopen(disk) {
            case .unusable(.missing) where !self.isCreated:
                // Then it can be made again.
                var again = self
                _ = try again.create(on: disk)
                return []
            case .unusable(let problem):
                return ["\(problem)"]
            case .usable(var journal, let entries, _):
                guard self.allowed.contains(where: { $0.fits(entries) }) else {
                    return ["\(entries.count) entries were found that don't fit"]
                }
                return try self.problems(goingOnWith: &journal, entries: entries, on: disk)
            }
        } catch {
            return ["\(error)"]
        }
    }

    /// Each time one batch further, so that nothing of a torn one may stand behind it.
    private func problems(
        goingOnWith journal: inout Journal, entries: [JournalEntry], on disk: any Disk
    ) throws(StoreError) -> [String] {
        var entries = entries
        for entry in [self.entries.vote(900), self.entries.block, self.entries.vote(901)] {
            try journal.append(entry)
            _ = try journal.sync()
            entries.append(entry)
            switch try self.reopen(disk) {
            case .unusable(let problem):
                return ["after going on: \(problem)"]
            case .usable(let again, let found, let repairs):
                guard found == entries, repairs.isEmpty else { return ["after going on, the entries differ"] + repairs }
                journal = again
            }
        }
        return []
    }
}
