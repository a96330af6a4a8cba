import CairnClient
import Foundation
import Testing

/// Files that are written beside the ones whose place they take.
struct NewFileTests {
    private func names(in folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    @Test func whatAKilledProcessLeftIsRemoved() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/checkpoint"
        let storage = FileCheckpointStorage(path: path)
        try storage.store([1])
        // The first two are of a process that is gone; nobody holds them.
        for name in [
            "checkpoint.0123456789abc.new", "checkpoint.3w5e11264sgsf.new", "checkpoint.old.new", "checkpoint.new",
            "checkpoint.9123456789abc.new", "records.0123456789abc.new",
        ] {
            try self.write("x", to: folder.path + "/" + name)
        }
        #expect(try storage.load() == [1])
        #expect(
            try self.names(in: folder) == [
                "checkpoint", "checkpoint.9123456789abc.new", "checkpoint.new", "checkpoint.old.new",
                "records.0123456789abc.new",
            ])
        NewFile.removeLeftovers(in: folder.path, ending: "new")
        #expect(try !self.names(in: folder).contains("records.0123456789abc.new"))
    }

    @Test func oneThatIsBeingWrittenStays() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a"
        let file = NewFile(beside: path, ending: "new")
        #expect(file.descriptor >= 0)
        NewFile.removeLeftovers(beside: path, ending: "new")
        #expect(FileManager.default.fileExists(atPath: file.path))
        close(file.descriptor)
        NewFile.removeLeftovers(beside: path, ending: "new")
        #expect(!FileManager.default.fileExists(atPath: file.path))
    }

    /// `nil`: links are there.
    @Test(arguments: [nil, EPERM, EOPNOTSUPP, EINVAL])
    func itTakesANameThatNobodyHas(code: Int32?) throws {
        let folder = try TemporaryFolder()
        let (new, path) = (folder.path + "/new", folder.path + "/path")
        func place() -> Int32 {
            guard let code else { return NewFile.place(new, at: path) }
            return NewFile.place(new, at: path) { _, _ in
                errno = code
                return -1
            }
        }
        try self.write("whole", to: new)
        #expect(place() == 0)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "whole")
        #expect(try self.names(in: folder) == ["path"])
        try self.write("another", to: new)
        #expect(place() == EEXIST)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "whole")
        #expect(try self.names(in: folder) == ["new", "path"])
    }

    @Test func otherFailuresStayWhatTheyAre() throws {
        let folder = try TemporaryFolder()
        let code = NewFile.place(folder.path + "/new", at: folder.path + "/path") { _, _ in
            errno = EIO
            return -1
        }
        #expect(code == EIO)
        #expect(try self.names(in: folder) == [])
    }
}
