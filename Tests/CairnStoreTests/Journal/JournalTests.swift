import CairnLedger
import CairnStore
import Testing

@Suite("Journal")
struct JournalTests {
    private let entries: JournalEntries
    private let disk = MemoryDisk()

    init() throws {
        self.entries = try JournalEntries()
    }

    private func open(
        _ disk: any Disk, roomBytes: UInt64 = Journal.roomBytes
    ) throws -> (entries: [JournalEntry], repairs: [String], durable: UInt64, byteCount: UInt64) {
        let opened = try Journal.open(
            on: disk, chain: self.entries.chain, key: self.entries.key.publicKey, roomBytes: roomBytes)
        switch consume opened {
        case .usable(var journal, let entries, let repairs):
            return (entries, repairs, try journal.sync().entries, journal.byteCount)
        case .unusable(let problem):
            throw problem
        }
    }

    @Test("a life without accidents, on memory and on the system's files")
    func life() throws {
        let folder = try TemporaryFolder()
        for disk in [self.disk, RealDisk(root: folder.path)] as [any Disk] {
            var life = JournalLife(self.entries)
            try life.run(on: disk)
            #expect(life.isDone)
            #expect(life.model.problems(on: disk).isEmpty)
        }
    }

    @Test("entries are counted from the beginning, through trims and openings")
    func counting() throws {
        var model = JournalModel(self.entries)
        var journal = try model.create(on: self.disk)
        #expect(try journal.sync().entries == 0)
        for view in 0..<5 as Range<UInt64> { try journal.append(self.entries.vote(view)) }
        #expect(try journal.sync().entries == 5)
        try journal.trim(keeping: [self.entries.vote(4), self.entries.certificate])
        #expect(try journal.sync().entries == 5)
        try journal.append(self.entries.block)
        #expect(try journal.sync().entries == 6)
        let opened = try self.open(self.disk)
        #expect(opened.durable == 6)
        #expect(opened.entries == [self.entries.vote(4), self.entries.certificate, self.entries.block])
        #expect(opened.repairs.isEmpty)
    }

    @Test("a batch is one write and one sync, whatever is in it")
    func changes() throws {
        let faulty = FaultyDisk(self.disk)
        var journal = try Journal.create(
            on: faulty, chain: self.entries.chain, key: self.entries.key.publicKey, roomBytes: 1 << 16)
        for batch in [[self.entries.vote(1)], [self.entries.block, self.entries.vote(2)], []] {
            let before = faulty.changes
            for entry in batch { try journal.append(entry) }
            #expect(faulty.changes == before)
            _ = try journal.sync()
            #expect(faulty.changes == before + (batch.isEmpty ? 0 : 2))
        }
        // A seal is another, and only when there is something to seal.
        let before = faulty.changes
        try journal.seal()
        try journal.seal()
        #expect(faulty.changes == before + 2)
    }

    @Test("opening writes the last batch once more, unless it is sealed: its sync may have failed")
    func openingChanges() throws {
        var model = JournalModel(self.entries)
        var journal = try model.create(on: self.disk)
        try model.append([self.entries.block], to: &journal)
        try model.sync(&journal)
        // The batch, a sync, the header, a sync; then without the batch.
        for changes in [4, 3] {
            let faulty = FaultyDisk(self.disk)
            #expect(try self.open(faulty).entries == [self.entries.block])
            #expect(faulty.changes == changes)
        }
    }

    @Test("what isn't synced is lost with the process")
    func unsynced() throws {
        var model = JournalModel(self.entries)
        var journal = try model.create(on: self.disk)
        try journal.append(self.entries.vote(1))
        #expect(try self.open(self.disk).entries.isEmpty)
        #expect(journal.byteCount == 1_024)
    }

    @Test("a trim makes it small again")
    func byteCount() throws {
        var model = JournalModel(self.entries)
        var journal = try model.create(on: self.disk)
        #expect(journal.byteCount == 512)
        for view in 0..<20 as Range<UInt64> {
            try journal.append(self.entries.vote(view))
            _ = try journal.sync()
        }
        #expect(journal.byteCount == 21 * 512)
        #expect(try self.open(self.disk).byteCount == 21 * 512)
        try journal.trim(keeping: [self.entries.vote(19)])
        #expect(journal.byteCount == 2 * 512)
        #expect(self.disk.paths == ["journal/0000000000000002.log"])
        #expect(self.disk.contents(of: self.disk.paths[0])?.count == Int(JournalModel.roomBytes))
    }

    @Test("a batch that is larger than the room made ahead, and than one read")
    func large() throws {
        var entries = Entries()
        let record = try Record(json: "\"" + String(repeating: "x", count: 60_000) + "\"")
        for _ in 0..<6 { entries.append(record) }
        guard case .block(let small) = self.entries.block else { return }
        let block = JournalEntry.block(Block(header: small.header, annexBytes: [], entries: entries))
        let room: UInt64 = 1 << 18
        var journal = try Journal.create(
            on: self.disk, chain: self.entries.chain, key: self.entries.key.publicKey, roomBytes: room)
        for _ in 0..<3 { try journal.append(block) }
        _ = try journal.sync()
        try journal.append(self.entries.vote(1))
        _ = try journal.sync()
        #expect(self.disk.contents(of: self.disk.paths[0])?.count == 5 * Int(room))
        #expect(try self.open(self.disk).entries == [block, block, block, self.entries.vote(1)])
    }

    @Test("every length of a batch's content, around the ends of cells")
    func lengths() throws {
        for count in 1...12 {
            let disk = MemoryDisk()
            var model = JournalModel(self.entries)
            var journal = try model.create(on: disk)
            // 54 and 235 bytes an entry.
            let batch = (0..<count).map { $0 % 3 == 0 ? self.entries.equivocation : self.entries.vote(UInt64($0)) }
            try model.append(batch, to: &journal)
            try model.sync(&journal)
            #expect(try self.open(disk).entries == batch)
        }
        for size in 0...2 * JournalBatch.partByteCount {
            let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 % 255 + 1) }
            let cells = JournalBatch.cells(content: content, number: 1, seed: 9)
            #expect(cells.count == JournalBatch.byteCount(contentByteCount: size))
            for start in stride(from: 0, to: cells.count, by: 512) {
                let cell = JournalBatch.cell(cells.span.bytes.extracting(start..<start + 512), seed: 9)
                #expect(cell == .good(batch: 1, following: UInt32((cells.count - start) / 512 - 1)))
            }
        }
    }
}
