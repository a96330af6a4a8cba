import CairnIndex
import Foundation
import Testing

/// What is said of an index that isn't damaged and can't be used as it is, and of what only looks like one.
struct IndexPlaceTests {
    private let file = TestFile()

    @Test("D6: an index that is behind is told from one that is wrong")
    func behind() throws {
        let index = try self.file.open()
        try TestFile.add(0..<4, to: index)
        index.close()
        #expect(self.file.check() == .behind(blocks: 4))
        #expect(self.file.check(blocks: 4) == .good)
        guard case .damaged(let problem) = self.file.check(blocks: 3) else {
            Issue.record("an index that is ahead of its ledger was not noticed")
            return
        }
        #expect(problem == "it has come to block 3, and the ledger has only 3 blocks")
    }

    @Test("D6: one that a copy tore from its log is not looked at, and not changed")
    func torn() throws {
        let index = try self.file.open()
        try TestFile.add(0..<6, to: index)
        index.close()
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: self.file.path)))
        (bytes[18], bytes[19]) = (2, 2)
        try Data(bytes).write(to: URL(filePath: self.file.path))
        #expect(self.file.check() == .inUse)
        #expect(!FileManager.default.fileExists(atPath: self.file.path + "-shm"))
    }

    @Test("C11: what is no file is neither waited for nor removed")
    func noFile() throws {
        #expect(mkfifo(self.file.path, 0o600) == 0)
        guard case .unreadable = self.file.check() else {
            Issue.record("a FIFO was taken for an index")
            return
        }
        #expect(throws: IndexError.self) { try self.file.open() }
        #expect(FileManager.default.fileExists(atPath: self.file.path))
    }

    @Test("D9: a path that looks like a URI is a path")
    func uri() throws {
        let name = "file:cairn-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: name, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: name) }
        let path = name + "/index.sqlite?mode=memory"
        let index = try LedgerIndex(path: path, chain: TestFile.chain) { _ in nil }
        try TestFile.add(0..<2, to: index)
        index.close()
        #expect(FileManager.default.fileExists(atPath: path))
        let again = try LedgerIndex(path: path, chain: TestFile.chain) { TestFile.hash(ofBlock: $0) }
        #expect(again.rebuildReason == nil)
        again.close()
    }
}
