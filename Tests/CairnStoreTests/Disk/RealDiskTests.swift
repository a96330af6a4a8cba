import CairnLedger
import CairnStore
import Foundation
import Testing

/// The system's files do what the other disks pretend.
@Suite("Real disk")
struct RealDiskTests {
    private let folder: TemporaryFolder
    private let disk: RealDisk

    init() throws {
        self.folder = try TemporaryFolder()
        self.disk = RealDisk(root: self.folder.path + "/data")
        try self.disk.createFolder("")
    }

    @Test("files are written, read, cut and removed")
    func files() throws {
        try self.disk.createFolder("")
        try self.disk.createFolder("sub")
        try self.disk.createFolder("sub")
        #expect(throws: DiskError.self) { try self.disk.open("sub/file", .read) }
        #expect(throws: DiskError.self) { try self.disk.open("sub/file", .write) }
        let file = try self.disk.open("sub/file", .create)
        try file.write(([1, 2, 3] as [UInt8]).span.bytes, at: 4)
        #expect(try file.bytes(at: 0, count: 100) == [0, 0, 0, 0, 1, 2, 3])
        #expect(try file.bytes(at: 5, count: 1) == [2])
        #expect(try file.bytes(at: 7, count: 1) == [])
        #expect(try file.bytes(at: 1 << 40, count: 1) == [])
        try file.truncate(to: 5)
        try file.sync()
        try self.disk.syncFolder("sub")
        #expect(try self.disk.open("sub/file", .write).size() == 5)
        #expect(try self.disk.list("sub") == ["file"])
        #expect(try self.disk.list("nowhere") == [])
        try self.disk.open("sub/other", .create).truncate(to: 2)
        try self.disk.rename("sub/other", to: "sub/file")
        #expect(try self.disk.list("sub") == ["file"])
        #expect(try self.disk.open("sub/file", .read).size() == 2)
        #expect(try file.size() == 5)
        #expect(throws: DiskError.self) { try self.disk.rename("sub/other", to: "sub/file") }
        try self.disk.remove("sub/file")
        #expect(try self.disk.list("sub") == [])
        #expect(throws: DiskError.self) { try self.disk.remove("sub/file") }
    }

    @Test("only the owner can read what is in it")
    func permissions() throws {
        _ = try KeyFile.readOrCreate(on: self.disk)
        let attributes = try FileManager.default.attributesOfItem(atPath: self.disk.root + "/" + KeyFile.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test("reserving leaves the size alone, and cutting gives the room back")
    func reserving() throws {
        let file = try self.disk.open("file", .create)
        try file.write(([1] as [UInt8]).span.bytes, at: 0)
        try file.reserve(upTo: 1 << 20)
        #expect(try file.size() == 1)
        try file.truncate(to: 1)
        #expect(try file.size() == 1)
        try file.reserve(upTo: 0)
    }

    @Test("a ledger that is in use says by whom")
    func locking() throws {
        let chain = try TestChain()
        try LedgerStore.create(on: self.disk, genesis: chain.genesis)
        let opened = try LedgerStore.open(on: self.disk)
        let holder = "process \(ProcessInfo.processInfo.processIdentifier)"
        let expected = StoreError.locked(path: self.disk.root + "/lock", by: holder)
        #expect(throws: expected) { _ = try LedgerStore.open(on: self.disk) }
        #expect(throws: expected) { try LedgerStore.create(on: self.disk, genesis: chain.genesis) }
        var writer = opened.takeWriter()
        try writer.close()
        _ = try LedgerStore.open(on: self.disk)
    }

    @Test("B2: a lock outlives its file")
    func deletedLock() throws {
        let lock = try self.disk.lock("lock")
        for _ in 0..<2 {
            try self.disk.remove("lock")
            #expect(throws: DiskError.self) { try self.disk.lock("lock") }
            #expect(throws: DiskError.self) { try self.disk.lockForReading("lock") }
            _ = try self.disk.open("lock", .create)
        }
        withExtendedLifetime(lock) {}
    }

    @Test("B4: who reads makes no lock, and keeps those out who write")
    func readersLock() throws {
        do {
            let first = try self.disk.lockForReading("lock")
            let second = try self.disk.lockForReading("lock")
            #expect(throws: DiskError.self) { try self.disk.lock("lock") }
            withExtendedLifetime((first, second)) {}
        }
        #expect(try self.disk.list("") == [])
        _ = try self.disk.lock("lock")
    }

    @Test("C11: what is no regular file isn't opened, and says what it is", arguments: [false, true])
    func noFile(isWritten: Bool) throws {
        let path = self.disk.root + "/x"
        let mode = isWritten ? OpenMode.create : .read
        func expect(_ kind: String, _ make: () throws -> Void) throws {
            try make()
            defer { try? FileManager.default.removeItem(atPath: path) }
            let error = #expect(throws: DiskError.self) { try self.disk.open("x", mode) }
            #expect(error?.reason == .notAFile(kind))
            #expect(error?.path == path)
        }
        try expect("a FIFO") { #expect(mkfifo(path, 0o600) == 0) }
        try expect("a device") {
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
        }
        try expect("a folder") {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }
        // Links to files are followed.
        _ = try self.disk.open("file", .create)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: self.disk.root + "/file")
        #expect(try self.disk.open("x", mode).size() == 0)
    }

    @Test("D9: a key that others can read isn't used", arguments: [0o604, 0o640, 0o602, 0o666])
    func openKey(mode: Int) throws {
        _ = try KeyFile.readOrCreate(on: self.disk)
        let path = self.disk.root + "/" + KeyFile.path
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        #expect(throws: StoreError.keyIsOpen(path: path)) { try KeyFile.read(on: self.disk) }
        try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: path)
        _ = try KeyFile.read(on: self.disk)
    }

    @Test("a ledger lives on it as on the others")
    func ledger() throws {
        let chain = try Workload.makeChain()
        var workload = Workload(chain: chain)
        try workload.run(on: self.disk)
        #expect(workload.isDone)
        let report = try LedgerVerifier.verify(
            on: self.disk, options: ValidationOptions(deep: true), using: chain.verifier)
        #expect(report.isValid)
        #expect(report.notes.isEmpty)
        #expect(report.blocks == 12)
        let store = try Workload.open(self.disk).store
        #expect(LedgerCheck(chain: chain).problems(in: store).isEmpty)
        // What was written is what a memory disk would hold.
        let memory = MemoryDisk()
        var twin = Workload(chain: chain)
        try twin.run(on: memory)
        for path in memory.paths {
            let file = try self.disk.open(path, .read)
            #expect(try file.bytes(at: 0, count: 1 << 16) == memory.contents(of: path), "\(path)")
        }
    }
}
