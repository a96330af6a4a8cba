import CairnLedger
import CairnStore

/// A life of a journal that touches every kind of change on the disk: making it, single votes, blocks, several entries
/// to a sync, room made ahead, seals, trims, a killed process.
struct JournalLife {
    private(set) var model: JournalModel
    private(set) var isDone = false
    private var view: UInt64 = 0

    init(_ entries: JournalEntries) {
        self.model = JournalModel(entries)
    }

    mutating func run(on disk: any Disk) throws(StoreError) {
        try self.liveFirst(disk)
        try self.liveAfterKill(disk)
        try self.liveAfterStop(disk)
        self.isDone = true
    }

    private mutating func vote() -> JournalEntry {
        self.view += 1
        return self.model.entries.vote(self.view)
    }

    private mutating func liveFirst(_ disk: any Disk) throws(StoreError) {
        var journal = try self.model.create(on: disk)
        try self.sync([self.vote()], &journal)
        try self.sync([self.model.entries.block, self.vote()], &journal)
        for _ in 0..<3 { try self.sync([self.vote()], &journal) }
        try journal.seal()
        try self.sync([self.model.entries.certificate, self.model.entries.equivocation], &journal)
        try self.model.trim(&journal, keeping: [self.vote(), self.model.entries.block])
        try self.sync([self.vote()], &journal)
        // Never synced: the process is killed.
        try self.model.append([self.vote(), self.vote()], to: &journal)
    }

    private mutating func liveAfterKill(_ disk: any Disk) throws(StoreError) {
        var journal = try self.model.open(on: disk)
        try self.sync([self.vote(), self.model.entries.block, self.vote()], &journal)
        try self.model.append([self.vote()], to: &journal)
        try self.model.sync(&journal)
        try self.model.trim(&journal, keeping: [])
        try self.sync([self.model.entries.block], &journal)
        try journal.seal()
    }

    private mutating func liveAfterStop(_ disk: any Disk) throws(StoreError) {
        var journal = try self.model.open(on: disk)
        try self.sync([self.vote()], &journal)
        try self.sync([self.vote()], &journal)
    }

    private mutating func sync(_ entries: [JournalEntry], _ journal: inout Journal) throws(StoreError) {
        try self.model.append(entries, to: &journal)
        try self.model.sync(&journal)
    }
}
