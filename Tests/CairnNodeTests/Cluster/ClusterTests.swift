import CairnConsensus
import CairnLedger
import CairnLock
import CairnNode
import CairnStore
import NIOCore
import Testing

@Suite("Nodes of one ledger")
struct ClusterTests {
    private static let patience = Duration.seconds(60)

    private func submission(_ number: Int) throws -> Submission {
        try TestNode.submission(["{\"n\":\(number)}"])
    }

    /// Hands a record in at each of the nodes, again and again.
    private func append(_ numbers: Range<Int>, to nodes: [Node]) async throws -> [Receipt] {
        try await withThrowingTaskGroup(of: Receipt.self) { group in
            for number in numbers {
                let submission = try self.submission(number)
                let node = nodes[number % nodes.count]
                group.addTask { try await node.submit(submission) }
            }
            var receipts: [Receipt] = []
            for try await receipt in group { receipts.append(receipt) }
            return receipts
        }
    }

    private func expectSame(_ nodes: [Node], size: UInt64) async throws {
        for node in nodes {
            #expect(await node.waitForSize(TreeSize(rawValue: size), timeout: Self.patience))
        }
        // The newest block may be of a later index at some: what they share has to be the same.
        let common = try #require(nodes.map(\.head.index).min())
        let hashes = try Set(nodes.map { try $0.block(common).block.header.hash })
        #expect(hashes.count == 1)
        for node in nodes { #expect(node.validate(ValidationOptions()) { _ in true }.isValid) }
    }

    @Test("any of four nodes takes records, and all of them store the same", .timeLimit(.minutes(2)))
    func four() async throws {
        let cluster = try await TestCluster(nodes: 4, members: 4)
        let nodes = (0..<4).map { cluster[$0] }
        let receipts = try await self.append(0..<40, to: nodes)
        #expect(Set(receipts.map(\.firstRecord)).count == 40)
        try await self.expectSame(nodes, size: 40)
        for node in nodes { #expect(node.status.role == .member) }
        await cluster.stop()
        #expect(cluster.network.banned.isEmpty)
    }

    @Test("one of four may be away; it gets what it missed", .timeLimit(.minutes(2)))
    func oneAway() async throws {
        let cluster = try await TestCluster(nodes: 4, members: 4)
        _ = try await self.append(0..<8, to: (0..<4).map { cluster[$0] })
        await cluster.stop(3)
        _ = try await self.append(8..<40, to: (0..<3).map { cluster[$0] })
        try await cluster.start(3)
        try await self.expectSame((0..<4).map { cluster[$0] }, size: 40)
        _ = try await self.append(40..<44, to: (0..<4).map { cluster[$0] })
        #expect(cluster[3].status.lostVote == nil)
        await cluster.stop()
    }

    @Test("without a quorum records wait, and nobody is told that they are final", .timeLimit(.minutes(2)))
    func noQuorum() async throws {
        let cluster = try await TestCluster(nodes: 4, members: 4)
        _ = try await self.append(0..<4, to: (0..<4).map { cluster[$0] })
        await cluster.stop(2)
        await cluster.stop(3)
        let waiting = Answers()
        let place = waiting.begin()
        cluster[0].submit(try self.submission(4)) { waiting.end(place, $0) }
        #expect(await cluster[1].waitForSize(5, timeout: .milliseconds(300)) == false)
        #expect(waiting.present(place) == nil)
        try await cluster.start(2)
        let answers = await waiting.all()
        #expect(try answers[0].get().firstRecord == 4)
        await cluster.stop()
    }

    @Test("a node that is no member follows, and hands on what clients give it", .timeLimit(.minutes(2)))
    func follower() async throws {
        let cluster = try await TestCluster(nodes: 4, members: 3, faultModel: .majority)
        let follower = cluster[3]
        #expect(follower.status.role == .follower)
        let receipts = try await self.append(0..<10, to: [follower])
        #expect(receipts.count == 10)
        try await self.expectSame((0..<4).map { cluster[$0] }, size: 10)
        await cluster.stop()
    }

    @Test("a ledger with one member grows to four without being converted", .timeLimit(.minutes(2)))
    func grows() async throws {
        let cluster = try await TestCluster(nodes: 4, members: 1, faultModel: .majority)
        let nodes = (0..<4).map { cluster[$0] }
        _ = try await self.append(0..<4, to: nodes)
        let present = cluster[0].status.members
        let set = try #require(MemberSet(cluster.keys.map { Member(key: $0.publicKey) }, faultModel: .bft))
        var draft = MemberChangeDraft(chain: present.chain, epoch: present.epoch, next: set)
        for key in cluster.keys { draft.sign(with: key) }
        let change = try draft.change(present: present)
        _ = try await cluster[0].submit(change)
        _ = try await self.append(4..<24, to: nodes)
        try await self.expectSame(nodes, size: 24)
        for node in nodes {
            #expect(node.status.role == .member)
            #expect(node.status.lostVote == nil)
            #expect(node.status.members.epoch == 1)
        }
        // The second time it names an epoch that is over.
        await #expect(throws: ChangeError.otherChange) { try await cluster[1].submit(change) }
        await cluster.stop()
    }

    @Test("nothing is said in the next epoch before the block that begins it is durable", .timeLimit(.minutes(2)))
    func nextEpochWaitsForTheLog() async throws {
        let cluster = try await TestCluster(nodes: 3, members: 3, faultModel: .majority)
        await cluster.stop(2)
        let disk = GateDisk(cluster.disks[2], folder: "blocks/")
        try await cluster.start(2, on: disk)
        let present = cluster[0].status.members
        let next = try #require(
            MemberSet(cluster.keys.map { Member(key: $0.publicKey, power: 2) }, faultModel: .majority))
        let place = try #require(next.position(of: cluster.keys[2].publicKey))
        let said = Lock(0)
        cluster.network.lose { message, _ in
            if case .vote(.vote(let vote)) = message, vote.epoch == 1, Int(vote.member) == place {
                said.withLock { $0 += 1 }
            }
            return false
        }
        var draft = MemberChangeDraft(chain: present.chain, epoch: present.epoch, next: next)
        for key in cluster.keys { draft.sign(with: key) }
        disk.close()
        _ = try await cluster[0].submit(try draft.change(present: present))
        await disk.waitForSync()
        // The two others are a quorum.
        _ = try await self.append(0..<6, to: [cluster[0], cluster[1]])
        await cluster.network.settle()
        try await cluster[2].shareLoop().submit {}.get()
        await cluster.network.settle()
        #expect(said.withLock { $0 } == 0)
        disk.open()
        try await self.expectSame((0..<3).map { cluster[$0] }, size: 6)
        await cluster.stop(1)
        _ = try await self.append(6..<8, to: [cluster[0], cluster[2]])
        #expect(said.withLock { $0 } > 0)
        await cluster.stop()
    }

    @Test("a member whose journal is gone follows and does not vote", .timeLimit(.minutes(2)))
    func lostJournal() async throws {
        let cluster = try await TestCluster(nodes: 4, members: 4)
        _ = try await self.append(0..<4, to: (0..<4).map { cluster[$0] })
        await cluster.stop(3)
        for file in try cluster.disks[3].list("journal") { try cluster.disks[3].remove("journal/\(file)") }
        try await cluster.start(3)
        #expect(cluster[3].status.lostVote != nil)
        #expect(cluster[3].status.notReady != nil)
        _ = try await self.append(4..<12, to: (0..<3).map { cluster[$0] })
        try await self.expectSame((0..<4).map { cluster[$0] }, size: 12)
        await cluster.stop(2)
        // Three would be a quorum, if it voted.
        #expect(await self.isFinal(try self.submission(12), at: cluster[0], within: .milliseconds(500)) == false)
        await cluster.stop()
    }

    private func isFinal(_ submission: Submission, at node: Node, within time: Duration) async -> Bool {
        let size = node.status.head.treeSize
        node.submit(submission) { _ in }
        return await node.waitForSize(TreeSize(rawValue: size.rawValue + 1), timeout: time)
    }
}
