import CairnLedger
import Foundation
import Testing

@testable import CairnStore

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
