import CairnConsensus
import CairnLedger
import Testing

/// A leader waits a moment for those whose records have become final, so that what they send next shares a block.
struct GatheringTests {
    private typealias Cluster = TestCluster<Simplex>

    /// Messages that the network holds back.
    private final class Held {
        var messages: [(from: Int, message: Message)] = []
    }

    private static func records(_ numbers: Range<Int>) throws -> [Submission] {
        try numbers.map { try Samples.submission(nil, "\($0)") }
    }

    /// Four members whose first block, of four records, is final everywhere but at the leader of view 2, which lacks the last votes.
    private static func firstBlock() throws -> (Cluster, leader: Int, others: [Int], held: Held) {
        var cluster = try Cluster(powers: [1, 1, 1, 1], .bft)
        let schedule = LeaderSchedule(cluster.nodes[0].machine.members)
        let leader = schedule.leader(of: 2)
        let held = Held()
        cluster.passes = { from, to, message in
            guard to == leader, case .vote(let vote) = message, vote.kind == .finalise else { return true }
            held.messages.append((from, message))
            return false
        }
        cluster.submit(try Self.records(0..<4), at: schedule.leader(of: 1))
        cluster.run()
        cluster.passes = { _, _, _ in true }
        let others = (0..<4).filter { $0 != leader }
        #expect(others.map { cluster.nodes[$0].machine.chain.head.index } == [1, 1, 1])
        #expect(cluster.nodes[leader].machine.chain.head.index == 0)
        return (cluster, leader, others, held)
    }

    @Test("what clients of others send before the leader knows of the final block is not waited for once more")
    func early() throws {
        var (cluster, leader, others, held) = try Self.firstBlock()
        cluster.submit(try Self.records(4..<6), at: others[0])
        cluster.run()
        for (from, message) in held.messages { cluster.say(message, from: from, to: [leader]) }
        cluster.run()
        // Two of the four that were answered have sent their next.
        #expect(cluster.heads(0..<4) == [1, 1, 1, 1])
        cluster.submit(try Self.records(6..<8), at: others[1])
        cluster.run()
        #expect(cluster.heads(0..<4) == [2, 2, 2, 2])
        #expect(cluster.texts(at: leader).sorted() == (0..<8).map { "\($0)" })
    }

    @Test("what waited before is waited for beside those whose records have become final")
    func others() throws {
        var cluster = try Cluster(powers: [1, 1, 1, 1], .bft)
        let schedule = LeaderSchedule(cluster.nodes[0].machine.members)
        let leader = schedule.leader(of: 2)
        // Records of others come to the leader of view 2 while the block of view 1 is under way.
        let held = Held()
        cluster.passes = { from, _, message in
            guard case .proposal = message else { return true }
            held.messages.append((from, message))
            return false
        }
        cluster.submit(try Self.records(0..<4), at: schedule.leader(of: 1))
        cluster.run()
        cluster.submit(try Self.records(4..<8), at: leader)
        cluster.run()
        cluster.passes = { _, _, _ in true }
        for (from, message) in held.messages { cluster.say(message, from: from, to: (0..<4).filter { $0 != from }) }
        cluster.run()
        #expect(cluster.heads(0..<4) == [1, 1, 1, 1])
        cluster.submit(try Self.records(8..<11), at: leader)
        cluster.run()
        #expect(cluster.heads(0..<4) == [1, 1, 1, 1])
        cluster.submit(try Self.records(11..<12), at: leader)
        cluster.run()
        #expect(cluster.heads(0..<4) == [2, 2, 2, 2])
    }

    @Test("who sends nothing more is not waited for long")
    func nobody() throws {
        var (cluster, leader, others, held) = try Self.firstBlock()
        for (from, message) in held.messages { cluster.say(message, from: from, to: [leader]) }
        cluster.submit(try Self.records(4..<5), at: others[0])
        cluster.run()
        #expect(cluster.heads(0..<4) == [1, 1, 1, 1])
        let isDue = cluster.step(within: .seconds(1))
        #expect(isDue)
        #expect(cluster.heads(0..<4) == [2, 2, 2, 2])
    }
}
