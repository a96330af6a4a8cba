import CairnHash
import CairnLedger
import CairnStore
import Testing

/// Folders whose content appears as a whole: who else is at them, and what must not get lost in them.
struct PartialFolderTests {
    // MARK: The lock

    @Test func whatChangedBeforeTheLockIsSeen() throws {
        let folder = try TemporaryFolder()
        let real = RealDisk(root: folder.path)
        for name in ["partial", "tree"] { try real.createFolder(name) }
        let disk = SharedDisk(real) {
            // The other restoration comes to its end.
            try? real.removeFolder("partial")
            _ = try? KeyFile.readOrCreate(on: real)
            try? real.createFolder("blocks")
        }
        #expect(throws: StoreError.notEmpty(path: "the folder", found: "blocks")) {
            _ = try RestoredFolder.begin(on: disk)
        }
        #expect(try real.list("").filter { $0 != "lock" } == ["blocks", "node.key", "tree"])
    }

    @Test func inAFolderOfSomethingElseNotEvenALockIsMade() throws {
        let disk = MemoryDisk()
        disk.setContents(of: "mine", to: [1])
        let locked = SharedDisk(disk) { Issue.record("it was locked") }
        #expect(throws: StoreError.notEmpty(path: "the folder", found: "mine")) {
            _ = try RestoredFolder.begin(on: locked)
        }
        #expect(disk.paths == ["mine"])
    }

    @Test func howFarABackupReachesIsReadUnderTheLock() throws {
        let chain = try TestChain(message: "")
        let memory = MemoryDisk()
        try LedgerStore.create(on: memory, genesis: chain.genesis)
        let hash = chain.genesis.header.hash
        var note = BackupNote(LedgerHead(header: chain.genesis.header, hash: hash), chain: hash, name: "t")
        try note.write(on: memory)
        note.blocks = 9
        let later = note
        var backup = BackupFolder(on: SharedDisk(memory) { try? later.write(on: memory) })
        do throws(StoreError) {
            let copy = try backup.open(genesis: chain.genesis)
            Issue.record("it goes on behind block \(copy.last.index)")
        } catch {
            guard case .corrupt(let corruption) = error else { throw error }
            #expect(corruption.block == 1 && corruption.reason.contains("9 blocks"), "\(corruption)")
        }
    }

    // MARK: Keys

    private func key() throws -> [UInt8] {
        let disk = MemoryDisk()
        _ = try KeyFile.readOrCreate(on: disk)
        return try #require(disk.contents(of: KeyFile.path))
    }

    @Test(arguments: ["node.key", "partial/node.key"], [false, true])
    func aKeyStaysWhereItIs(path: String, isDamaged: Bool) throws {
        let disk = MemoryDisk()
        let bytes = try isDamaged ? [1, 2, 3] : self.key()
        disk.setContents(of: path, to: bytes)
        disk.setContents(of: "partial/blocks/x", to: [1])
        #expect(throws: StoreError.keyExists(path: path)) { _ = try RestoredFolder.begin(on: disk) }
        #expect(disk.contents(of: path) == bytes)
    }

    /// It never left the folder.
    @Test func aKeyThatARestorationMadeGoesWithIt() throws {
        let made = MemoryDisk()
        _ = try UnusedKey.make(on: made)
        let disk = MemoryDisk()
        for path in made.paths { disk.setContents(of: "partial/" + path, to: try #require(made.contents(of: path))) }
        _ = try RestoredFolder.begin(on: disk)
    }
}

/// A disk on which somebody else is at work until its lock is taken.
private final class SharedDisk: Disk {
    private let disk: any Disk
    private let atLock: @Sendable () -> Void

    init(_ disk: any Disk, atLock: @escaping @Sendable () -> Void) {
        self.disk = disk
        self.atLock = atLock
    }

    func lock(_ path: String) throws(DiskError) -> any DiskLock {
        self.atLock()
        return try self.disk.lock(path)
    }

    func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile { try self.disk.open(path, mode) }
    func list(_ folder: String) throws(DiskError) -> [String] { try self.disk.list(folder) }
    func createFolder(_ path: String) throws(DiskError) { try self.disk.createFolder(path) }
    func remove(_ path: String) throws(DiskError) { try self.disk.remove(path) }
    func removeFolder(_ path: String) throws(DiskError) { try self.disk.removeFolder(path) }
    func rename(_ path: String, to newPath: String) throws(DiskError) { try self.disk.rename(path, to: newPath) }
    func syncFolder(_ path: String) throws(DiskError) { try self.disk.syncFolder(path) }
}
