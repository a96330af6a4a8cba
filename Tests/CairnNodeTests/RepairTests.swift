import CairnLedger
import CairnLock
import CairnNode
import CairnStore
import Logging
import Testing

/// A node that finds damage in its own ledger heals it with the blocks of others.
struct RepairTests {
    private let memory = MemoryDisk()

    /// Peers with the blocks of a ledger; one of them may lie.
    private struct Peers: BlockSource {
        var names = ["honest"]
        var blocks: [FinalBlock]
        var forged: FinalBlock?

        func fetch(_ need: NeededBlock, excluding: Set<String>) async -> OfferedBlock? {
            guard let name = self.names.first(where: { !excluding.contains($0) }) else { return nil }
            if name == "liar", let forged { return OfferedBlock(final: forged, peer: name) }
            return self.blocks.first { $0.block.index == need.index }.map { OfferedBlock(final: $0, peer: name) }
        }
    }

    /// Gives nothing before it may.
    private struct SlowPeers: BlockSource {
        let peers: Peers
        let asked = AsyncStream<Void>.makeStream()
        let gate = AsyncStream<Void>.makeStream()

        func fetch(_ need: NeededBlock, excluding: Set<String>) async -> OfferedBlock? {
            self.asked.continuation.yield()
            for await _ in self.gate.stream {}
            return await self.peers.fetch(need, excluding: excluding)
        }
    }

    /// Keeps the messages of the log.
    private final class Messages: Sendable {
        private let messages = Lock([String]())

        var logger: Logger { Logger(label: "test") { _ in Handler(messages: self) } }

        func count(_ part: String) -> Int { self.messages.withLock { all in all.count { $0.contains(part) } } }

        private struct Handler: LogHandler {
            let messages: Messages
            var logLevel = Logger.Level.info
            var metadata: Logger.Metadata = [:]

            init(messages: Messages) {
                self.messages = messages
            }

            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { self.metadata[key] }
                set { self.metadata[key] = newValue }
            }

            func log(event: LogEvent) {
                let message = "\(event.message)"
                self.messages.messages.withLock { $0.append(message) }
            }
        }
    }

    private func ledger(logger: Logger = TestNode.logger) async throws -> (node: Node, blocks: [FinalBlock]) {
        try TestNode.create(on: self.memory)
        let node = try TestNode.open(on: self.memory, logger: logger)
        for number in 0..<6 { _ = try await node.submit(["{\"n\":\(number)}"]) }
        let blocks = try (0...node.head.index.rawValue).map { try node.block(BlockIndex($0)) }
        return (node, blocks)
    }

    @Test func tamperingIsFoundAndHealed() async throws {
        let (node, blocks) = try await self.ledger()
        node.setBlockSource(Peers(blocks: blocks))
        let block = try node.tamper()
        #expect(node.status.notReady == nil)
        #expect(node.validate(ValidationOptions()) { _ in true }.failure?.block == block)
        await node.repairer.idle()
        let status = node.status
        #expect(status.notReady == nil && status.repair.damage == nil)
        #expect(status.repair.healedBlocks == 1)
        #expect(status.repair.healings.map(\.block) == [block] && status.repair.healings.map(\.peer) == ["honest"])
        #expect(node.validate(ValidationOptions()) { _ in true }.isValid)
        for (index, final) in blocks.enumerated() { #expect(try node.block(BlockIndex(index)) == final) }
        _ = try await node.submit(["7"])
        await node.shutdown()
        #expect(try LedgerVerifier.verify(on: self.memory).isValid)
    }

    @Test func whatAReadComesUponIsHealedToo() async throws {
        let (node, blocks) = try await self.ledger()
        node.setBlockSource(Peers(blocks: blocks))
        let block = try node.tamper()
        #expect(throws: ReadError.self) {
            try node.records(from: blocks[Int(block.rawValue)].block.firstRecord, limit: 1)
        }
        await node.repairer.idle()
        #expect(node.status.repair.healings.map(\.block) == [block])
        #expect(node.validate(ValidationOptions()) { _ in true }.isValid)
        await node.shutdown()
    }

    @Test("B9: who came upon damage waits for its repair, and reads again")
    func waitingForRepair() async throws {
        let (node, blocks) = try await self.ledger()
        await node.waitForRepair(atMost: .zero)
        node.setBlockSource(Peers(blocks: blocks))
        let block = try node.tamper()
        #expect(throws: ReadError.self) { try node.block(block) }
        await node.waitForRepair(atMost: .seconds(30))
        #expect(try node.block(block) == blocks[Int(block.rawValue)])
        await node.shutdown()
    }

    @Test("B9: nobody waits for what can't be put right")
    func waitingInVain() async throws {
        let (node, _) = try await self.ledger()
        let block = try node.tamper()
        for _ in 0..<2 {
            #expect(throws: ReadError.self) { try node.block(block) }
            await node.waitForRepair(atMost: .seconds(30))
        }
        await node.shutdown()
    }

    @Test func nothingIsTakenFromALiar() async throws {
        let (node, blocks) = try await self.ledger()
        let block = try node.tamper()
        var forged = blocks[Int(block.rawValue)]
        forged.block.header.timestamp = Timestamp(microseconds: 1)
        node.setBlockSource(Peers(names: ["liar"], blocks: blocks, forged: forged))
        _ = node.validate(ValidationOptions()) { _ in true }
        await node.repairer.idle()
        #expect(node.status.repair.damage?.obstacle?.contains("liar gave was refused") == true)
        #expect(node.status.notReady?.hasPrefix("the ledger is damaged: block \(block) (blocks/") == true)
        // As soon as somebody honest is there.
        node.setBlockSource(Peers(names: ["liar", "honest"], blocks: blocks, forged: forged))
        await node.repairer.idle()
        #expect(node.status.repair.healings.map(\.peer) == ["honest"])
        #expect(node.status.notReady == nil)
        await node.shutdown()
    }

    @Test("what is reported again while it is put right is put right once")
    func reportedTwice() async throws {
        let messages = Messages()
        let (node, blocks) = try await self.ledger(logger: messages.logger)
        let peers = SlowPeers(peers: Peers(blocks: blocks))
        node.setBlockSource(peers)
        let block = try node.tamper()
        #expect(node.validate(ValidationOptions()) { _ in true }.failure?.block == block)
        for await _ in peers.asked.stream { break }
        #expect(node.validate(ValidationOptions()) { _ in true }.failure?.block == block)
        peers.gate.continuation.finish()
        await node.repairer.idle()
        #expect(node.status.repair.healedBlocks == 1 && node.status.repair.damage == nil)
        #expect(messages.count("the ledger is damaged") == 1)
        await node.shutdown()
    }

    @Test func withoutPeersTheDamageStaysAndIsSaid() async throws {
        let (node, _) = try await self.ledger()
        let path = try #require(self.memory.paths.first { $0.hasSuffix(".log") })
        let good = self.memory.contents(of: path) ?? []
        let block = try node.tamper()
        _ = node.validate(ValidationOptions()) { _ in true }
        await node.repairer.idle()
        #expect(node.status.repair.damage?.corruption.block == block)
        #expect(node.status.repair.damage?.obstacle?.hasPrefix("no other node is known") == true)
        // A person put the file right.
        self.memory.setContents(of: path, to: good)
        #expect(node.validate(ValidationOptions()) { _ in true }.isValid)
        #expect(node.status.repair.damage == nil && node.status.notReady == nil)
        await node.shutdown()
    }

    @Test func aScrubOfADamagedNodeHealsIt() async throws {
        try TestNode.create(on: self.memory)
        let node = try TestNode.open(on: self.memory) { $0.scrubBytesPerSecond = 1 << 30 }
        _ = try await node.submit(["1", "2"])
        let blocks = [try node.block(0), try node.block(1)]
        node.setBlockSource(Peers(blocks: blocks))
        _ = try node.tamper()
        _ = node.scrubber?.pass(pause: { _ in }, now: { Timestamp(microseconds: 2) })
        await node.repairer.idle()
        #expect(node.status.notReady == nil && node.status.scrub?.corruption == nil)
        #expect(node.status.repair.healedBlocks == 1)
        await node.shutdown()
    }
}
