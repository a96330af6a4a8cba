import CairnConsensus
import CairnHash
import CairnLedger
import CairnNode
import CairnPeers
import CairnStore
import Testing

/// The only member of a ledger, and a follower that begins with a snapshot of it, linked in memory.
final class SnapshotWorld {
    let network = MemoryNetwork()
    let genesis: Block
    let member: Node
    /// The follower's.
    let disk = MemoryDisk()
    let key: PrivateKey
    private let memberKey: PrivateKey
    private(set) var follower: Node?

    /// Each block holds one record, its number; its id is that of the number's lowest byte, which is the window's width.
    init(blocks: Int) async throws {
        let memberDisk = MemoryDisk()
        try TestNode.create(on: memberDisk, submissionWindow: 200)
        self.memberKey = try KeyFile.read(on: memberDisk)
        self.member = try TestNode.open(on: memberDisk)
        self.genesis = try self.member.block(0).block
        self.network.join(self.member.publicKey, self.member.driver)
        await self.member.start(links: self.network.links(of: self.member.publicKey))
        for number in 0..<blocks {
            _ = try await self.member.submit(["\(number)"], id: UInt8(truncatingIfNeeded: number))
        }
        self.key = try UnusedKey.make(on: self.disk)
        _ = try Node.found(
            on: self.disk, dataDirectory: "memory", genesis: Self.bytes(self.genesis), chain: self.member.chain)
    }

    private static func bytes(_ block: Block) -> [UInt8] {
        var bytes: [UInt8] = []
        block.encode(into: &bytes)
        return bytes
    }

    // MARK: The beginning

    /// - Parameter key: whose it is to be.
    func ask(key: PublicKey) async -> SnapshotResult? {
        let request = SnapshotRequest(
            genesis: self.genesis, key: key, patience: SnapshotTests.patience, logger: TestNode.logger)
        let asker = PrivateKey().publicKey
        self.network.join(asker, request)
        let result = await request.run(over: self.network.links(of: asker))
        self.network.leave(asker)
        return result
    }

    @discardableResult
    func beginWithSnapshot(key: PublicKey? = nil) async throws -> ChainBase {
        let key = key ?? self.key.publicKey
        let result = try #require(await self.ask(key: key))
        try Node.begin(with: result, on: self.disk, key: key, logger: TestNode.logger)
        guard case .found(let base, _) = result else { throw SnapshotMissing() }
        return base
    }

    private struct SnapshotMissing: Error {}

    /// Answers that bring the history don't come any more.
    ///
    /// - Parameter index: from this block on.
    func holdHistory(from index: BlockIndex = 0) {
        let follower = self.key.publicKey
        self.network.lose { message, node in
            guard node == follower, case .catchUp(let message) = message else { return false }
            return switch message {
            case .blocks(let blocks): blocks.contains { $0.block.index >= index }
            case .headers(let links): index == 0 && !links.isEmpty
            case .headersRequest, .blocksRequest, .unavailable: false
            }
        }
    }

    func releaseHistory() { self.network.lose { _, _ in false } }

    // MARK: Life

    /// - Parameter disk: nil: the one that it began on.
    func startFollower(on disk: (any Disk)? = nil) async throws {
        let node = try TestNode.open(on: disk ?? self.disk)
        self.follower = node
        self.network.join(node.publicKey, node.driver)
        await node.start(links: self.network.links(of: node.publicKey))
    }

    func stopFollower() async {
        await self.follower?.shutdown()
        self.follower = nil
    }

    func stop() async {
        await self.stopFollower()
        await self.member.shutdown()
    }

    func change(adding key: PublicKey) throws -> MemberChange {
        let present = self.member.status.members
        // Alone, the present member is a quorum.
        let next = try #require(
            MemberSet([Member(key: self.member.publicKey, power: 3), Member(key: key)], faultModel: .majority))
        var draft = MemberChangeDraft(chain: self.member.chain, epoch: present.epoch, next: next)
        draft.sign(with: self.memberKey)
        draft.sign(with: self.key)
        return try draft.change(present: present)
    }

    // MARK: What is expected

    /// That a node has all that the member has, and takes more.
    func expectWhole(_ node: Node) async throws {
        _ = try await node.submit(["\"behind\""])
        let size = self.member.head.treeSize
        #expect(await node.waitForSize(size, timeout: SnapshotTests.patience))
        let head = self.member.headReference.index
        for index in 0...head.rawValue {
            let (mine, theirs) = (try node.block(BlockIndex(index)), try self.member.block(BlockIndex(index)))
            #expect(mine.block == theirs.block)
        }
        for number in 0..<size.rawValue {
            let proof = try node.inclusionProof(of: RecordNumber(number), in: size)
            #expect(proof.root == self.member.head.treeRoot)
        }
        #expect(node.validate(ValidationOptions()) { _ in true }.isValid)
    }

    /// That the follower's directory is one like any other.
    ///
    /// - Parameter disk: nil: the one that it began on.
    func expectOrdinary(_ disk: MemoryDisk? = nil) throws {
        let disk = disk ?? self.disk
        #expect(disk.paths.allSatisfy { !$0.hasPrefix(LedgerAhead.folder) })
        let report = try LedgerVerifier.verify(on: disk)
        #expect(report.isValid, "\(report)")
        #expect(report.notes.isEmpty)
    }
}
