import CairnLedger
import CairnStore
import TestSupport
import Testing

/// The disk fills up at every place that it can fill up at.
@Suite("Full disk under the journal")
struct JournalSpaceTests {
    private let entries: JournalEntries

    init() throws {
        self.entries = try JournalEntries()
    }

    /// Tries something again after room was made, which has to happen at most once. Returns whether it was.
    private func withRoom(
        _ disk: FaultyDisk, _ body: () throws(StoreError) -> Void
    ) throws(StoreError) -> Bool {
        do throws(StoreError) {
            try body()
            return false
        } catch {
            guard case .noSpace = error else { throw error }
            disk.setPlan(FaultyDisk.Plan())
            try body()
            return true
        }
    }

    @Test("what did not fit leaves no trace, and the journal goes on")
    func everyAmount() throws {
        var refusals = 0
        for space in stride(from: 0, to: 16_000, by: 128) {
            let memory = MemoryDisk()
            let disk = FaultyDisk(memory, plan: FaultyDisk.Plan(spaceBytes: space))
            var model = JournalModel(self.entries)
            var made: Journal?
            if try self.withRoom(disk, { () throws(StoreError) in made = try model.create(on: disk) }) { refusals += 1 }
            guard var journal = made.take() else { continue }
            for view in 0..<4 as Range<UInt64> {
                for entry in [self.entries.vote(view), self.entries.block] {
                    let wasRefused = try self.withRoom(disk) { () throws(StoreError) in
                        do throws(StoreError) {
                            try model.append([entry], to: &journal)
                        } catch {
                            // What was appended before can be made durable still.
                            try model.sync(&journal)
                            throw error
                        }
                    }
                    if wasRefused { refusals += 1 }
                }
                try model.sync(&journal)
            }
            if try self.withRoom(
                disk,
                { () throws(StoreError) in try model.trim(&journal, keeping: [self.entries.block])
                })
            {
                refusals += 1
                #expect(memory.paths == [JournalFile.path(generation: 2)])
            }
            try model.append([self.entries.vote(9)], to: &journal)
            try model.sync(&journal)
            let problems = model.problems(on: memory.copy())
            #expect(problems.isEmpty, "\(space) bytes")
        }
        #expect(refusals > 60)
        #expect(refusals < 125)
    }

    @Test("a refused trim leaves the old file, also when the machine then loses its power")
    func refusedTrim() throws {
        for space in stride(from: 0, to: 4_096, by: 256) {
            let memory = MemoryDisk()
            let disk = FaultyDisk(memory)
            var model = JournalModel(self.entries)
            var journal = try model.create(on: disk)
            try model.append([self.entries.vote(1), self.entries.vote(2)], to: &journal)
            try model.sync(&journal)
            disk.setPlan(FaultyDisk.Plan(spaceBytes: space))
            let kept = Array(repeating: self.entries.block, count: 4)
            #expect(throws: StoreError.self) { try journal.trim(keeping: kept) }
            try model.append([self.entries.vote(3)], to: &journal)
            try model.sync(&journal)
            for seed in 0..<8 as Range<UInt64> {
                var generator = SplitMix64(seed: seed)
                #expect(model.problems(on: memory.afterCrash(using: &generator)).isEmpty, "\(space) bytes")
            }
        }
    }

    @Test("where room can't be made ahead, a sync says that the disk is full, and can be done again")
    func lateRefusal() throws {
        // A file system takes whole pages of a write before it finds no room.
        for written in stride(from: 0, to: 2_048, by: 512) {
            for crash in 0..<4 {
                let memory = MemoryDisk()
                let faulty = FaultyDisk(memory)
                let disk = FillingDisk(faulty)
                var model = JournalModel(self.entries)
                var journal = try model.create(on: disk)
                try model.append([self.entries.vote(1)], to: &journal)
                try model.sync(&journal)
                // Room is made for it, so the first thing that is written is the header.
                try model.append([self.entries.block], to: &journal)
                disk.refuse(after: written)
                let refusal = StoreError.noSpace(file: JournalFile.path(generation: 1))
                #expect(throws: refusal) { _ = try journal.sync() }
                let isPartOfBatchWritten = written >= JournalHeader.byteCount
                if isPartOfBatchWritten { #expect(throws: refusal) { try journal.append(self.entries.vote(2)) } }
                faulty.setPlan(FaultyDisk.Plan(changesUntilCrash: crash))
                try? model.sync(&journal)
                for seed in 0..<8 as Range<UInt64> {
                    var generator = SplitMix64(seed: seed)
                    let problems = model.problems(on: memory.afterCrash(using: &generator))
                    #expect(problems.isEmpty, "\(written) bytes, crash at change \(crash)")
                }
            }
        }
    }

    @Test("and then it goes on")
    func afterLateRefusal() throws {
        let memory = MemoryDisk()
        let disk = FillingDisk(memory)
        var model = JournalModel(self.entries)
        var journal = try model.create(on: disk)
        try model.append([self.entries.block], to: &journal)
        disk.refuse(after: 1_024)
        #expect(throws: StoreError.self) { _ = try journal.sync() }
        try model.sync(&journal)
        try model.append([self.entries.vote(2)], to: &journal)
        try model.sync(&journal)
        #expect(model.problems(on: memory.copy()).isEmpty)
    }
}
