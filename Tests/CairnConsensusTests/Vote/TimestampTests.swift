import CairnConsensus
import CairnLedger
import Testing

/// Blocks of the future, and clocks that are wrong.
struct TimestampTests {
    private func times(_ cluster: TestCluster<Simplex>, at node: Int) -> [Timestamp] {
        cluster.nodes[node].log.map(\.block.header.timestamp)
    }

    @Test(
        "B1: a ledger goes on whose newest block is ahead of all clocks, and its time stands still until they are there",
        arguments: [(3, FaultModel.majority), (4, .bft), (7, .bft)])
    func headOfTheFuture(members: Int, faultModel: FaultModel) throws {
        var cluster = try TestCluster<Simplex>(powers: Array(repeating: 1, count: members), faultModel)
        let genesis = cluster.genesis.header.timestamp
        // Founded by a clock that was a day ahead.
        cluster.clocks = Dictionary(uniqueKeysWithValues: (0..<members).map { ($0, -86_400) })
        for number in 0..<8 {
            try cluster.submit("\(number)", at: number % members)
            cluster.run()
        }
        for node in 0..<members {
            #expect(cluster.texts(at: node) == (0..<8).map { "\($0)" })
            #expect(self.times(cluster, at: node).allSatisfy { $0 == genesis })
            #expect(!cluster.nodes[node].answers.contains { $0.contains("misbehaved") })
        }
        // The clocks come to the head, and go on.
        cluster.clocks = [:]
        try cluster.submit("8", at: 0)
        cluster.run()
        #expect(try #require(self.times(cluster, at: 1).last) > genesis)
    }

    @Test("B1: after one member appended alone with its clock ahead, others join, and all go on")
    func headOfOneMember() throws {
        var cluster = try TestCluster<Simplex>(powers: [1], .majority, followers: 2)
        cluster.clocks[0] = 3_600
        try cluster.submit("0", at: 0)
        cluster.run()
        cluster.clocks[0] = 0
        let keys = cluster.nodes.map(\.key)
        let present = cluster.nodes[0].machine.chain.present
        let next = try #require(MemberSet(keys.map { Member(key: $0.publicKey) }, faultModel: .majority))
        var draft = MemberChangeDraft(chain: present.chain, epoch: 0, next: next)
        for key in keys { draft.sign(with: key) }
        let change = try draft.change(present: present, using: keys[0])
        cluster.handle(.changeSubmitted(change, Ticket(rawValue: 99)), at: 0)
        cluster.run()
        cluster.steps(10)
        #expect(cluster.nodes.allSatisfy { $0.machine.epoch == 1 })
        for number in 1..<6 {
            try cluster.submit("\(number)", at: number % 3)
            cluster.run()
            cluster.steps(6)
        }
        for node in 0..<3 { #expect(cluster.texts(at: node) == (0..<6).map { "\($0)" }) }
    }

    @Test("a leader whose clock is far ahead is refused what goes beyond the parent, and the others go on")
    func leaderOfTheFuture() throws {
        var cluster = try TestCluster<Simplex>(powers: [1, 1, 1, 1], .bft)
        cluster.clocks[2] = 3_600
        for number in 0..<8 {
            try cluster.submit("\(number)", at: number % 4)
            cluster.run()
            cluster.steps(8)
        }
        cluster.steps(40)
        for node in 0..<4 { #expect(cluster.texts(at: node).sorted() == (0..<8).map { "\($0)" }) }
        #expect(
            self.times(cluster, at: 0).allSatisfy { $0.microseconds < cluster.now.timestamp.microseconds + 10_000_000 })
        #expect(cluster.nodes[0].answers.contains { $0.contains("timestampAhead") })
    }
}
