import CairnLedger
import CairnNode
import Testing

/// A node that knows that too few members are there.
@Suite("Without a quorum", .serialized)
struct QuorumTests {
    private func submission(_ number: Int) throws -> Submission {
        try TestNode.submission(["{\"n\":\(number)}"], id: UInt8(number))
    }

    private func wait(_ condition: () -> Bool) async throws {
        while !condition() { try await Task.sleep(for: .milliseconds(10)) }
    }

    @Test("B5: it isn't ready, tells who waits, and refuses who comes; then it goes on", .timeLimit(.minutes(2)))
    func twoOfFour() async throws {
        let cluster = try await TestCluster(nodes: 4, members: 4)
        for number in 0..<4 { _ = try await cluster[number].submit(try self.submission(number)) }
        for node in 0..<4 { #expect(cluster[node].readiness.isReady, "\(cluster[node].readiness)") }
        await cluster.stop(2)
        #expect(cluster[0].readiness.isReady)
        await cluster.stop(3)
        try await self.wait { !cluster[0].readiness.isReady }
        let power = QuorumPower(present: 2, needed: 3, total: 4)
        #expect(cluster[0].readiness.obstacles == [.noQuorum(power)])
        // It is on its way before it is known that it's in vain.
        await #expect(throws: AppendError.quorumLost(power)) { try await cluster[0].submit(try self.submission(4)) }
        await #expect(throws: AppendError.noQuorum(power)) { try await cluster[0].submit(try self.submission(5)) }
        // The same again is still on its way; what the ledger has it can tell.
        await #expect(throws: AppendError.quorumLost(power)) { try await cluster[0].submit(try self.submission(4)) }
        #expect(try await cluster[0].submit(try self.submission(3)).isRepeat)
        try await cluster.start(2)
        try await self.wait { cluster[0].readiness.isReady }
        #expect(try await cluster[0].submit(try self.submission(4)).firstRecord == 4)
        #expect(try await cluster[0].submit(try self.submission(5)).firstRecord == 5)
        #expect(cluster[0].head.treeSize == 6)
        await cluster.stop()
    }

    @Test("B5: a follower of members that are gone isn't ready either", .timeLimit(.minutes(2)))
    func follower() async throws {
        let cluster = try await TestCluster(nodes: 4, members: 3, faultModel: .majority)
        _ = try await cluster[3].submit(try self.submission(0))
        try await self.wait { cluster[3].readiness.isReady }
        await cluster.stop(0)
        #expect(cluster[3].readiness.isReady)
        await cluster.stop(1)
        try await self.wait { !cluster[3].readiness.isReady }
        #expect(cluster[3].readiness.obstacles.map(\.code) == ["no-quorum"])
        await cluster.stop()
    }

    @Test("B6: several members, and no links: it says so, also before anybody appends", .timeLimit(.minutes(1)))
    func noLinks() async throws {
        let cluster = try await TestCluster(nodes: 3, members: 3, faultModel: .majority)
        await cluster.stop(2)
        let node = try TestNode.open(on: cluster.disks[2])
        #expect(node.readiness.obstacles == [.noLinks])
        await #expect(throws: AppendError.noLinks) { try await node.submit(try self.submission(0)) }
        await node.shutdown()
        await cluster.stop()
    }

    @Test("a change of members is refused as records are", .timeLimit(.minutes(1)))
    func change() async throws {
        let cluster = try await TestCluster(nodes: 3, members: 3, faultModel: .majority)
        await cluster.stop(1)
        await cluster.stop(2)
        let present = cluster[0].status.members
        let set = try #require(MemberSet([Member(key: cluster.keys[0].publicKey)], faultModel: .majority))
        var draft = MemberChangeDraft(chain: present.chain, epoch: present.epoch, next: set)
        for key in cluster.keys { draft.sign(with: key) }
        let change = try draft.change(present: present)
        let power = QuorumPower(present: 1, needed: 2, total: 3)
        await #expect(throws: ChangeError.quorumLost(power)) { _ = try await cluster[0].submit(change) }
        await #expect(throws: ChangeError.noQuorum(power)) { _ = try await cluster[0].submit(change) }
        await cluster.stop()
    }
}
