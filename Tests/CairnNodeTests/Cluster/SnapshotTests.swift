import CairnConsensus
import CairnHash
import CairnLedger
import CairnNode
import CairnPeers
import CairnStore
import TestSupport
import Testing

@Suite("A follower that begins with a snapshot", .timeLimit(.minutes(10)))
struct SnapshotTests {
    static let patience = Duration.seconds(60)
    /// Blocks before the follower comes.
    private static let blocks = 150

    @Test("takes and serves records before it has the history, and ends with the whole ledger")
    func usableAtOnce() async throws {
        let world = try await SnapshotWorld(blocks: Self.blocks)
        let base = try await world.beginWithSnapshot()
        world.holdHistory()
        try await world.startFollower()
        let (member, follower) = (world.member, try #require(world.follower))

        #expect(follower.status.head == member.status.head)
        #expect(follower.status.snapshot?.firstBlock == base.firstBlock)
        #expect(follower.status.snapshot?.historyHead == 0)
        #expect(follower.status.role == .follower)
        #expect(follower.status.notReady == nil)

        // It hands on what it is given, and answers when that is final.
        let receipt = try await follower.submit(["\"new\""], id: 200)
        #expect(receipt.firstRecord.rawValue == UInt64(Self.blocks))
        #expect(await member.waitForSize(TreeSize(Self.blocks + 1), timeout: Self.patience))
        #expect(try follower.record(receipt.firstRecord).record == Record(json: "\"new\""))
        let size = follower.head.treeSize
        for number in [base.firstRecord, receipt.firstRecord] {
            let (mine, theirs) = (
                try follower.inclusionProof(of: number, in: size), try member.inclusionProof(of: number, in: size)
            )
            #expect(mine.path == theirs.path && mine.root == theirs.root && mine.leafHash == theirs.leafHash)
        }
        let consistency = try follower.consistencyProof(from: TreeSize(Self.blocks - 1), to: size)
        #expect(try member.consistencyProof(from: TreeSize(Self.blocks - 1), to: size).path == consistency.path)

        // What it repeats is in the window that came with the snapshot.
        let last = UInt8(Self.blocks - 1)
        let again = try await follower.submit(["\(last)"], id: last)
        #expect(again.isRepeat && again.firstRecord.rawValue == UInt64(last))
        await #expect(throws: AppendError.notHereYet) { try await follower.submit(["7"], id: 7) }

        // And says what it lacks.
        for read in [
            { _ = try follower.block(base.firstBlock.previous() ?? 0) }, { _ = try follower.record(0) },
            { _ = try follower.inclusionProof(of: 3, in: nil) },
            { _ = try follower.consistencyProof(from: 3, to: nil) },
            { _ = try follower.bytes(of: Tile(.entries, index: 0, width: 128)) },
            { _ = try follower.records(withLeafHash: .zero, limit: 1) },
        ] as [() throws -> Void] {
            #expect { try read() } throws: { error in
                guard let error = error as? ReadError else { return false }
                return switch error {
                case .notHereYet, .noIndex: true
                default: false
                }
            }
        }
        #expect(try follower.block(0).block.header.hash == world.genesis.header.hash)

        world.releaseHistory()
        #expect(await follower.waitUntilWhole(timeout: Self.patience))
        #expect(follower.status.snapshot == nil)
        try await world.expectWhole(follower)
        await world.stop()
        try world.expectOrdinary()
    }

    @Test("goes on with the history behind a restart, and with what came ahead of it")
    func restarts() async throws {
        let world = try await SnapshotWorld(blocks: Self.blocks)
        _ = try await world.beginWithSnapshot()
        // Some of the history comes.
        world.holdHistory(from: 60)
        try await world.startFollower()
        _ = try await #require(world.follower).submit(["1"])
        await world.stopFollower()
        #expect(try LedgerAhead.exists(on: world.disk))

        try await world.startFollower()
        _ = try await #require(world.follower).submit(["2"])
        #expect(try #require(world.follower).record(RecordNumber(UInt64(Self.blocks))).record == Record(json: "1"))
        world.releaseHistory()
        #expect(await (try #require(world.follower)).waitUntilWhole(timeout: Self.patience))
        try await world.expectWhole(#require(world.follower))
        await world.stopFollower()
        try await world.startFollower()
        _ = try await #require(world.follower).submit(["3"])
        await world.stop()
        try world.expectOrdinary()
    }

    @Test("becomes whole whenever its machine loses its power, and loses nothing that it answered for")
    func powerLoss() async throws {
        let world = try await SnapshotWorld(blocks: Self.blocks)
        _ = try await world.beginWithSnapshot()
        /// Lives until the history is there or the disk fails. Returns how many records there are of what was answered.
        func live(_ disk: FaultyDisk) async throws -> UInt64 {
            try await world.startFollower(on: disk)
            let follower = try #require(world.follower)
            var size: UInt64 = 0
            do {
                for number in 0..<4 { size = try await follower.submit(["\(number)"]).firstRecord.rawValue + 1 }
            } catch {
                #expect(error as? AppendError == .stopped)
            }
            _ = await follower.waitUntilWhole(timeout: Self.patience)
            await world.stopFollower()
            return size
        }
        let whole = FaultyDisk(world.disk.copy())
        _ = try await live(whole)
        try world.expectOrdinary(whole.memory)

        var random = SplitMix64(seed: 1)
        for part in 0..<24 {
            // Near the end there is most to go wrong.
            let change = part < 12 ? whole.changes * part / 12 : whole.changes - (part - 11) * 4
            let disk = FaultyDisk(world.disk.copy(), plan: FaultyDisk.Plan(changesUntilCrash: max(0, change)))
            var size: UInt64 = 0
            do { size = try await live(disk) } catch { #expect(error is NodeError) }
            let left = disk.memory.afterCrash(using: &random)
            do {
                try await world.startFollower(on: left)
                let follower = try #require(world.follower)
                // What it answered for and had not synced, the members have.
                let isBack = await follower.waitForSize(TreeSize(rawValue: size), timeout: Self.patience)
                #expect(isBack, "a crash at change \(change)")
                #expect(await follower.waitUntilWhole(timeout: Self.patience))
                _ = try await follower.submit(["\"behind\""])
            } catch {
                Issue.record("a crash at change \(change): \(error)")
            }
            await world.stopFollower()
            try world.expectOrdinary(left)
        }
        await world.stop()
    }

    @Test("has no vote when it becomes a member meanwhile, before the history is there and it was started again")
    func promoted() async throws {
        let world = try await SnapshotWorld(blocks: Self.blocks)
        _ = try await world.beginWithSnapshot()
        world.holdHistory()
        try await world.startFollower()
        let follower = try #require(world.follower)
        _ = try await world.member.submit(world.change(adding: follower.publicKey))
        // With the answer to the second, what the first one's turn said is there to be seen.
        for number in 0..<2 { _ = try await follower.submit(["\(number)"]) }
        #expect(follower.status.role == .member)
        #expect(follower.status.lostVote != nil && follower.status.notReady != nil)
        world.releaseHistory()
        #expect(await follower.waitUntilWhole(timeout: Self.patience))
        #expect(follower.status.lostVote != nil)
        await world.stopFollower()
        try await world.startFollower()
        #expect(try #require(world.follower).status.lostVote == nil)
        _ = try await #require(world.follower).submit(["2"])
        await world.stop()
        try world.expectOrdinary()
    }

    @Test("is refused to a member, and isn't needed for a short ledger")
    func refused() async throws {
        let world = try await SnapshotWorld(blocks: Self.blocks)
        await #expect {
            try await world.beginWithSnapshot(key: world.member.publicKey)
        } throws: { error in
            guard case .snapshotOfMember? = error as? NodeError else { return false }
            return true
        }
        await world.stop()
        let short = try await SnapshotWorld(blocks: 10)
        guard case .short(let head)? = await short.ask(key: PrivateKey().publicKey) else {
            Issue.record("a ledger of 10 blocks is short")
            return
        }
        #expect(head.rawValue == 10)
        await short.stop()
    }

    @Test("works over real links, from the network to a directory that the verifier finds good")
    func realLinks() async throws {
        let (founder, folder) = (try TemporaryFolder(), try TemporaryFolder())
        let chain = try Node.create(dataDirectory: founder.path, name: "test", message: "")
        let member = try await Self.open(founder, join: [])
        for number in 0..<Self.blocks { _ = try await member.submit(["\(number)"]) }
        let address = try #require(member.linkAddress)
        try await Node.join(dataDirectory: folder.path, chain: chain, peers: [address], logger: TestNode.logger)
        try await Node.beginWithSnapshot(dataDirectory: folder.path, peers: [address], logger: TestNode.logger)
        #expect(try LedgerAhead.exists(on: RealDisk(root: folder.path)))
        // Done once: a second time there is nothing to do.
        try await Node.beginWithSnapshot(dataDirectory: folder.path, peers: [], logger: TestNode.logger)

        let follower = try await Self.open(folder, join: [address])
        let receipt = try await follower.submit(["\"new\""])
        #expect(receipt.firstRecord.rawValue == UInt64(Self.blocks))
        #expect(await follower.waitUntilWhole(timeout: Self.patience))
        #expect(try follower.record(0).record == Record(json: "0"))
        await follower.shutdown()
        await member.shutdown()
        let report = try LedgerVerifier.verify(on: RealDisk(root: folder.path))
        #expect(report.isValid && report.notes.isEmpty && report.records == UInt64(Self.blocks) + 1)
        #expect(try RealDisk(root: folder.path).list("").contains(LedgerAhead.folder) == false)
    }

    private static func open(_ folder: TemporaryFolder, join: [PeerAddress]) async throws -> Node {
        var configuration = Node.Configuration(dataDirectory: folder.path)
        configuration.isIndexed = false
        configuration.links.port = 0
        configuration.links.join = join
        let node = try Node.open(configuration, logger: TestNode.logger)
        try await node.openLinks()
        return node
    }
}
