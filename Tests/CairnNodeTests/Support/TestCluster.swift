import CairnHash
import CairnLedger
import CairnNode
import CairnStore
import Testing

/// Nodes of one ledger on memory disks, linked in memory.
final class TestCluster {
    let network = MemoryNetwork()
    let disks: [MemoryDisk]
    let keys: [PrivateKey]
    let genesis: Block
    private(set) var nodes: [Node?] = []

    /// - Parameter members: of the nodes, how many are members from the beginning: the first ones.
    init(nodes count: Int, members: Int, faultModel: FaultModel = .bft) async throws {
        self.disks = (0..<count).map { _ in MemoryDisk() }
        self.keys = try self.disks.map { try KeyFile.readOrCreate(on: $0) }
        let set = try #require(
            MemberSet(self.keys[..<members].map { Member(key: $0.publicKey) }, faultModel: faultModel))
        let settings = try GenesisSettings(
            name: "test", message: "", random: [UInt8](repeating: 7, count: 16), members: set)
        self.genesis = settings.genesisBlock(proposer: self.keys[0].publicKey, timestamp: .now())
        for (disk, key) in zip(self.disks, self.keys) {
            try LedgerStore.create(on: disk, genesis: self.genesis)
            _ = try Journal.create(
                on: disk, chain: self.genesis.header.hash, key: key.publicKey, roomBytes: TestNode.journalRoomBytes)
        }
        self.nodes = self.disks.map { _ in nil }
        for node in self.disks.indices { try await self.start(node) }
    }

    subscript(_ node: Int) -> Node {
        guard let node = self.nodes[node] else { preconditionFailure("the node is not running") }
        return node
    }

    /// - Parameter disk: nil: the node's own.
    func start(_ place: Int, on disk: (any Disk)? = nil) async throws {
        let node = try TestNode.open(on: disk ?? self.disks[place])
        self.nodes[place] = node
        self.network.join(node.publicKey, node.driver)
        await node.start(links: self.network.links(of: node.publicKey))
    }

    func stop(_ place: Int) async {
        await self.nodes[place]?.shutdown()
        self.nodes[place] = nil
    }

    func stop() async {
        for place in self.nodes.indices { await self.stop(place) }
    }
}
