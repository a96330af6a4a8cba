import CairnLedger
import CairnStore
import Testing

/// A file that claims to be huge and holds nothing is neither read to its end nor into memory.
@Suite("Huge files")
struct HugeFileTests {
    private let folder: TemporaryFolder
    private let disk: RealDisk
    private let chain: TestChain

    init() throws {
        self.folder = try TemporaryFolder()
        self.disk = RealDisk(root: self.folder.path)
        var chain = try TestChain()
        try chain.grow([["1"], ["2"]])
        self.chain = chain
        try LedgerStore.create(on: self.disk, genesis: chain.genesis)
        var writer = try LedgerStore.open(on: self.disk).takeWriter()
        try writer.append(chain.blocks[1], leafHashes: chain.leafHashes)
        _ = try writer.sync()
        try writer.close()
    }

    @Test("C11: zeros behind the last block are cut, however many the file claims", .timeLimit(.minutes(1)))
    func tail() throws {
        let path = Segment.path(firstBlock: 0)
        try self.disk.open(path, .write).truncate(to: 1 << 40)
        #expect(try LedgerVerifier.verify(on: self.disk).isValid)
        let opened = try LedgerStore.open(on: self.disk)
        #expect(opened.store.head.hash == self.chain.state.headHash)
        var writer = opened.takeWriter()
        try writer.close()
        #expect(try self.disk.open(path, .read).size() < 1 << 20)
    }

    @Test("C11: a file without content is named", .timeLimit(.minutes(1)))
    func empty() throws {
        for path in [Segment.path(firstBlock: 0), Seal.path, BlockPlaces.path, TreeFiles.path(level: 0)] {
            let file = try self.disk.open(path, .write)
            let content = try file.bytes(at: 0, count: 4_096)
            try file.truncate(to: 0)
            try file.truncate(to: 1 << 40)
            let report = try LedgerVerifier.verify(on: self.disk)
            #expect(report.failure?.file == path || report.notes.contains { $0.hasPrefix(path) }, "\(path): \(report)")
            try file.truncate(to: 0)
            try file.write(content.span.bytes, at: 0)
        }
    }

    @Test("C11: so is a journal, and a key isn't made anew", .timeLimit(.minutes(1)))
    func journal() throws {
        let key = try KeyFile.readOrCreate(on: self.disk).publicKey
        let chain = self.chain.state.chain
        _ = try Journal.create(on: self.disk, chain: chain, key: key)
        let path = JournalFile.path(generation: 1)
        for isEmpty in [false, true] {
            let file = try self.disk.open(path, .write)
            if isEmpty { try file.truncate(to: 0) }
            try file.truncate(to: 1 << 40)
            guard case .unusable(.damaged(let corruption)) = try Journal.open(on: self.disk, chain: chain, key: key)
            else {
                Issue.record("a journal of 1 TiB was read")
                continue
            }
            #expect(corruption.file == path)
        }
        let file = try self.disk.open(KeyFile.path, .write)
        try file.truncate(to: 0)
        try file.truncate(to: 1 << 40)
        #expect(throws: StoreError.self) { try KeyFile.readOrCreate(on: self.disk) }
    }
}
