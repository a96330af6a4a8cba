import CairnConsensus
import CairnHash
import CairnLedger
import Testing

/// Blocks that are final with the notarise votes of all members, and what is done when one is missing.
struct FinalWithAllTests {
    private typealias Cluster = TestCluster<Simplex>

    private static func cluster<Rule>(
        _ powers: [UInt64] = [1, 1, 1, 1], _ rule: Rule.Type = Simplex.self
    ) throws -> TestCluster<Rule> {
        try TestCluster<Rule>(powers: powers, .bft, agreement: .simplex2)
    }

    private static func leader<Rule>(_ view: View, of cluster: TestCluster<Rule>) -> Int {
        LeaderSchedule(cluster.nodes[0].machine.members).leader(of: view)
    }

    /// The views in which a node said something of a kind.
    private static func views<Rule>(_ kind: Vote.Kind, _ node: TestCluster<Rule>.Node) -> [View] {
        node.journal.compactMap { entry -> View? in
            if case .vote(let vote) = entry, vote.kind == kind { vote.view } else { nil }
        }
    }

    private static func has<Rule>(_ kind: Vote.Kind, in view: View = 1, _ node: TestCluster<Rule>.Node) -> Bool {
        Self.views(kind, node).contains(view)
    }

    private static func signed<Rule>(
        _ kind: Vote.Kind, _ hash: Digest, by node: Int, of cluster: TestCluster<Rule>
    ) -> SignedVote {
        let vote = Vote(chain: cluster.genesis.header.hash, epoch: 0, view: 1, kind: kind, blockHash: hash)
        return SignedVote(vote, member: UInt16(node), signature: cluster.nodes[node].key.sign(vote.message))
    }

    /// A first block.
    private static func block<Rule>(
        _ text: String, by node: Int, of cluster: TestCluster<Rule>, secondsAhead: UInt64 = 0
    ) throws -> Block {
        let submission = try Samples.submission(text, text)
        let time = cluster.now.timestamp.microseconds + secondsAhead * 1_000_000
        return cluster.nodes[node].machine.chain.tip.makeBlock(
            entries: submission.entries, leafHashes: submission.leafHashes,
            submissions: SubmissionList([.init(id: try #require(submission.id), offsets: 0..<1)]),
            proposer: cluster.nodes[node].key.publicKey, now: Timestamp(microseconds: time)
        ).block
    }

    private static func proposal(_ block: Block, parentView: View = 0, with vote: SignedVote? = nil) -> Message {
        .proposal(Message.Proposal(epoch: 0, view: 1, parentView: parentView, block: block, vote: vote))
    }

    /// What was said on the way.
    private final class Heard {
        var votes: [SignedVote] = []
        var told: [Int: Int] = [:]

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

    // MARK: All are there

    @Test(
        arguments: [
            ([1, 1], true), ([1, 1, 1], true), ([1, 1, 1, 1], true), ([1, 1, 1, 1, 1], true),
            ([1, 1, 1, 1, 1, 1], true), ([1, 1, 1, 2], true), ([1, 3, 3], true), ([1, 8], true),
            ([1, 1, 1, 1, 1, 1, 1], false), ([1, 1, 5, 5], false),
        ] as [([UInt64], Bool)])
    func oneRoundIsEnough(powers: [UInt64], isEnough: Bool) throws {
        var cluster = try Self.cluster(powers)
        let heard = Self.listen(to: &cluster)
        let time = cluster.time
        for number in 0..<8 {
            try cluster.submit("\(number)", at: number % powers.count)
            cluster.run()
        }
        #expect(cluster.time == time)
        #expect(heard.kinds(.notarise) > 0 && heard.kinds(.nullify) == 0 && heard.kinds(.support) == 0)
        #expect((heard.kinds(.finalise) == 0) == isEnough)
        for node in powers.indices {
            #expect(cluster.texts(at: node) == (0..<8).map { "\($0)" })
            for final in cluster.nodes[node].log {
                let certificate = try #require(final.certificate)
                #expect((certificate.kind == .notarise) == isEnough)
                if isEnough { #expect(certificate.votes.count == powers.count) }
                try cluster.nodes[node].machine.chain.present.verify(
                    certificate, of: final.block.header.hash, using: cluster.nodes[node].key)
            }
        }
    }

    @Test func aChangeOfSettingsBringsIt() throws {
        var cluster = try Cluster(powers: [1, 1, 1, 1], .bft)
        try cluster.submit("0", at: 0)
        cluster.run()
        cluster.steps(3)
        let next = cluster.nodes[0].machine.members
        let settings = try #require(EpochSettings(agreement: .simplex2, submissionWindow: 1_000))
        let message = MemberChange.message(
            chain: cluster.genesis.header.hash, epoch: 0, next: next, settings: settings)
        let change = MemberChange(
            epoch: 0, next: next, settings: settings,
            signatures: (0..<3).map {
                Certificate.MemberSignature(member: UInt16($0), signature: cluster.nodes[$0].key.sign(message))
            }, joining: [])
        cluster.handle(.changeSubmitted(change, Ticket(rawValue: 999)), at: 0)
        cluster.run()
        cluster.steps(6)
        #expect(cluster.nodes.allSatisfy { $0.machine.epoch == 1 })
        let heard = Self.listen(to: &cluster)
        for number in 1..<5 {
            try cluster.submit("\(number)", at: number % 4)
            cluster.run()
        }
        cluster.stop(1)
        try cluster.restart(1)
        cluster.run()
        // A node that is started again gives ids from another seed; a test's doesn't.
        try cluster.submit("5", at: 2)
        cluster.run()
        cluster.steps(3)
        #expect(heard.kinds(.notarise) > 0 && heard.kinds(.finalise) == 0)
        for node in 0..<4 {
            #expect(cluster.texts(at: node) == (0..<6).map { "\($0)" })
            for final in cluster.nodes[node].log {
                let kind = final.block.header.epoch == 0 ? Vote.Kind.finalise : .notarise
                #expect(final.certificate?.kind == kind)
            }
        }
    }

    // MARK: One is missing

    @Test("a member that is away is waited for once, and then in each 2nd view, each 4th, each 8th, until it is back")
    func awayAndBack() throws {
        var cluster = try Self.cluster()
        let (away, node) = (Self.leader(3, of: cluster), Self.leader(1, of: cluster))
        var next = 0
        // By view, whether its block waited for a vote when this node had voted.
        var waited: [View: Bool] = [:]
        func look() {
            let finalised = Set(Self.views(.finalise, cluster.nodes[node]))
            let voted = Self.views(.notarise, cluster.nodes[node]) + Self.views(.support, cluster.nodes[node])
            for view in voted where waited[view] == nil {
                waited[view] = !finalised.contains(view)
            }
        }
        func append() throws {
            try cluster.submit("\(next)", at: node)
            cluster.run()
            look()
            for _ in 0..<200 where cluster.texts(at: node).count <= next {
                guard cluster.step() else { break }
                look()
            }
            next += 1
        }
        for _ in 0..<2 { try append() }
        #expect(Self.views(.finalise, cluster.nodes[node]).isEmpty)
        let known = Set(waited.keys)

        cluster.stop(away)
        for _ in 0..<48 { try append() }
        var failures: UInt64 = 0
        var before: View?
        for (view, hasWaited) in waited.filter({ !known.contains($0.key) }).sorted(by: { $0.key < $1.key }) {
            // While one waits, the next leader may propose the block again, in a view that is waited for with it.
            defer { if hasWaited { before = view } }
            if hasWaited, before.map({ $0.next() == view }) == true { continue }
            #expect(hasWaited == view.rawValue.isMultiple(of: 1 << failures), "\(waited)")
            if hasWaited { failures += 1 }
        }
        #expect(failures >= 4)
        #expect(cluster.texts(at: node) == (0..<next).map { "\($0)" })

        try cluster.restart(away)
        cluster.run()
        cluster.steps(20)
        for _ in 0..<96 { try append() }
        let (time, finalised) = (cluster.time, Self.views(.finalise, cluster.nodes[node]))
        for _ in 0..<3 { try append() }
        #expect(cluster.time == time && Self.views(.finalise, cluster.nodes[node]) == finalised)
        for place in 0..<4 {
            #expect(cluster.texts(at: place) == (0..<next).map { "\($0)" })
            #expect(cluster.nodes[place].log.suffix(3).allSatisfy { $0.certificate?.kind == .notarise })
        }
    }

    @Test("who always gets a last vote late doesn't take its member for away")
    func alwaysLate() throws {
        var cluster = try Self.cluster()
        let (late, slow) = (0, 3)
        let schedule = LeaderSchedule(cluster.nodes[0].machine.members)
        cluster.passes = { _, to, message in
            guard case .vote(let vote) = message, to == late, vote.kind == .notarise else { return true }
            return Int(vote.member) != slow || schedule.leader(of: vote.view) == slow
        }
        for number in 0..<60 {
            try cluster.submit("\(number)", at: 1)
            cluster.run()
            cluster.steps(4)
        }
        // What it began a second round about, others had as final with all, and told it.
        #expect(Self.views(.finalise, cluster.nodes[late]).count > 20)
        for node in 0..<4 {
            #expect(cluster.texts(at: node) == (0..<60).map { "\($0)" })
            #expect(Self.views(.support, cluster.nodes[node]).isEmpty)
            #expect(cluster.nodes[node].log.allSatisfy { $0.certificate?.kind == .notarise })
        }
    }

    @Test("where a quorum is all, one round is enough again after votes that only supported a block")
    func afterSupport() throws {
        var cluster = try Self.cluster([1, 1, 1])
        var next = 0
        func append(_ count: Int) throws {
            for _ in 0..<count {
                try cluster.submit("\(next)", at: next % 3)
                cluster.run()
                cluster.steps(12)
                next += 1
            }
        }
        cluster.clocks[2] = -60
        try append(40)
        #expect(!Self.views(.support, cluster.nodes[2]).isEmpty)
        cluster.clocks[2] = 0
        try append(80)
        for node in 0..<3 {
            #expect(cluster.texts(at: node) == (0..<next).map { "\($0)" })
            #expect(cluster.nodes[node].log.suffix(10).allSatisfy { $0.certificate?.kind == .notarise })
        }
    }

    /// One of four is away for so long that the others don't wait for all any more, with two of them that lead views in a row.
    private static func oneIsAway<Rule: VoteRule>(
        _ rule: Rule.Type
    ) throws -> (TestCluster<Rule>, view: View, away: Int) {
        var cluster = try Self.cluster([1, 1, 1, 1], rule)
        let away = Self.leader(3, of: cluster)
        cluster.stop(away)
        let node = (away + 1) % 4
        var next = 0
        func isFitting(_ view: View) -> Bool {
            Self.leader(view, of: cluster) != away && !view.rawValue.isMultiple(of: 8)
                && Self.views(.support, cluster.nodes[node]).count > 3
        }
        repeat {
            try cluster.submit("\(next)", at: node)
            cluster.run()
            cluster.steps(8)
            next += 1
        } while next < 100 && !isFitting(cluster.nodes[node].machine.view)
        let view = cluster.nodes[node].machine.view
        #expect(isFitting(view))
        #expect((0..<4).allSatisfy { $0 == away || cluster.nodes[$0].machine.view == view })
        return (cluster, view, away)
    }

    @Test("while a member is away, the others vote for a block without waiting for its leader's own vote")
    func votesBeforeTheLeader() throws {
        var (cluster, view, away) = try Self.oneIsAway(Simplex.self)
        let leader = Self.leader(view, of: cluster)
        let others = (0..<4).filter { $0 != leader && $0 != away }
        cluster.stallDisk(of: leader)
        try cluster.submit("1000", at: leader)
        cluster.run()
        for node in others {
            #expect(Self.has(.support, in: view, cluster.nodes[node]))
            #expect(!Self.has(.notarise, in: view, cluster.nodes[node]))
        }
        // They are not bound by that.
        cluster.losePower(of: leader)
        cluster.steps(20)
        #expect(others.allSatisfy { Self.has(.nullify, in: view, cluster.nodes[$0]) })
        try cluster.restart(leader)
        cluster.run()
        cluster.steps(60)
        for node in others + [leader] {
            #expect(cluster.nodes[node].machine.view > view)
            #expect(cluster.nodes[node].log.map(\.block) == cluster.nodes[others[0]].log.map(\.block))
        }
    }

    private enum ProposeTwice: VoteRule {
        static func mayPropose(mayHaveProposed: Bool) -> Bool { true }
    }

    @Test("a leader that lost its power doesn't propose where it may have done so before")
    func oneProposalAView() throws {
        #expect(try Self.textsAfterALoss(Simplex.self).suffix(2) == ["200", "300"])
        // One member voted for each block, and neither can take the other's.
        #expect(try !Self.textsAfterALoss(ProposeTwice.self).contains("300"))
    }

    private static func textsAfterALoss<Rule: VoteRule>(_ rule: Rule.Type) throws -> [String] {
        var (cluster, view, away) = try Self.oneIsAway(rule)
        let leader = Self.leader(view, of: cluster)
        let others = (0..<4).filter { $0 != leader && $0 != away }
        // One has just been started, and waits for all again.
        cluster.stop(others[1])
        try cluster.restart(others[1])
        cluster.run()
        cluster.stallDisk(of: leader)
        cluster.passes = { from, to, _ in from == leader && to == others[0] }
        try cluster.submit("100", at: leader)
        cluster.run()
        #expect(Self.has(.support, in: view, cluster.nodes[others[0]]))
        cluster.losePower(of: leader)
        try cluster.restart(leader)
        cluster.passes = { from, to, _ in from == leader && to == others[1] }
        try cluster.submit("200", at: leader)
        cluster.run()
        cluster.passes = { _, _, _ in true }
        cluster.steps(60)
        try cluster.submit("300", at: others[0])
        cluster.run()
        cluster.steps(60)
        return cluster.texts(at: others[0])
    }

    @Test("a leader that said nothing in the view before sends its proposal when its own vote is durable")
    func withoutARecordBefore() throws {
        var cluster = try Self.cluster()
        let leader = Self.leader(1, of: cluster)
        var proposals = 0
        let counts = Heard()
        cluster.passes = { from, to, message in
            if case .proposal(let proposal) = message { counts.told[Int(proposal.view.rawValue), default: 0] += 1 }
            return true
        }
        cluster.stallDisk(of: leader)
        try cluster.submit("1", at: leader)
        cluster.run()
        #expect(counts.told == [:])
        cluster.losePower(of: leader)
        try cluster.restart(leader)
        // It has nothing of this epoch: so it proposed nothing.
        try cluster.submit("2", at: leader)
        cluster.run()
        proposals = counts.told[1] ?? 0
        #expect(proposals > 0)
        // In later views it has said something in the one before.
        let next = Self.leader(2, of: cluster)
        cluster.stallDisk(of: next)
        try cluster.submit("3", at: next)
        cluster.run()
        #expect((counts.told[2] ?? 0) > 0)
        for node in 0..<4 where node != next { #expect(cluster.texts(at: node).first == "2") }
    }

    @Test("who lacks a vote that the others have is told by each of them, once")
    func lastVoteLost() throws {
        var cluster = try Self.cluster()
        let leader = Self.leader(1, of: cluster)
        let lacks = Self.leader(3, of: cluster)
        let others = (0..<4).filter { $0 != lacks }
        let unheard = try #require(others.first { $0 != leader })
        #expect(lacks != leader && lacks != Self.leader(2, of: cluster))
        let heard = Heard()
        cluster.passes = { from, to, message in
            guard to == lacks else { return true }
            if case .certificate(let certificate) = message, certificate.votes.count == 4 {
                heard.told[from, default: 0] += 1
            }
            if case .vote(let vote) = message { return vote.kind != .notarise || Int(vote.member) != unheard }
            return true
        }
        try cluster.submit("1", at: leader)
        cluster.run()
        #expect(others.allSatisfy { cluster.nodes[$0].machine.chain.head.index == 1 })
        #expect(cluster.nodes[lacks].machine.chain.head.index == 0 && !Self.has(.finalise, cluster.nodes[lacks]))
        for _ in 0..<20 where !Self.has(.finalise, cluster.nodes[lacks]) { guard cluster.step() else { break } }
        #expect(cluster.nodes[lacks].machine.chain.head.index == 1)
        #expect(heard.told == Dictionary(uniqueKeysWithValues: others.map { ($0, 1) }))
        for node in 0..<4 {
            #expect(cluster.nodes[node].log.last?.certificate?.kind == .notarise)
            #expect(Self.has(.finalise, cluster.nodes[node]) == (node == lacks))
        }
        let hash = try #require(cluster.nodes[lacks].log.last).block.header.hash
        cluster.say(.vote(Self.signed(.finalise, hash, by: lacks, of: cluster)), from: lacks, to: others)
        cluster.run()
        #expect(heard.told == Dictionary(uniqueKeysWithValues: others.map { ($0, 1) }))
    }

    // MARK: A leader that lies

    /// The first leader shows each of the others one of several blocks; `shown` has for each of them a block's number.
    @Test(
        arguments: [
            [1, 2, 3], [1, 2, nil], [1, nil, nil], [nil, nil, 1], [1, 1, 2], [2, 1, 1], [1, 2, 1], [1, 1, 2, 2],
            [1, 1, 1, 2], [1, 2, 3, 4], [1, 1, 2, 3, 4], [1, 1, 1, 1, 2], [1, 2, 3, 4, 5], [1, 2, nil, nil, nil],
        ] as [[Int?]])
    func severalBlocks(shown: [Int?]) throws {
        var cluster = try Self.cluster(Array(repeating: 1, count: shown.count + 1))
        let leader = Self.leader(1, of: cluster)
        let others = (0...shown.count).filter { $0 != leader }
        cluster.stop(leader)
        for (other, number) in zip(others, shown) {
            guard let number else { continue }
            let block = try Self.block("\(number)", by: leader, of: cluster)
            cluster.say(Self.proposal(block), from: leader, to: [other])
            cluster.say(
                .vote(Self.signed(.notarise, block.header.hash, by: leader, of: cluster)), from: leader, to: [other])
        }
        cluster.run()
        try cluster.submit("200", at: others[0])
        cluster.run()
        cluster.steps(100)
        for node in others {
            let texts = cluster.texts(at: node)
            #expect(texts.last == "200" && texts.count <= 2)
            #expect(cluster.nodes[node].log.map(\.block) == cluster.nodes[others[0]].log.map(\.block))
        }
        // Where all have voted before they are told of more, what a quorum voted for is final, and nothing else is.
        guard !shown.contains(nil) else { return }
        let most = shown.compactMap { $0 }.count { $0 == 1 } + 1
        let hasQuorum = most >= Int(cluster.nodes[0].machine.members.quorumPower)
        #expect(cluster.texts(at: others[0]) == (hasQuorum ? ["1", "200"] : ["200"]))
        if !hasQuorum { #expect(others.contains { !cluster.nodes[$0].machine.equivocations.isEmpty }) }
    }

    @Test func aVoteGivenToOneOnlyIsPassedOn() throws {
        var cluster = try Self.cluster()
        let leader = Self.leader(1, of: cluster)
        let others = (0..<4).filter { $0 != leader }
        cluster.stop(leader)
        let block = try Self.block("100", by: leader, of: cluster)
        cluster.say(Self.proposal(block), from: leader, to: others)
        cluster.say(
            .vote(Self.signed(.notarise, block.header.hash, by: leader, of: cluster)), from: leader, to: [others[0]])
        cluster.run()
        // Before they have the leader's vote, others don't vote.
        #expect(others.map { Self.has(.notarise, cluster.nodes[$0]) } == [true, false, false])
        for _ in 0..<20 where cluster.heads(0..<4)[others[2]] == 0 { guard cluster.step() else { break } }
        for node in others {
            #expect(cluster.texts(at: node) == ["100"])
            #expect(cluster.nodes[node].log.last?.certificate?.votes.count == 4)
            #expect(!Self.has(.nullify, cluster.nodes[node]) && !Self.has(.finalise, cluster.nodes[node]))
        }
    }

    // MARK: Bound

    @Test("who voted for a block gives its view up when two others said something else, and not before")
    func releasedByTwo() throws {
        var cluster = try Self.cluster()
        let leader = Self.leader(1, of: cluster)
        let others = (0..<4).filter { $0 != leader }
        let bound = others[0]
        cluster.stop(leader)
        let block = try Self.block("100", by: leader, of: cluster)
        cluster.say(Self.proposal(block), from: leader, to: [bound])
        cluster.say(
            .vote(Self.signed(.notarise, block.header.hash, by: leader, of: cluster)), from: leader, to: [bound])
        // The others hear of its vote, and never of the block; it doesn't hear that they give up.
        cluster.passes = { from, to, message in
            switch message {
            case .proposal: from == leader
            case .vote(let vote) where vote.kind == .nullify: to != bound
            default: true
            }
        }
        cluster.run()
        #expect(Self.has(.notarise, cluster.nodes[bound]))
        for _ in 0..<50 where !others[1...].allSatisfy({ Self.has(.nullify, cluster.nodes[$0]) }) {
            guard cluster.step() else { break }
        }
        #expect(others[1...].allSatisfy { Self.has(.nullify, cluster.nodes[$0]) })
        cluster.steps(10)
        #expect(!Self.has(.nullify, cluster.nodes[bound]) && cluster.nodes[bound].machine.view == 1)
        for (other, isReleased) in [(others[1], false), (others[2], true)] {
            cluster.passes = { _, _, message in
                if case .vote(let vote) = message { vote.kind == .nullify } else { false }
            }
            cluster.say(.vote(Self.signed(.nullify, .zero, by: other, of: cluster)), from: other, to: [bound])
            cluster.run()
            #expect(Self.has(.nullify, cluster.nodes[bound]) == isReleased)
        }
        cluster.passes = { _, _, _ in true }
        try cluster.submit("200", at: others[1])
        cluster.run()
        cluster.steps(60)
        for node in others { #expect(cluster.texts(at: node) == ["200"]) }
    }

    private enum TrimLeaderVotes: VoteRule {
        static func keepsInJournal(_ entry: JournalEntry) -> Bool {
            if case .leaderVote = entry { false } else { true }
        }
    }

    @Test("after a restart a member is bound as before, and can show what by", arguments: [false, true])
    func boundAfterARestart(isJournalNew: Bool) throws {
        #expect(try Self.textsAfterRestart(isJournalNew, Simplex.self) == ["100", "200"])
        // Without the leader's vote nobody would believe that the block is the leader's.
        if isJournalNew { #expect(try Self.textsAfterRestart(isJournalNew, TrimLeaderVotes.self) == ["200"]) }
    }

    private static func textsAfterRestart<Rule: VoteRule>(_ isJournalNew: Bool, _ rule: Rule.Type) throws -> [String] {
        var cluster = try Self.cluster([1, 1, 1, 1], rule)
        let leader = Self.leader(1, of: cluster)
        let others = (0..<4).filter { $0 != leader }
        let bound = others[1]
        cluster.stop(leader)
        let block = try Self.block("100", by: leader, of: cluster)
        cluster.say(Self.proposal(block), from: leader, to: [bound])
        cluster.say(
            .vote(Self.signed(.notarise, block.header.hash, by: leader, of: cluster)), from: leader, to: [bound])
        cluster.passes = { from, _, _ in from == leader }
        cluster.run()
        #expect(Self.has(.notarise, cluster.nodes[bound]))
        let kept = try #require(cluster.nodes[bound].machine.journalToKeep)
        cluster.stop(bound)
        cluster.passes = { _, _, _ in false }
        try cluster.restart(bound, memory: isJournalNew ? .journal(kept) : nil)
        cluster.run()
        cluster.steps(20)
        // Its time is over, and it stays with the block.
        #expect(!Self.has(.nullify, cluster.nodes[bound]) && cluster.nodes[bound].machine.view == 1)
        cluster.passes = { _, _, _ in true }
        cluster.steps(40)
        try cluster.submit("200", at: bound)
        cluster.run()
        cluster.steps(60)
        #expect(Self.views(.notarise, cluster.nodes[bound]).count { $0 == 1 } == 1)
        for node in others { #expect(cluster.texts(at: node) == cluster.texts(at: bound)) }
        return cluster.texts(at: bound)
    }

    @Test("a journal that is begun anew knows that all members' votes made the newest block final")
    func finalWithAllIsKept() throws {
        var cluster = try Self.cluster()
        for number in 0..<3 {
            try cluster.submit("\(number)", at: 0)
            cluster.run()
        }
        let certificate = try #require(cluster.nodes[0].log.last?.certificate)
        #expect(certificate.kind == .notarise && certificate.votes.count == 4)
        let kept = try #require(cluster.nodes[0].machine.journalToKeep)
        #expect(kept.contains(.certificate(certificate)))
        cluster.stop(0)
        cluster.passes = { _, _, _ in false }
        // The log has lost the block.
        try cluster.restart(0, losing: 1, memory: .journal(kept))
        #expect(cluster.nodes[0].machine.view == certificate.view.next())
        cluster.run()
        cluster.passes = { _, _, _ in true }
        cluster.steps(30)
        #expect(cluster.texts(at: 0) == ["0", "1", "2"])
    }

    // MARK: Support

    /// One of the members is up, and not the first leader; what others say to it the test says.
    private static func alone(
        _ members: Int = 4, hasGivenUp: Bool = true
    ) throws -> (Cluster, node: Int, leader: Int, others: [Int]) {
        var cluster = try Self.cluster(Array(repeating: 1, count: members))
        let leader = Self.leader(1, of: cluster)
        let others = (0..<members).filter { $0 != leader }
        for node in 0..<members where node != others[0] { cluster.stop(node) }
        if hasGivenUp {
            try cluster.submit("200", at: others[0])
            for _ in 0..<50 where !Self.has(.nullify, cluster.nodes[others[0]]) { guard cluster.step() else { break } }
            #expect(Self.has(.nullify, cluster.nodes[others[0]]))
        }
        return (cluster, others[0], leader, Array(others.dropFirst()))
    }

    @Test(
        "who gave a view up supports its block when the leader and another voted for it",
        arguments: [([0], false), ([1], false), ([1, 2], false), ([0, 1], true), ([2, 0], true)] as [([Int], Bool)])
    func supportTakesTwo(voters: [Int], isEnough: Bool) throws {
        var (cluster, node, leader, others) = try Self.alone()
        let block = try Self.block("100", by: leader, of: cluster)
        cluster.say(Self.proposal(block), from: leader, to: [node])
        for voter in voters.map({ ([leader] + others)[$0] }) {
            cluster.run()
            #expect(!Self.has(.support, cluster.nodes[node]))
            cluster.say(
                .vote(Self.signed(.notarise, block.header.hash, by: voter, of: cluster)), from: voter, to: [node])
        }
        cluster.run()
        #expect(Self.has(.support, cluster.nodes[node]) == isEnough)
        // With that it is notarised.
        #expect(cluster.nodes[node].machine.view == (isEnough ? 2 : 1))
        cluster.steps(20)
        #expect(Self.has(.support, cluster.nodes[node]) == isEnough)
        #expect(!Self.has(.notarise, cluster.nodes[node]) && !Self.has(.finalise, cluster.nodes[node]))
    }

    @Test func whatWasLateGetsSupportAndGoesOn() throws {
        var cluster = try Self.cluster()
        let leader = Self.leader(1, of: cluster)
        let away = try #require((0..<4).first { $0 != leader && $0 != Self.leader(2, of: cluster) })
        let others = (0..<4).filter { $0 != leader && $0 != away }
        let late = others[0]
        cluster.stop(away)
        cluster.passes = { from, to, _ in from != late && to != late }
        try cluster.submit("100", at: leader)
        cluster.run()
        try cluster.submit("200", at: late)
        cluster.run()
        for _ in 0..<50 where !Self.has(.nullify, cluster.nodes[late]) { guard cluster.step() else { break } }
        #expect(Self.has(.nullify, cluster.nodes[late]))
        cluster.passes = { _, _, _ in true }
        cluster.steps(60)
        #expect(Self.has(.support, cluster.nodes[late]))
        #expect(!Self.has(.notarise, cluster.nodes[late]) && !Self.has(.finalise, cluster.nodes[late]))
        for node in [leader, others[1]] {
            #expect(!Self.has(.nullify, cluster.nodes[node]))
            // What the next votes stand on is journaled with them.
            let notarisation = cluster.nodes[node].journal.compactMap { entry -> Certificate? in
                if case .certificate(let certificate) = entry, certificate.view == 1 { certificate } else { nil }
            }.first
            #expect(notarisation?.kind == .notarise)
            #expect(notarisation?.votes.filter(\.isSupport).map(\.member) == [UInt16(late)])
        }
        try cluster.restart(away)
        cluster.run()
        cluster.steps(40)
        for node in 0..<4 { #expect(cluster.texts(at: node) == ["100", "200"]) }
    }

    @Test func whoSupportedKnowsItAfterARestart() throws {
        // Three of six are no quorum.
        var (cluster, node, leader, others) = try Self.alone(6)
        let block = try Self.block("100", by: leader, of: cluster)
        let hash = block.header.hash
        func say(by voters: [Int]) {
            for voter in voters {
                cluster.say(.vote(Self.signed(.notarise, hash, by: voter, of: cluster)), from: voter, to: [node])
            }
            cluster.run()
        }
        cluster.say(Self.proposal(block), from: leader, to: [node])
        say(by: [leader, others[0]])
        #expect(Self.views(.support, cluster.nodes[node]) == [1] && cluster.nodes[node].machine.view == 1)
        let kept = try #require(cluster.nodes[node].machine.journalToKeep)
        #expect(kept.contains(.leaderVote(Self.signed(.notarise, hash, by: leader, of: cluster))))
        for kind in [Vote.Kind.support, .nullify] {
            let said = JournalEntry.OwnVote(epoch: 0, view: 1, kind: kind, blockHash: kind == .nullify ? .zero : hash)
            #expect(kept.contains(.vote(said)))
        }
        cluster.stop(node)
        try cluster.restart(node, memory: .journal(kept))
        cluster.say(Self.proposal(block), from: leader, to: [node])
        say(by: [leader, others[0], others[1]])
        #expect(cluster.nodes[node].machine.view == 1)
        // With its own vote and the leader's, both from before, this is a quorum.
        say(by: [others[2]])
        #expect(cluster.nodes[node].machine.view == 2)
        #expect(Self.views(.support, cluster.nodes[node]) == [1])
    }

    @Test("a block that was in time for others, and is not for a clock that is behind, gets support")
    func aheadOfAClock() throws {
        var (cluster, node, leader, others) = try Self.alone(hasGivenUp: false)
        let block = try Self.block("100", by: leader, of: cluster, secondsAhead: 3_600)
        let vote = Self.signed(.notarise, block.header.hash, by: leader, of: cluster)
        cluster.say(Self.proposal(block), from: leader, to: [node])
        cluster.run()
        #expect(Self.has(.nullify, cluster.nodes[node]))
        #expect(cluster.nodes[node].answers.contains { $0.contains("timestampAhead") })
        let accusations = cluster.nodes[node].answers.count
        // Who passes it on isn't to blame; by its word alone nothing follows.
        cluster.say(Self.proposal(block, with: vote), from: others[0], to: [node])
        cluster.run()
        #expect(!Self.has(.support, cluster.nodes[node]) && cluster.nodes[node].answers.count == accusations)
        cluster.say(
            .vote(Self.signed(.notarise, block.header.hash, by: others[0], of: cluster)), from: others[0], to: [node])
        cluster.run()
        #expect(Self.has(.support, cluster.nodes[node]))
    }

    // MARK: What others pass on

    @Test(arguments: [true, false])
    func aVoteOfAnotherThanTheLeaderIsMisbehaviour(byLeader: Bool) throws {
        var (cluster, node, leader, others) = try Self.alone(hasGivenUp: false)
        let block = try Self.block("100", by: leader, of: cluster)
        let vote = Self.signed(.notarise, block.header.hash, by: others[0], of: cluster)
        cluster.say(Self.proposal(block, with: vote), from: byLeader ? leader : others[0], to: [node])
        cluster.run()
        #expect(cluster.nodes[node].answers.contains { $0.contains("proposalOutOfTurn") })
        // It was not taken up: the leader's vote finds no block.
        let own = Self.signed(.notarise, block.header.hash, by: leader, of: cluster)
        cluster.say(.vote(own), from: leader, to: [node])
        cluster.run()
        #expect(!Self.has(.notarise, cluster.nodes[node]))
        cluster.say(Self.proposal(block), from: leader, to: [node])
        cluster.run()
        #expect(Self.has(.notarise, cluster.nodes[node]))
    }

    @Test func whatIsPassedOnWronglyDoesNotKeepOutTheLeadersOwn() throws {
        var (cluster, node, leader, others) = try Self.alone(hasGivenUp: false)
        let block = try Self.block("100", by: leader, of: cluster)
        let vote = Self.signed(.notarise, block.header.hash, by: leader, of: cluster)
        cluster.say(Self.proposal(block, parentView: 7, with: vote), from: others[0], to: [node])
        cluster.run()
        #expect(!Self.has(.notarise, cluster.nodes[node]))
        cluster.say(Self.proposal(block), from: leader, to: [node])
        cluster.run()
        #expect(Self.has(.notarise, cluster.nodes[node]) && !Self.has(.nullify, cluster.nodes[node]))
    }

    /// The leader's own is another matter.
    @Test(arguments: [false, true])
    func aBadBlockThatIsPassedOnMakesNobodyGiveUp(byLeader: Bool) throws {
        var (cluster, node, leader, others) = try Self.alone(hasGivenUp: false)
        // Of another proposer than the leader.
        let block = try Self.block("100", by: others[0], of: cluster)
        let vote = Self.signed(.notarise, block.header.hash, by: leader, of: cluster)
        cluster.say(Self.proposal(block, with: vote), from: byLeader ? leader : others[0], to: [node])
        cluster.run()
        #expect(cluster.nodes[node].answers.contains { $0.contains("invalidProposal") })
        #expect(Self.has(.nullify, cluster.nodes[node]) == byLeader)
        #expect(!Self.has(.notarise, cluster.nodes[node]))
    }
}
