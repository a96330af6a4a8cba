import CairnHash
import CairnLedger
import CairnStore
import Testing

/// A journal that something else than a crash has changed is never used.
@Suite("Damaged journals")
struct JournalDamageTests {
    private let entries: JournalEntries
    private let disk = MemoryDisk()
    private let path: String
    private let bytes: [UInt8]

    /// A block and two votes in three batches, the last of which is known by nothing but itself.
    init() throws {
        self.entries = try JournalEntries()
        var model = JournalModel(self.entries)
        var journal = try model.create(on: self.disk)
        for batch in [[self.entries.vote(1)], [self.entries.block, self.entries.vote(2)], [self.entries.vote(3)]] {
            for entry in batch { try journal.append(entry) }
            _ = try journal.sync()
        }
        self.path = "journal/0000000000000001.log"
        self.bytes = try #require(self.disk.contents(of: self.path))
    }

    private enum Outcome: Equatable {
        case entries([JournalEntry])
        case unusable(JournalProblem)
    }

    private func open(
        _ disk: MemoryDisk, chain: Digest? = nil, key: PublicKey? = nil
    ) throws(StoreError) -> Outcome {
        let opened = try Journal.open(
            on: disk, chain: chain ?? self.entries.chain, key: key ?? self.entries.key.publicKey,
            roomBytes: JournalModel.roomBytes)
        switch opened {
        case .usable(_, let entries, _): return .entries(entries)
        case .unusable(let problem): return .unusable(problem)
        }
    }

    /// That it isn't used, and not changed either. Returns what was wrong with that.
    private func problems(_ disk: MemoryDisk) throws -> [String] {
        let before = disk.paths.map { disk.contents(of: $0) }
        guard case .unusable = try self.open(disk) else { return ["it was used"] }
        return disk.paths.map { disk.contents(of: $0) } == before ? [] : ["it was changed"]
    }

    @Test("without damage it is used")
    func whole() throws {
        let all = [self.entries.vote(1), self.entries.block, self.entries.vote(2), self.entries.vote(3)]
        #expect(try self.open(self.disk.copy()) == .entries(all))
        #expect(try self.problems(self.disk.copy()) == ["it was used"])
    }

    /// Its checksum fits, and what is counted from it would be no number.
    @Test("a header that counts more than there can be", arguments: [.max, .max / 2 + 1] as [UInt64])
    func counts(entriesBefore: UInt64) throws {
        let disk = MemoryDisk()
        let header = JournalHeader(
            chain: self.entries.chain, key: self.entries.key.publicKey, generation: 1, entriesBefore: entriesBefore,
            keptEntries: 0, durableBatches: 0, fileByteCount: UInt64(JournalHeader.byteCount))
        let content = Array(self.bytes[JournalHeader.byteCount...])
        disk.setContents(of: self.path, to: header.encoded() + content)
        #expect(try self.problems(disk).isEmpty)
    }

    @Test("every bit, those of the last batch among them", arguments: 0..<4)
    func bits(part: Int) throws {
        // The header, five cells, and room for two more.
        #expect(self.bytes.count == 4_096)
        for byte in stride(from: part, to: self.bytes.count, by: 4) {
            for bit in 0..<8 {
                let disk = self.disk.copy()
                disk.flipBit(in: self.path, at: UInt64(byte * 8 + bit))
                let problems = try self.problems(disk)
                #expect(problems.isEmpty, "byte \(byte), bit \(bit)")
            }
        }
    }

    @Test("every length")
    func lengths() throws {
        for size in 0..<self.bytes.count {
            let disk = MemoryDisk()
            disk.setContents(of: self.path, to: Array(self.bytes[0..<size]))
            let problems = try self.problems(disk)
            #expect(problems.isEmpty, "cut to \(size)")
        }
    }

    @Test("a lost sector is damage before a durable mark: of a later batch, of a seal, of an opening")
    func lostSectors() throws {
        let cell = JournalBatch.cellByteCount
        let used = (self.bytes.lastIndex { $0 != 0 } ?? 0) / cell
        for sealed in [false, true] {
            let disk = self.disk.copy()
            if sealed { _ = try self.open(disk) }
            let bytes = try #require(disk.contents(of: self.path))
            for place in 0...used {
                var lost = bytes
                lost.replaceSubrange(place * cell..<(place + 1) * cell, with: repeatElement(0, count: cell))
                disk.setContents(of: self.path, to: lost)
                if place == used, !sealed {
                    // The one thing that can't be told from a sync that did not come to its end.
                    let rest = [self.entries.vote(1), self.entries.block, self.entries.vote(2)]
                    #expect(try self.open(disk) == .entries(rest))
                } else {
                    #expect(try self.problems(disk).isEmpty, "cell \(place), sealed: \(sealed)")
                }
            }
        }
    }

    @Test("cells in another order, twice or from another file")
    func misplacedCells() throws {
        let cell = JournalBatch.cellByteCount
        let used = (self.bytes.lastIndex { $0 != 0 } ?? 0) / cell
        for from in 0...used {
            for to in 0...used + 1 where to != from {
                var bytes = self.bytes
                bytes.replaceSubrange(to * cell..<(to + 1) * cell, with: self.bytes[from * cell..<(from + 1) * cell])
                let disk = MemoryDisk()
                disk.setContents(of: self.path, to: bytes)
                #expect(try self.problems(disk).isEmpty, "cell \(from) at \(to)")
            }
        }
        var other = JournalModel(self.entries)
        let twin = MemoryDisk()
        var journal = try other.create(on: twin)
        try journal.trim(keeping: [self.entries.vote(1)])
        let stray = try #require(twin.contents(of: "journal/0000000000000002.log"))[cell..<2 * cell]
        var bytes = self.bytes
        bytes.replaceSubrange(cell..<2 * cell, with: stray)
        twin.setContents(of: self.path, to: bytes)
        try twin.remove("journal/0000000000000002.log")
        #expect(try self.problems(twin).isEmpty)
    }

    @Test("another chain, another key, another name, another version")
    func others() throws {
        let chain = Digest(hashing: [1])
        #expect(try self.open(self.disk, chain: chain) == .unusable(.otherChain(self.entries.chain)))
        let key = PrivateKey().publicKey
        #expect(try self.open(self.disk, key: key) == .unusable(.otherKey(self.entries.key.publicKey)))

        let renamed = MemoryDisk()
        renamed.setContents(of: "journal/000000000000000a.log", to: self.bytes)
        let problem = JournalProblem.otherGeneration(file: "journal/000000000000000a.log", found: 1)
        #expect(try self.open(renamed) == .unusable(problem))
        #expect(problem.description.contains("renamed"))

        for name in ["journal/1.log", "journal/000000000000000A.log", "journal/x"] {
            let strange = self.disk.copy()
            strange.setContents(of: name, to: [])
            #expect(try self.problems(strange).isEmpty, "\(name)")
        }
    }

    @Test("none, or some of several")
    func files() throws {
        #expect(try self.open(MemoryDisk()) == .unusable(.missing))
        for others in [[3], [2, 3]] as [[UInt64]] {
            let disk = self.disk.copy()
            for other in others { disk.setContents(of: JournalFile.path(generation: other), to: []) }
            #expect(try self.problems(disk).isEmpty)
        }
        // A file that was begun by a trim, and one whose header is damaged.
        let disk = self.disk.copy()
        disk.setContents(of: JournalFile.path(generation: 2), to: [1])
        #expect(try self.problems(disk).isEmpty)
        disk.setContents(of: JournalFile.path(generation: 2), to: Array(repeating: 0, count: 1_024))
        guard case .entries = try self.open(disk) else {
            Issue.record("the older file was not used")
            return
        }
        #expect(disk.paths == [self.path])
    }

    @Test("a journal is never replaced")
    func replacing() throws {
        let damaged = MemoryDisk()
        damaged.setContents(of: self.path, to: Array(repeating: 0, count: 700) + [1])
        for disk in [self.disk, damaged] {
            let before = disk.contents(of: self.path)
            var model = JournalModel(self.entries)
            #expect(throws: StoreError.journalExists(path: self.path)) { _ = try model.create(on: disk) }
            #expect(disk.contents(of: self.path) == before)
        }
    }
}
