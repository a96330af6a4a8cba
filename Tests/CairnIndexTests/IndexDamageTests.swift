import CairnHash
import CairnIndex
import CairnLedger
import Foundation
import Testing

@Suite("Damaged index")
struct IndexDamageTests {
    private let file = TestFile()

    init() throws {
        let index = try self.file.open()
        try TestFile.add(0..<6, to: index)
        index.close()
    }

    @Test(
        "every changed row is noticed",
        arguments: [
            "UPDATE record SET number = 200 WHERE number = 14",
            "UPDATE record SET prefix = prefix + 1 WHERE number = 4",
            "UPDATE record SET number = -1 WHERE number = 4",
            "UPDATE record SET number = 'text' WHERE number = 4",
            "DELETE FROM record WHERE number = 14",
            "INSERT INTO record VALUES (1, 3)",
            "UPDATE block SET number = 7 WHERE number = 5",
            "UPDATE block SET prefix = 'text' WHERE number = 5",
            "DELETE FROM block WHERE number = 0",
            "UPDATE meta SET blocks = 5",
            "UPDATE meta SET blocks = 'text'",
            "UPDATE meta SET records = x'00'",
            "UPDATE meta SET records = 14",
            "UPDATE meta SET chain = x''",
            "PRAGMA user_version = 3",
            "DELETE FROM meta",
        ])
    func rows(sql: String) throws {
        #expect(self.file.check() == .good)
        try self.file.change(sql)
        guard case .damaged = self.file.check() else {
            Issue.record("\(self.file.check())")
            return
        }
    }

    @Test(
        "what can't be an index is made anew",
        arguments: [
            "DELETE FROM meta", "DROP TABLE meta", "UPDATE meta SET chain = x''", "UPDATE meta SET blocks = -1",
            "PRAGMA user_version = 1", "PRAGMA user_version = 3",
        ])
    func schema(sql: String) throws {
        try self.file.change(sql)
        let index = try self.file.open()
        #expect(index.rebuildReason != nil)
        try TestFile.add(0..<6, to: index)
        index.close()
        #expect(self.file.check() == .good)
    }

    @Test("A1: so is one of 0.1.0, of which only the last block's row is right")
    func firstRelease() throws {
        try self.file.change("UPDATE record SET prefix = 0; UPDATE block SET prefix = 0 WHERE number < 5")
        try self.file.change("PRAGMA user_version = 1")
        let index = try self.file.open()
        #expect(index.rebuildReason != nil)
        try TestFile.add(0..<6, to: index)
        index.close()
        #expect(self.file.check() == .good)
    }

    @Test("so is a garbled or empty file, with any log beside it")
    func files() throws {
        for bytes in [Data(), Data("not a database at all, not even a little bit of it".utf8), Data(count: 20_000)] {
            try bytes.write(to: URL(fileURLWithPath: self.file.path))
            try Data("neither is this".utf8).write(to: URL(fileURLWithPath: self.file.path + "-wal"))
            let index = try self.file.open()
            #expect(index.rebuildReason != nil)
            try TestFile.add(0..<6, to: index)
            index.close()
            #expect(self.file.check() == .good)
        }
    }

    @Test("no turned bit traps, and none that changes an answer goes unnoticed")
    func flips() throws {
        let good = try Data(contentsOf: URL(fileURLWithPath: self.file.path))
        var place = 3
        var noticed = 0
        while place < good.count {
            var bytes = good
            bytes[place] ^= 1 << UInt8(place % 8)
            let copy = TestFile()
            try bytes.write(to: URL(fileURLWithPath: copy.path))
            if try self.isNoticed(copy) { noticed += 1 }
            place += 307
        }
        #expect(noticed > 3)
    }

    private func isNoticed(_ file: TestFile) throws -> Bool {
        let finding = file.check()
        let index: LedgerIndex
        do {
            index = try file.open()
        } catch is IndexError {
            return true
        }
        defer { index.close() }
        if index.rebuildReason != nil { return true }
        for number in 0..<15 {
            let number = RecordNumber(number)
            let found = try? index.records(withLeafHash: TestFile.leafHash(of: number), from: number, limit: 1)
            if finding == .good { #expect(found == [number]) }
        }
        return finding != .good
    }
}
