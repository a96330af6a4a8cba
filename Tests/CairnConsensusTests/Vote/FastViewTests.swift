import CairnConsensus
import CairnHash
import CairnLedger
import Testing

/// Views with one round of votes, and what is done when not all took part in it.
struct FastViewTests {
    private typealias Cluster = TestCluster<Simplex>

    /// What was said on the way.
    private final class Heard {
        var votes: [SignedVote] = []

        func kinds(_ kind: Vote.Kind) -> Int { self.votes.count { $0.kind == kind } }
    }

    private static func listen(to cluster: inout Cluster) -> Heard {
        let heard = Heard()
        cluster.passes = { _, _, message in
            if case .vote(let vote) = message { heard.votes.append(vote) }
            return true
        }
        return heard
    }

    @Test(
        arguments: [
            ([1, 1, 1], FaultModel.majority, true), ([1, 5, 2, 9], .majority, true), ([1, 1, 1, 1], .bft, false),
            (Array(repeating: 1, count: 7), .bft, false), ([3, 3, 3, 2], .bft, false),
        ] as [([UInt64], FaultModel, Bool)])
    func whereOneRoundIsEnough(powers: [UInt64], faultModel: FaultModel, isEnough: Bool) throws {
        var cluster = try Cluster(powers: powers, faultModel)
        let heard = Self.listen(to: &cluster)
        for number in 0..<8 {
            try cluster.submit("\(number)", at: number % powers.count)
            cluster.run()
        }
        #expect(cluster.texts(at: 0).count == 8)
        #expect(heard.kinds(.finalise) > 0 && heard.kinds(.nullify) == 0)
        #expect((heard.kinds(.notarise) == 0) == isEnough)
    }

    @Test func whatIsProposedIsNotForwardedToTheNextLeader() throws {
        let leader = try Self.firstLeader([1, 1, 1, 1], .majority)
        for node in 0..<4 where node != leader {
            var cluster = try Cluster(powers: [1, 1, 1, 1], .majority)
            var told: [Int] = []
            var hasProposed = false
            cluster.passes = { from, to, message in
                if case .submissions = message { told.append(to) }
                if case .proposal = message { hasProposed = true }
                // Before the leader's vote nobody votes for what it proposes.
                if case .vote = message { return from != leader }
                return true
            }
            try cluster.submit("1", at: node)
            cluster.run()
            #expect(hasProposed)
            #expect(told == [leader])
        }
    }

    // MARK: A leader that is gone

    /// Only one member hears of the first leader's block, and the leader is never seen again.
    private static func withoutLeader<Rule>(
        _ powers: [UInt64], _ model: FaultModel, _ rule: Rule.Type
    ) throws -> (TestCluster<Rule>, leader: Int, Int) {
        let leader = try Self.firstLeader(powers, model)
        var cluster = try TestCluster<Rule>(powers: powers, model)
        let bound = (leader + 1) % powers.count
        cluster.passes = { from, to, _ in from != leader || to == bound }
        try cluster.submit("100", at: leader)
        cluster.run()
        cluster.stop(leader)
        cluster.passes = { _, _, _ in true }
        return (cluster, leader, bound)
    }

    private static func firstLeader(_ powers: [UInt64], _ model: FaultModel) throws -> Int {
        var cluster = try Cluster(powers: powers, model)
        for node in powers.indices { try cluster.submit("\(node)", at: node) }
        cluster.run()
        let proposer = cluster.nodes[0].log.first?.block.header.proposer
        return try #require(cluster.nodes.firstIndex { $0.key.publicKey == proposer })
    }

    private enum TrimLeaderVotes: VoteRule {
        static func keepsInJournal(_ entry: JournalEntry) -> Bool {
            if case .leaderVote = entry { false } else { true }
        }
    }

    private enum Restart: CaseIterable {
        case none, plain
        /// With a journal that was begun anew.
        case trimmed
    }

    @Test(arguments: [3, 4], Restart.allCases)
    private func whoGaveUpHelpsThoseWhoAreBound(members: Int, restart: Restart) throws {
        #expect(try Self.helps(members, restart, Simplex.self))
        // Without the leader's vote nobody would believe that the block is the leader's.
        if restart == .trimmed, members == 4 { #expect(try !Self.helps(members, restart, TrimLeaderVotes.self)) }
    }

    private static func helps<Rule: VoteRule>(_ members: Int, _ restart: Restart, _ rule: Rule.Type) throws -> Bool {
        let powers = [UInt64](repeating: 1, count: members)
        var (cluster, leader, bound) = try Self.withoutLeader(powers, .majority, rule)
        if restart != .none {
            let kept = try #require(cluster.nodes[bound].machine.journalToKeep)
            cluster.stop(bound)
            try cluster.restart(bound, memory: restart == .trimmed ? .journal(kept) : nil)
        }
        let others = powers.indices.filter { $0 != leader }
        for node in others where node != bound { try cluster.submit("\(node)", at: node) }
        cluster.run()
        cluster.steps(60)
        return others.allSatisfy { cluster.texts(at: $0).first == "100" && cluster.texts(at: $0).count == others.count }
    }

    // MARK: Votes of version 0.1

    /// Version 0.1 had fast views under `bft` too: what it journaled there is gone on with.
    @Test(arguments: [(1, true), (2, true), (3, true), (4, true), (2, false), (3, false), (4, false)])
    func votesOfAnEarlierVersion(bound count: Int, isLeaderUp: Bool) throws {
        let leader = try Self.firstLeader([1, 1, 1, 1], .bft)
        var cluster = try Cluster(powers: [1, 1, 1, 1], .bft)
        let (proposal, vote) = try Self.proposal(of: "100", .finalise, by: leader, in: cluster)
        let all = (0..<4).map { (leader + $0) % 4 }
        for node in all { cluster.stop(node) }
        let nodes = isLeaderUp ? all : Array(all.dropFirst())
        let journal: [JournalEntry] = [
            .block(proposal.block), .leaderVote(vote),
            .vote(JournalEntry.OwnVote(epoch: 0, view: 1, kind: .finalise, blockHash: vote.blockHash)),
        ]
        for node in nodes {
            try cluster.restart(node, memory: .journal(all.prefix(count).contains(node) ? journal : []))
            #expect(cluster.nodes[node].machine.undecidedFastView == (all.prefix(count).contains(node) ? 1 : nil))
        }
        try cluster.submit("200", at: all[3])
        cluster.run()
        cluster.steps(60)
        for node in nodes {
            #expect(cluster.texts(at: node) == ["100", "200"])
            #expect(cluster.nodes[node].machine.undecidedFastView == nil)
        }
    }

    // MARK: A leader that lies

    /// The first leader shows each of the others one of several blocks; `shown` has for each of them a block's number.
    private static func lyingLeader(_ shown: [Int?]) throws -> (Cluster, leader: Int, others: [Int]) {
        let powers = [UInt64](repeating: 1, count: shown.count + 1)
        let leader = try Self.firstLeader(powers, .bft)
        var cluster = try Cluster(powers: powers, .bft)
        cluster.stop(leader)
        let others = powers.indices.filter { $0 != leader }
        for (other, number) in zip(others, shown) {
            guard let number else { continue }
            let (proposal, vote) = try Self.proposal(of: "\(number)", .notarise, by: leader, in: cluster)
            cluster.say(.proposal(proposal), from: leader, to: [other])
            cluster.say(.vote(vote), from: leader, to: [other])
        }
        return (cluster, leader, others)
    }

    private static func proposal(
        of text: String, _ kind: Vote.Kind, by leader: Int, in cluster: Cluster
    ) throws -> (Message.Proposal, SignedVote) {
        let key = cluster.nodes[leader].key
        let submission = try Samples.submission(text, text)
        let block = cluster.nodes[leader].machine.chain.tip.makeBlock(
            entries: submission.entries, leafHashes: submission.leafHashes,
            submissions: SubmissionList([.init(id: try #require(submission.id), offsets: 0..<1)]),
            proposer: key.publicKey, now: cluster.now.timestamp)
        let vote = Vote(
            chain: cluster.genesis.header.hash, epoch: 0, view: 1, kind: kind, blockHash: block.hash)
        return (
            Message.Proposal(epoch: 0, view: 1, parentView: 0, block: block.block),
            SignedVote(vote, member: UInt16(leader), signature: key.sign(vote.message))
        )
    }

    @Test(
        arguments: [
            ([1, 2, 3], nil), ([1, 2, nil], nil), ([1, nil, nil], nil), ([1, 1, 2], "1"), ([2, 1, 1], "1"),
            ([1, 1, 2, 2], nil), ([1, 1, 1, 2], "1"), ([1, 2, 3, 4, 5], nil), ([1, 1, 1, 1, 2], "1"),
        ] as [([Int?], String?)])
    func whatALyingLeaderShowedIsSettled(shown: [Int?], outcome: String?) throws {
        var (cluster, _, others) = try Self.lyingLeader(shown)
        cluster.run()
        try cluster.submit("200", at: others[0])
        cluster.run()
        cluster.steps(60)
        for node in others {
            #expect(cluster.texts(at: node) == (outcome.map { [$0] } ?? []) + ["200"])
            #expect(cluster.nodes[node].log.map(\.block) == cluster.nodes[others[0]].log.map(\.block))
        }
    }
}
