import CairnHash
import CairnLedger
import CairnNode
import CairnPeers
import CairnStore
import Testing

@Suite("Nodes with real links")
struct LinkedClusterTests {
    private static let patience = Duration.seconds(60)

    @Test("one node's ledger is joined by others, who get all of it and become members", .timeLimit(.minutes(3)))
    func joinAndGrow() async throws {
        let folders = try (0..<4).map { _ in try TemporaryFolder() }
        let chain = try Node.create(dataDirectory: folders[0].path, name: "test", message: "")
        var nodes = [try await self.open(folders[0], join: [])]
        for number in 0..<20 { _ = try await nodes[0].submit(try TestNode.submission(["\(number)"])) }

        let first = try #require(nodes[0].linkAddress)
        for folder in folders[1...] {
            try await Node.join(dataDirectory: folder.path, chain: chain, peers: [first], logger: TestNode.logger)
            nodes.append(try await self.open(folder, join: [first]))
        }
        for node in nodes { #expect(await node.waitForSize(20, timeout: Self.patience)) }
        #expect(nodes[3].status.role == .follower)

        let keys = try folders.map { try KeyFile.read(on: RealDisk(root: $0.path)) }
        let present = nodes[0].status.members
        let next = try #require(MemberSet(keys.map { Member(key: $0.publicKey) }, faultModel: .bft))
        var draft = MemberChangeDraft(chain: chain, epoch: present.epoch, next: next)
        for key in keys { draft.sign(with: key) }
        // Handed in at one that is no member yet.
        _ = try await nodes[2].submit(try draft.change(present: present))
        for number in 20..<30 { _ = try await nodes[number % 4].submit(try TestNode.submission(["\(number)"])) }
        for node in nodes {
            #expect(await node.waitForSize(30, timeout: Self.patience))
            #expect(node.status.role == .member)
            #expect(node.status.lostVote == nil)
        }
        // A quorum signs the same checkpoint.
        let checkpoint = try #require(await nodes[3].checkpoint(covering: 29))
        #expect(checkpoint.signed.note.signatures.count >= 6)
        for node in nodes { await node.shutdown() }
    }

    private func open(_ folder: TemporaryFolder, join: [PeerAddress]) async throws -> Node {
        var configuration = Node.Configuration(dataDirectory: folder.path)
        configuration.isIndexed = false
        configuration.links.port = 0
        configuration.links.join = join
        let node = try Node.open(configuration, logger: TestNode.logger)
        try await node.openLinks()
        return node
    }

    @Test("a ledger that nobody has can't be joined", .timeLimit(.minutes(2)))
    func joinNothing() async throws {
        let folder = try TemporaryFolder()
        let founder = try TemporaryFolder()
        _ = try Node.create(dataDirectory: founder.path, name: "test", message: "")
        let node = try await self.open(founder, join: [])
        let address = try #require(node.linkAddress)
        await #expect(throws: NodeError.self) {
            try await Node.join(
                dataDirectory: folder.path, chain: .zero, peers: [address], patience: .milliseconds(300),
                logger: TestNode.logger)
        }
        #expect(throws: NodeError.self) {
            try Node.open(Node.Configuration(dataDirectory: folder.path), logger: TestNode.logger)
        }
        await node.shutdown()
    }
}
