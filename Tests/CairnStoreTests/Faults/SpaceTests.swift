import CairnLedger
import CairnStore
import TestSupport
import Testing

/// The disk fills up at every place that it can fill up at.
@Suite("Full disk")
struct SpaceTests {
    private let chain: TestChain
    /// Behind the first opening.
    private let begun: MemoryDisk
    private static let blocks = 11

    init() throws {
        self.chain = try Workload.makeChain()
        self.begun = MemoryDisk()
        try LedgerStore.create(on: self.begun, genesis: self.chain.genesis)
        var writer = try Self.open(self.begun).takeWriter()
        try writer.close()
    }

    private static func open(_ disk: any Disk) throws(StoreError) -> OpenedLedger {
        try Workload.open(disk)
    }

    private var check: LedgerCheck { LedgerCheck(chain: self.chain) }

    /// Appends up to `Self.blocks`, each synced; gives room when there is none. Returns how often that was.
    private func fill(_ writer: inout LedgerWriter, from first: Int, _ disk: FaultyDisk) throws(StoreError) -> Int {
        var refusals = 0
        var next = first
        while next < Self.blocks {
            let final = self.chain.blocks[next]
            do throws(StoreError) {
                try writer.append(final, leafHashes: final.block.entries.leafHashes())
                next += 1
                if final.certificate != nil { _ = try writer.sync() }
            } catch {
                guard case .noSpace = error, refusals == 0 else { throw error }
                refusals += 1
                // What was there before is there still.
                let before = self.chain.blocks[next - 1]
                if before.certificate != nil || next == 1 {
                    #expect(try writer.sync().head.header.index == before.block.index)
                }
                disk.setPlan(FaultyDisk.Plan())
            }
        }
        return refusals
    }

    @Test("the same writer goes on when there is room again", arguments: 0..<4)
    func sameWriter(part: Int) throws {
        var refusals = 0
        for space in stride(from: part * 20, to: 11_200, by: 80) {
            let memory = self.begun.copy()
            let disk = FaultyDisk(memory, plan: FaultyDisk.Plan(spaceBytes: space))
            let opened = try Self.open(disk)
            let store = opened.store
            var writer = opened.takeWriter()
            refusals += try self.fill(&writer, from: 1, disk)
            try writer.close()
            let problems =
                self.check.problems(in: store)
                + self.check.verificationProblems(on: memory, blocks: 11...11, isClosed: true)
            #expect(problems.isEmpty, "\(space) bytes")
            #expect(try Self.open(memory).repairs.isEmpty)
        }
        #expect(refusals > 50)
        #expect(refusals < 11_200 / 80)
    }

    @Test("a crash on a full disk loses nothing")
    func crash() throws {
        for space in stride(from: 0, to: 7_000, by: 90) {
            let memory = self.begun.copy()
            let disk = FaultyDisk(memory, plan: FaultyDisk.Plan(spaceBytes: space))
            var progress = Workload.Progress(isFounded: true, acknowledged: 1, begun: 1)
            self.appendUntilFull(disk, &progress)
            var generator = SplitMix64(seed: UInt64(space))
            for _ in 0..<3 {
                let left = memory.afterCrash(using: &generator)
                let problems = CrashCheck(chain: self.chain, progress: progress).problems(on: left)
                #expect(problems.isEmpty, "\(space) bytes")
            }
        }
    }

    private func appendUntilFull(_ disk: any Disk, _ progress: inout Workload.Progress) {
        guard var writer = (try? Self.open(disk))?.takeWriter() else { return }
        while progress.begun < Self.blocks {
            let final = self.chain.blocks[progress.begun]
            do throws(StoreError) {
                try writer.append(final, leafHashes: final.block.entries.leafHashes())
                progress.begun += 1
                guard final.certificate != nil else { continue }
                progress.acknowledged = Int(try writer.sync().head.header.index.rawValue) + 1
            } catch {
                return
            }
        }
    }

    @Test("a full disk is no hindrance to a clean stop")
    func closing() throws {
        for space in stride(from: 0, to: 6_000, by: 60) {
            let memory = self.begun.copy()
            let disk = FaultyDisk(memory, plan: FaultyDisk.Plan(spaceBytes: space))
            var writer = try Self.open(disk).takeWriter()
            var isFull = false
            var next = 1
            while !isFull {
                let final = self.chain.blocks[next]
                do throws(StoreError) {
                    try writer.append(final, leafHashes: final.block.entries.leafHashes())
                    next += 1
                } catch {
                    guard case .noSpace = error else { throw error }
                    isFull = true
                }
            }
            // Perhaps with a segment that was begun and holds nothing.
            try writer.close()
            let again = try Self.open(memory)
            let last = self.chain.blocks[..<next].last { $0.certificate != nil || $0.block.index == 0 }
            #expect(again.store.head.index == last?.block.index, "\(space) bytes")
            // What nothing makes final is cut.
            #expect(again.repairs.isEmpty == (last == self.chain.blocks[next - 1]), "\(space) bytes")
        }
    }

    @Test("where room can't be reserved, the worst is that the writer ends")
    func unreserved() throws {
        for space in stride(from: 0, to: 7_000, by: 45) {
            let memory = self.begun.copy()
            let disk = FaultyDisk(memory, plan: FaultyDisk.Plan(spaceBytes: space))
            var progress = Workload.Progress(isFounded: true, acknowledged: 1, begun: 1)
            self.appendUntilFull(UnreservedDisk(disk), &progress)
            let problems = CrashCheck(chain: self.chain, progress: progress).problems(on: memory.copy())
            #expect(problems.isEmpty, "\(space) bytes")
        }
    }

    @Test("a block that did not fit leaves nothing behind a smaller one")
    func smallerBlock() throws {
        let memory = self.begun.copy()
        var big = self.chain.prefix(1)
        let bigBlock = try big.grow([["\"" + String(repeating: "x", count: 2_000) + "\""]])
        var small = self.chain.prefix(1)
        let smallBlock = try small.grow([["1"]])
        let disk = FaultyDisk(memory, plan: FaultyDisk.Plan(spaceBytes: 1_500))
        var writer = try LedgerStore.open(on: UnreservedDisk(disk)).takeWriter()
        #expect(throws: StoreError.self) { try writer.append(bigBlock.final, leafHashes: bigBlock.leafHashes) }
        try writer.append(smallBlock.final, leafHashes: smallBlock.leafHashes)
        #expect(try writer.sync().head.index == 1)
        try writer.close()
        #expect(try SmallLedger.verify(memory).notes.isEmpty)
        #expect(try LedgerStore.open(on: memory, using: HashVerifier()).repairs.isEmpty)
    }

    @Test("founding and opening can be done again")
    func beginning() throws {
        var refusals = 0
        for space in stride(from: 0, to: 3_000, by: 20) {
            let memory = MemoryDisk()
            let disk = FaultyDisk(memory, plan: FaultyDisk.Plan(spaceBytes: space))
            do throws(StoreError) {
                try LedgerStore.create(on: disk, genesis: self.chain.genesis)
                _ = try Self.open(disk)
            } catch {
                guard case .noSpace = error else { throw error }
                refusals += 1
            }
            disk.setPlan(FaultyDisk.Plan())
            if try !LedgerStore.exists(on: disk) { try LedgerStore.create(on: disk, genesis: self.chain.genesis) }
            let problems = self.check.problems(in: try Self.open(disk).store)
            #expect(problems.isEmpty, "\(space) bytes")
        }
        #expect(refusals > 30)
    }

    @Test("no room for the seal is no failure, and spoils no other seal")
    func seal() throws {
        let memory = self.begun.copy()
        let opened = try LedgerStore.open(on: SealRefusingDisk(memory))
        var writer = opened.takeWriter()
        let final = self.chain.blocks[1]
        try writer.append(final, leafHashes: final.block.entries.leafHashes())
        let durable = try writer.sync()
        #expect(durable.head.header.index == 1)
        let before = try #require(try Seal.read(from: memory).newest)
        for _ in 0..<3 {
            #expect(throws: StoreError.noSpace(file: Seal.path)) { try writer.seal() }
            let reading = try Seal.read(from: memory)
            #expect(reading.newest == before)
        }
        for next in self.chain.blocks[2...3] {
            try writer.append(next, leafHashes: next.block.entries.leafHashes())
        }
        #expect(try writer.sync().head.header.index == 3)
    }
}

/// A disk whose file system copies on write: even what overwrites a file may find no room, half way.
private final class SealRefusingDisk: Disk {
    private let disk: MemoryDisk

    init(_ disk: MemoryDisk) {
        self.disk = disk
    }

    func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        let file = try self.disk.open(path, mode)
        return path == Seal.path ? FullFile(file) : file
    }

    func list(_ folder: String) throws(DiskError) -> [String] { try self.disk.list(folder) }
    func createFolder(_ path: String) throws(DiskError) { try self.disk.createFolder(path) }
    func remove(_ path: String) throws(DiskError) { try self.disk.remove(path) }
    func rename(_ path: String, to newPath: String) throws(DiskError) { try self.disk.rename(path, to: newPath) }
    func syncFolder(_ path: String) throws(DiskError) { try self.disk.syncFolder(path) }
    func lock(_ path: String) throws(DiskError) -> any DiskLock { try self.disk.lock(path) }
}

private final class FullFile: DiskFile {
    private let file: any DiskFile

    init(_ file: any DiskFile) {
        self.file = file
    }

    var path: String { self.file.path }
    func size() throws(DiskError) -> UInt64 { try self.file.size() }
    func sync() throws(DiskError) { try self.file.sync() }
    func truncate(to size: UInt64) throws(DiskError) { try self.file.truncate(to: size) }
    func reserve(upTo size: UInt64) throws(DiskError) { try self.file.reserve(upTo: size) }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
        try self.file.read(into: buffer, at: offset)
    }

    func write(_ bytes: RawSpan, at offset: UInt64) throws(DiskError) {
        try self.file.write(bytes.extracting(0..<min(20, bytes.byteCount)), at: offset)
        throw DiskError(operation: "write", path: self.path, reason: .noSpace)
    }
}
