import CairnHash
import CairnLedger
import CairnNode
import CairnStore
import Foundation
import Testing

/// The index follows the ledger by itself, and is made anew when it is not the ledger's.
@Suite("Index of a node")
struct IndexTests {
    private let folder: TemporaryFolder
    private var path: String { self.folder.path + "/data" }
    private var index: String { self.path + "/" + Node.indexPath }

    init() throws {
        self.folder = try TemporaryFolder()
        _ = try Node.create(dataDirectory: self.path, name: "t", message: "")
    }

    private func open() throws -> Node {
        try Node.open(Node.Configuration(dataDirectory: self.path), logger: TestNode.logger)
    }

    private func waitForIndex(_ node: Node) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while node.status.indexedBlock != node.head.index {
            try #require(ContinuousClock.now < deadline, "the index stands at \(String(describing: node.status))")
            await Task.yield()
        }
    }

    /// Everything is found, and nothing that isn't there.
    private func expectWhole(_ node: Node) async throws {
        try await self.waitForIndex(node)
        for index in 0...node.head.index.rawValue {
            let index = BlockIndex(rawValue: index)
            #expect(try node.blockIndex(withHash: try node.block(index).block.header.hash) == index)
        }
        for number in 0..<node.head.treeSize.rawValue {
            let number = RecordNumber(rawValue: number)
            let leafHash = try node.record(number).leafHash
            #expect(try node.records(withLeafHash: leafHash, from: number, limit: 1) == [number])
        }
        let absent = Digest(hashing: [1])
        #expect(throws: ReadError.noBlockWithHash(absent)) { try node.blockIndex(withHash: absent) }
        #expect(try node.records(withLeafHash: absent, limit: 5) == [])
        let beyond = RecordNumber(rawValue: .max)
        #expect(try node.records(withLeafHash: try node.record(0).leafHash, from: beyond, limit: 5) == [])
    }

    @Test("finds blocks and records, equal ones in order")
    func finding() async throws {
        let node = try self.open()
        for number in 0..<20 { _ = try await node.submit(["\(number % 5)", "[\(number)]"]) }
        try await self.expectWhole(node)
        let leafHash = try Record(json: "3").leafHash
        #expect(try node.records(withLeafHash: leafHash, limit: 9) == [6, 16, 26, 36])
        #expect(try node.records(withLeafHash: leafHash, from: 7, limit: 2) == [16, 26])
        await node.shutdown()
    }

    @Test("takes a block without records")
    func blockWithoutRecords() async throws {
        let disk = RealDisk(root: self.path)
        let key = try KeyFile.read(on: disk)
        let opened = try LedgerStore.open(on: disk)
        let chain = opened.chain
        let next = try #require(MemberSet([Member(key: key.publicKey, power: 2)], faultModel: .bft))
        var draft = MemberChangeDraft(chain: chain.chain, epoch: 0, next: next)
        draft.sign(with: key)
        let made = chain.tip.makeBlock(
            entries: Entries(), leafHashes: [], submissions: nil,
            change: try draft.change(present: opened.store.members), proposer: key.publicKey, now: .now())
        let vote = Vote(chain: chain.chain, epoch: 0, view: 1, kind: .finalise, blockHash: made.hash)
        let certificate = Certificate(
            epoch: 0, view: 1, blockHash: made.hash, votes: [.init(member: 0, signature: key.sign(vote.message))])
        var writer = opened.takeWriter()
        try writer.append(FinalBlock(block: made.block, certificate: certificate), leafHashes: [])
        _ = try writer.sync()
        try writer.close()

        let node = try self.open()
        #expect(node.status.members.epoch == 1)
        #expect(node.status.members.members == next)
        // Alone with the genesis block in the index, and then before a block with records.
        try await self.waitForIndex(node)
        _ = try await node.submit(["1"])
        #expect(node.head.epoch == 1)
        try await self.expectWhole(node)
        await node.shutdown()
    }

    @Test("catches up after whatever happened to its files", arguments: 0..<5)
    func damage(_ what: Int) async throws {
        var node = try self.open()
        for number in 0..<10 { _ = try await node.submit(["\(number)"]) }
        try await self.waitForIndex(node)
        await node.shutdown()
        let url = URL(fileURLWithPath: self.index)
        switch what {
        case 0: try FileManager.default.removeItem(atPath: self.index)
        case 1: try Data("garbage".utf8).write(to: url)
        case 2: try Data().write(to: url)
        case 3: try Data(contentsOf: url).prefix(5_000).write(to: url)
        default: try Data("garbage".utf8).write(to: URL(fileURLWithPath: self.index + "-wal"))
        }
        node = try self.open()
        _ = try await node.submit(["10"])
        try await self.expectWhole(node)
        await node.shutdown()
    }

    @Test("that is ahead of a ledger from a backup is not believed")
    func backup() async throws {
        var node = try self.open()
        _ = try await node.submit(["0"])
        await node.shutdown()
        let backup = self.folder.path + "/backup"
        try FileManager.default.copyItem(atPath: self.path + "/blocks", toPath: backup)
        node = try self.open()
        for number in 1..<5 { _ = try await node.submit(["\(number)"]) }
        try await self.waitForIndex(node)
        await node.shutdown()

        try FileManager.default.removeItem(atPath: self.path + "/blocks")
        try FileManager.default.copyItem(atPath: backup, toPath: self.path + "/blocks")
        node = try self.open()
        #expect(node.head.treeSize == 1)
        for number in 5..<9 { _ = try await node.submit(["\(number)"]) }
        try await self.expectWhole(node)
        await node.shutdown()
    }

    @Test("is not made from a damaged tree")
    func damagedTree() async throws {
        var node = try Node.open(self.unindexed, logger: TestNode.logger)
        for block in 0..<3 { _ = try await node.submit((0..<100).map { "\(block * 100 + $0)" }) }
        await node.shutdown()
        let disk = RealDisk(root: self.path)
        let tree = try disk.open("tree/0", .write)
        // Opening reads the right edge of the tree, which for the first 256 records is one hash of `tree/1`.
        for number in [0, 7] as [UInt64] { try tree.write(([1, 2, 3] as [UInt8]).span.bytes, at: number * 32) }
        node = try self.open()
        try await self.expectWhole(node)
        await node.shutdown()
        #expect(try LedgerVerifier.verify(on: disk).notes.isEmpty)
    }

    private var unindexed: Node.Configuration {
        var configuration = Node.Configuration(dataDirectory: self.path)
        configuration.isIndexed = false
        return configuration
    }

    @Test("that can't take a block is given up, and made anew at the next start")
    func givenUp() async throws {
        var node = try self.open()
        _ = try await node.submit(["0"])
        try await self.waitForIndex(node)
        // Somebody puts rows there that the next block's collide with.
        let hash = try Record(json: "1").leafHash
        let block = LedgerIndexRow(record: 1, leafHash: hash)
        try block.insert(into: self.index)
        _ = try await node.submit(["1"])
        let deadline = ContinuousClock.now + .seconds(30)
        while FileManager.default.fileExists(atPath: self.index), ContinuousClock.now < deadline {
            await Task.yield()
        }
        #expect(try node.record(1).record.text == "1")
        await node.shutdown()
        node = try self.open()
        try await self.expectWhole(node)
        await node.shutdown()
    }
}
