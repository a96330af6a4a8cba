import CairnConsensus
import CairnHash
import CairnLedger
import Testing

/// Orders of messages, losses and crashes, found by hand, in which agreement once stopped for ever, forked, or wrote a submission
/// twice. In the end all that is up is linked, and every message arrives.
@Suite("Schedules that agreement got wrong")
struct ScheduleTests {
    private typealias Cluster = TestCluster<Simplex>

    private static func leader<Rule>(_ view: View, of cluster: TestCluster<Rule>) -> Int {
        LeaderSchedule(cluster.nodes[0].machine.members).leader(of: view)
    }

    private static func signed<Rule>(
        _ kind: Vote.Kind, in view: View, _ hash: Digest, by node: Int, of cluster: TestCluster<Rule>
    ) -> SignedVote {
        let vote = Vote(
            chain: cluster.genesis.header.hash, epoch: cluster.nodes[0].machine.epoch, view: view, kind: kind,
            blockHash: hash)
        return SignedVote(vote, member: UInt16(node), signature: cluster.nodes[node].key.sign(vote.message))
    }

    private static func has(_ kind: Vote.Kind, in view: View, _ node: Cluster.Node) -> Bool {
        node.journal.contains {
            if case .vote(let vote) = $0 { vote.kind == kind && vote.view == view } else { false }
        }
    }

    /// Lets time go on until some nodes have final blocks that they didn't have, for as long as a day.
    private static func expectProgress(
        of cluster: inout Cluster, at nodes: [Int], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let (goesOn, before) = Self.goesOn(&cluster, at: nodes)
        #expect(goesOn, "stands at \(before)", sourceLocation: sourceLocation)
    }

    private static func goesOn<Rule>(_ cluster: inout TestCluster<Rule>, at nodes: [Int]) -> (Bool, [BlockIndex]) {
        let before = nodes.map { cluster.nodes[$0].machine.chain.head.index }
        let end = cluster.time + 24 * 3_600 * 1_000_000_000
        var goesOn = false
        while !goesOn, cluster.time < end, cluster.step() {
            goesOn = zip(nodes, before).allSatisfy { cluster.nodes[$0].machine.chain.head.index > $1 }
        }
        return (goesOn, before)
    }

    /// That what some nodes have as final lies on one chain.
    private static func expectOneChain(
        _ cluster: Cluster, _ nodes: [Int], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let logs = nodes.map { cluster.nodes[$0].log.map(\.block.header.hash) }
        guard let longest = logs.max(by: { $0.count < $1.count }) else { return }
        for log in logs { #expect(longest.starts(with: log), sourceLocation: sourceLocation) }
    }

    // MARK: Bound by what is final

    /// Members under `bft` with a final block, in a view in which nothing was said yet.
    private static func quiet(
        _ agreement: AgreementRule, _ members: Int = 4
    ) throws -> (Cluster, view: View, leader: Int, others: [Int], final: FinalBlock) {
        var cluster = try Cluster(powers: Array(repeating: 1, count: members), .bft, agreement: agreement)
        for node in 0..<members { try cluster.submit("\(node)", at: node) }
        cluster.run()
        cluster.steps(10)
        let view = cluster.nodes[0].machine.view
        let leader = Self.leader(view, of: cluster)
        let final = try #require(cluster.nodes[0].log.last)
        return (cluster, view, leader, (0..<members).filter { $0 != leader }, final)
    }

    /// What a liar says for a block to bind those who hear of it.
    private static func bindingKind(_ agreement: AgreementRule) -> Vote.Kind {
        agreement == .simplex1 ? .finalise : .notarise
    }

    @Test(
        "a leader that lies proposes the final block again to one, and gives another a vote for nothing",
        arguments: [(4, true), (5, true), (6, true), (4, false), (5, false), (6, false)], AgreementRule.allCases)
    func finalBlockProposedToOne(_ membersAndVote: (Int, Bool), agreement: AgreementRule) throws {
        let (members, withVoteForNothing) = membersAndVote
        var (cluster, view, liar, others, final) = try Self.quiet(agreement, members)
        let kind = Self.bindingKind(agreement)
        cluster.stop(liar)
        let proposal = Message.Proposal(
            epoch: 0, view: view, parentView: try #require(final.certificate).view, block: final.block)
        cluster.say(.proposal(proposal), from: liar, to: [others[0]])
        let vote = Self.signed(kind, in: view, final.block.header.hash, by: liar, of: cluster)
        cluster.say(.vote(vote), from: liar, to: [others[0]])
        if withVoteForNothing {
            let nothing = Self.signed(kind, in: view, Digest(hashing: [1, 2, 3]), by: liar, of: cluster)
            cluster.say(.vote(nothing), from: liar, to: [others[1]])
        }
        cluster.run()
        #expect(Self.has(.notarise, in: view, cluster.nodes[others[0]]))
        for node in others { try cluster.submit("\(900 + node)", at: node) }
        cluster.run()
        Self.expectProgress(of: &cluster, at: others)
        Self.expectOneChain(cluster, others)
    }

    /// Who gave a view up, as far as it is known.
    private final class GaveUp {
        var members: Set<Int> = []
    }

    @Test(
        "a block is proposed again twice before it is known to be final, and then some are gone",
        arguments: [(5, FaultModel.majority, 3)])
    func proposedAgainTwice(members: Int, faultModel: FaultModel, boundInSecond: Int) throws {
        var cluster = try Cluster(powers: Array(repeating: 1, count: members), faultModel)
        let (first, second, third) = (
            Self.leader(1, of: cluster), Self.leader(2, of: cluster), Self.leader(3, of: cluster)
        )
        let quorum = faultModel == .bft ? 2 * members / 3 + 1 : members / 2 + 1
        var gone = Array((0..<members).filter { $0 != third && $0 != first && $0 != second }.prefix(members - quorum))
        if gone.count < members - quorum { gone.append(first) }
        let up = (0..<members).filter { !gone.contains($0) }
        var bound = Set(gone + [second])
        for node in up where node != third && bound.count < boundInSecond { bound.insert(node) }

        let gaveUp = GaveUp()
        cluster.passes = { [bound] from, to, message in
            if case .vote(let vote) = message, vote.kind == .nullify, vote.view == 2 {
                gaveUp.members.insert(Int(vote.member))
            }
            switch message {
            case .proposal(let proposal) where proposal.view == 2 && !bound.contains(to):
                return gaveUp.members.contains(to)
            case .vote(let vote) where vote.kind == .finalise && vote.view == 1:
                return from == first && Int(vote.member) == first
            case .vote(let vote) where vote.kind == .finalise && vote.view == 2: return Int(vote.member) == second
            case .proposal(let proposal) where proposal.view == 2 && proposal.vote == nil: return bound.contains(to)
            case .proposal(let proposal) where proposal.view == 3: return false
            case .vote(let vote) where vote.view == 3 && vote.kind == .finalise: return false
            case .finals, .finalsRequest: return false
            default: return true
            }
        }
        try cluster.submit("500", at: first)
        cluster.run()
        for _ in 0..<2_000 where cluster.nodes[third].machine.view < 3 { guard cluster.step() else { break } }
        for node in gone { cluster.stop(node) }
        func isReady() -> Bool {
            Self.has(.finalise, in: 3, cluster.nodes[third])
                && up.allSatisfy { $0 == third || Self.has(.nullify, in: 3, cluster.nodes[$0]) }
        }
        for _ in 0..<2_000 where !isReady() { guard cluster.step() else { break } }
        #expect(isReady())
        // One direction of the links of the leader of view 3 comes back, then the other.
        cluster.passes = { from, _, _ in from != third }
        for _ in 0..<2_000 where cluster.nodes[third].machine.chain.head.index < 1 {
            guard cluster.step() else { break }
        }
        cluster.passes = { _, _, _ in true }
        for node in up { try cluster.submit("\(900 + node)", at: node) }
        cluster.run()
        cluster.steps(3)
        Self.expectProgress(of: &cluster, at: up)
        Self.expectOneChain(cluster, Array(0..<members))
    }

    @Test(
        "one that isn't the leader lies to who gave up that it is bound by the final block",
        arguments: AgreementRule.allCases)
    func liarBesideAnHonestLeader(agreement: AgreementRule) throws {
        var (cluster, view, leader, others, final) = try Self.quiet(agreement)
        let (bound, late, liar) = (others[0], others[1], others[2])
        cluster.stop(liar)
        cluster.passes = { from, to, _ in from != late && to != late }
        try cluster.submit("8", at: leader)
        try cluster.submit("9", at: late)
        cluster.run()
        #expect(Self.has(.notarise, in: view, cluster.nodes[bound]))
        for _ in 0..<200 where !Self.has(.nullify, in: view, cluster.nodes[late]) {
            guard cluster.step() else { break }
        }
        #expect(Self.has(.nullify, in: view, cluster.nodes[late]))
        cluster.passes = { _, _, _ in true }
        let kind = Self.bindingKind(agreement)
        let lie = Self.signed(kind, in: view, final.block.header.hash, by: liar, of: cluster)
        cluster.say(.vote(lie), from: liar, to: [late])
        cluster.run()
        Self.expectProgress(of: &cluster, at: [leader, bound, late])
        Self.expectOneChain(cluster, [leader, bound, late])
    }

    @Test(
        "a leader that lies shows one a block, and another only a vote for the final one",
        arguments: AgreementRule.allCases)
    func voteForTheFinalBlockToOne(agreement: AgreementRule) throws {
        var (cluster, view, liar, others, final) = try Self.quiet(agreement)
        let kind = Self.bindingKind(agreement)
        cluster.stop(liar)
        let submission = try Samples.submission("lie", "77")
        let block = cluster.nodes[others[0]].machine.chain.tip.makeBlock(
            entries: submission.entries, leafHashes: submission.leafHashes,
            submissions: SubmissionList([.init(id: try #require(submission.id), offsets: 0..<1)]),
            proposer: cluster.nodes[liar].key.publicKey, now: cluster.now.timestamp)
        let parentView = try #require(final.certificate).view
        cluster.say(
            .proposal(Message.Proposal(epoch: 0, view: view, parentView: parentView, block: block.block)), from: liar,
            to: [others[0]])
        cluster.say(
            .vote(Self.signed(kind, in: view, block.hash, by: liar, of: cluster)), from: liar, to: [others[0]])
        cluster.say(
            .vote(Self.signed(kind, in: view, final.block.header.hash, by: liar, of: cluster)), from: liar,
            to: [others[1]])
        cluster.run()
        #expect(Self.has(.notarise, in: view, cluster.nodes[others[0]]))
        for node in others { try cluster.submit("\(900 + node)", at: node) }
        cluster.run()
        Self.expectProgress(of: &cluster, at: others)
        Self.expectOneChain(cluster, others)
    }

    // MARK: After a crash

    @Test("the log loses a block with its power, and the journal has one that stands on it", arguments: [0, 2])
    func journaledBlockWithoutParent(lost: Int) throws {
        var cluster = try Cluster(powers: [1, 1, 1], .majority)
        let (first, second) = (Self.leader(1, of: cluster), Self.leader(2, of: cluster))
        let hears = try #require((0..<3).first { $0 != first && $0 != second })
        let other = try #require((0..<3).first { $0 != second && $0 != hears })
        // One gets the first block as a final one only.
        cluster.passes = { _, to, message in if case .proposal = message { to != hears } else { true } }
        try cluster.submit("600", at: first)
        cluster.run()
        cluster.steps(6)
        // Of the second, nobody else hears, and nobody hears of its vote.
        cluster.passes = { from, to, _ in from != hears && to != other }
        try cluster.submit("500", at: second)
        cluster.run()
        cluster.stop(second)
        cluster.stop(hears)
        cluster.passes = { _, _, _ in true }
        try cluster.restart(hears, losing: min(lost, cluster.nodes[hears].log.count))
        try cluster.submit("700", at: other)
        try cluster.submit("701", at: hears)
        cluster.run()
        Self.expectProgress(of: &cluster, at: [hears, other])
        // What the second leader and the one that heard it voted for is final, wherever it was answered.
        try cluster.restart(second)
        cluster.run()
        cluster.steps(50)
        #expect(cluster.texts(at: other).contains("500"))
        Self.expectOneChain(cluster, [0, 1, 2])
    }

    @Test("a crash takes the final block from the only one that is up and knew it, after its vote in the next view")
    func finalisationAfterACrash() throws {
        var cluster = try Cluster(powers: [1, 1, 1], .majority)
        let (first, second) = (Self.leader(1, of: cluster), Self.leader(2, of: cluster))
        let away = try #require((0..<3).first { $0 != first && $0 != second })
        cluster.passes = { from, to, _ in from != away && to != away }
        try cluster.submit("1", at: first)
        cluster.run()
        #expect(cluster.heads(0..<3)[second] == 1)
        // Nobody hears of the next block but its leader, who votes for it.
        cluster.passes = { _, _, _ in false }
        try cluster.submit("2", at: second)
        cluster.run()
        #expect(Self.has(.finalise, in: 2, cluster.nodes[second]))
        cluster.stop(first)
        cluster.stop(second)
        cluster.passes = { _, _, _ in true }
        try cluster.restart(second, losing: 1)
        try cluster.submit("3", at: away)
        cluster.run()
        Self.expectProgress(of: &cluster, at: [second, away])
        cluster.steps(50)
        for node in [second, away] { #expect(cluster.texts(at: node) == ["1", "2", "3"]) }
    }

    @Test("who knows only by a certificate what ended a view has voted in the next, and starts again")
    func certificateWithoutItsBlock() throws {
        var cluster = try Cluster(powers: [1, 1, 1, 1, 1], .majority)
        let first = Self.leader(1, of: cluster)
        let others = (0..<5).filter { $0 != first }
        let (knows, gone, hears, away) = (others[0], others[1], others[2], others[3])
        // Three agree; one of the others gets the certificate alone, and gives the next view up.
        let trio: Set<Int> = [first, knows, gone]
        cluster.passes = { from, to, message in
            if trio.contains(from), trio.contains(to) { return true }
            if to == hears, case .certificate = message { return true }
            return false
        }
        try cluster.submit("1", at: first)
        cluster.run()
        #expect(cluster.heads(0..<5)[knows] == 1)
        let certificate = try #require(cluster.nodes[knows].log.last?.certificate)
        cluster.say(.certificate(certificate), from: knows, to: [hears])
        cluster.run()
        cluster.passes = { _, _, _ in false }
        try cluster.submit("2", at: hears)
        for _ in 0..<200 where !Self.has(.nullify, in: 2, cluster.nodes[hears]) { guard cluster.step() else { break } }
        #expect(Self.has(.nullify, in: 2, cluster.nodes[hears]))
        cluster.stop(first)
        cluster.stop(gone)
        for node in [knows, hears] { cluster.stop(node) }
        // The power takes the block, and all that was journaled of it is the vote of who had it.
        try cluster.restart(knows, losing: 1)
        try cluster.restart(hears)
        cluster.passes = { _, _, _ in true }
        try cluster.submit("3", at: away)
        cluster.run()
        Self.expectProgress(of: &cluster, at: [knows, hears, away])
        Self.expectOneChain(cluster, [knows, hears, away])
        cluster.steps(50)
        for node in [knows, hears, away] { #expect(cluster.texts(at: node).first == "1") }
    }

    @Test("the log loses the block that began the epoch in which the member voted")
    func votesOfALaterEpoch() throws {
        var cluster = try Cluster(powers: [1, 1, 1], .majority)
        try cluster.submit("0", at: 0)
        cluster.run()
        cluster.steps(3)
        let next = try #require(
            MemberSet(cluster.nodes.map { Member(key: $0.key.publicKey, power: 2) }, faultModel: .majority))
        let message = MemberChange.message(chain: cluster.genesis.header.hash, epoch: 0, next: next)
        let change = MemberChange(
            epoch: 0, next: next,
            signatures: (0..<2).map {
                Certificate.MemberSignature(member: UInt16($0), signature: cluster.nodes[$0].key.sign(message))
            }, joining: [])
        let first = Self.leader(1, of: cluster)
        let (second, third) = ((first + 1) % 3, (first + 2) % 3)
        cluster.handle(.changeSubmitted(change, Ticket(rawValue: 999)), at: first)
        cluster.run()
        cluster.steps(6)
        #expect(cluster.nodes.allSatisfy { $0.machine.epoch == 1 })
        cluster.passes = { from, to, _ in from != third && to != third }
        try cluster.submit("800", at: first)
        cluster.run()
        #expect(cluster.texts(at: first).contains("800"))
        cluster.stop(first)
        cluster.stop(second)
        cluster.passes = { _, _, _ in true }
        // The log as it was before the change was in it; the journal is whole.
        try cluster.restart(second, losing: cluster.nodes[second].log.count - 1)
        try cluster.submit("801", at: third)
        try cluster.submit("802", at: second)
        cluster.run()
        Self.expectProgress(of: &cluster, at: [second, third])
        try cluster.restart(first)
        cluster.run()
        cluster.steps(50)
        Self.expectOneChain(cluster, [0, 1, 2])
        for node in 0..<3 { #expect(cluster.texts(at: node).sorted() == ["0", "800", "801", "802"]) }
    }

    private enum TrimBase: VoteRule {
        static func keepsInJournal(_ entry: JournalEntry) -> Bool {
            guard case .certificate(let certificate) = entry else { return true }
            return certificate.kind != .finalise
        }
    }

    @Test(
        "what is final became final once more in a later view, the journal is begun anew, and the member starts again")
    func finalOnceMore() throws {
        let (view, later) = try Self.viewAfterRestart(Simplex.self)
        #expect(view == later.next())
        // In the view of the certificate it could vote again.
        let (other, otherLater) = try Self.viewAfterRestart(TrimBase.self)
        #expect(other <= otherLater)
    }

    /// - Returns: the member's view when it has started, and the newest view in which it knew that a block is final.
    private static func viewAfterRestart<Rule: VoteRule>(_ rule: Rule.Type) throws -> (View, later: View) {
        var cluster = try TestCluster<Rule>(powers: [1, 1, 1], .majority)
        try cluster.submit("1", at: 0)
        cluster.run()
        cluster.steps(4)
        let final = try #require(cluster.nodes[0].log.last)
        let later = View(rawValue: cluster.nodes[0].machine.view.rawValue + 3)
        let votes = [1, 2].map { node in
            let vote = Self.signed(.finalise, in: later, final.block.header.hash, by: node, of: cluster)
            return Certificate.MemberSignature(member: UInt16(node), signature: vote.signature)
        }
        let certificate = Certificate(
            kind: .finalise, epoch: 0, view: later, blockHash: final.block.header.hash, votes: votes)
        cluster.say(.certificate(certificate), from: 1, to: [0])
        cluster.run()
        let kept = try #require(cluster.nodes[0].machine.journalToKeep)
        cluster.stop(0)
        cluster.passes = { _, _, _ in false }
        try cluster.restart(0, memory: .journal(kept))
        return (cluster.nodes[0].machine.view, later)
    }

    // MARK: Far behind

    private enum DropFarCertificates: VoteRule {
        static func takesCertificate(isFarAhead: Bool) -> Bool { !isFarAhead }
    }

    @Test("one is away for many failed views, and then as many others die as may", arguments: [20, 80, 500])
    func farBehind(views: UInt64) throws {
        #expect(try Self.comesBack(after: views, Simplex.self))
        // The schedule tells a rule that is wrong there from one that isn't.
        #expect(try Self.comesBack(after: views, DropFarCertificates.self) == (views == 20))
    }

    private static func comesBack<Rule: VoteRule>(after views: UInt64, _ rule: Rule.Type) throws -> Bool {
        var cluster = try TestCluster<Rule>(powers: Array(repeating: 1, count: 7), .bft)
        try cluster.submit("0", at: 0)
        cluster.run()
        cluster.steps(3)
        let away = 6
        cluster.passes = { from, to, message in
            if from == away || to == away { return false }
            if case .proposal = message { return false }
            return true
        }
        try cluster.submit("1001", at: 0)
        try cluster.submit("1002", at: 1)
        cluster.run()
        let start = cluster.nodes[0].machine.view.rawValue
        for _ in 0..<100_000 where cluster.nodes[0].machine.view.rawValue < start + views {
            guard cluster.step() else { break }
        }
        #expect(cluster.nodes[0].machine.view.rawValue >= start + views)
        cluster.stop(4)
        cluster.stop(5)
        cluster.passes = { _, _, _ in true }
        try cluster.submit("1003", at: away)
        cluster.run()
        return Self.goesOn(&cluster, at: [0, 1, 2, 3, away]).0
    }

    // MARK: Twice

    /// What leaders proposed.
    private final class Seen {
        var proposals: [Message.Proposal] = []
    }

    private enum WindowFirst: VoteRule {
        static func looksAtWindowFirst() -> Bool { true }
    }

    @Test("an id whose old place left the window, in a block that isn't final, and once more")
    func idTwiceWithinTheWindow() throws {
        for texts in try Self.listTwice(Simplex.self) {
            #expect(texts.contains("400") && texts.contains("200") && !texts.contains("300"))
        }
        #expect(try Self.listTwice(WindowFirst.self).contains { $0.contains("300") })
    }

    /// - Returns: what the members have in the end.
    private static func listTwice<Rule: VoteRule>(_ rule: Rule.Type) throws -> [[String]] {
        var cluster = try TestCluster<Rule>(powers: Array(repeating: 1, count: 7), .bft, window: 20)
        cluster.submit(try Samples.submission("X", "0"), at: 0)
        cluster.run()
        cluster.steps(4)
        for number in 1..<20 {
            cluster.submit(try Samples.submission("i\(number)", "\(number)"), at: number % 7)
            cluster.run()
            cluster.steps(2)
        }
        cluster.steps(10)
        // Blocks are notarised, and not made final.
        let seen = Seen()
        cluster.passes = { _, _, message in
            if case .proposal(let proposal) = message { seen.proposals.append(proposal) }
            if case .vote(let vote) = message { return vote.kind != .finalise }
            if case .finals = message { return false }
            return true
        }
        var view = cluster.nodes[0].machine.view
        let tip = cluster.nodes[0].machine.chain.tip
        cluster.submit(
            try Samples.submission("p", ["100", "101", "102", "103", "104"]), at: Self.leader(view, of: cluster))
        cluster.run()
        let pushing = try #require(seen.proposals.last)
        var parent = try tip.check(
            HashedBlock(pushing.block), using: cluster.nodes[0].key)
        var parentView = pushing.view
        view = cluster.nodes[0].machine.view
        // Two leaders that lie, one after the other, list the id again.
        for text in ["200", "300"] {
            let liar = Self.leader(view, of: cluster)
            let submission = try Samples.submission("X", text)
            let block = parent.tip.makeBlock(
                entries: submission.entries, leafHashes: submission.leafHashes,
                submissions: SubmissionList([.init(id: try #require(submission.id), offsets: 0..<1)]),
                proposer: cluster.nodes[liar].key.publicKey, now: cluster.now.timestamp)
            cluster.stop(liar)
            let others = (0..<7).filter { $0 != liar && cluster.nodes[$0].isUp }
            let proposal = Message.Proposal(epoch: 0, view: view, parentView: parentView, block: block.block)
            cluster.say(.proposal(proposal), from: liar, to: others)
            cluster.say(
                .vote(Self.signed(.notarise, in: view, block.hash, by: liar, of: cluster)), from: liar, to: others)
            cluster.run()
            (parent, parentView) = (block, view)
            view = cluster.nodes[others[0]].machine.view
        }
        let up = (0..<7).filter { cluster.nodes[$0].isUp }
        cluster.passes = { _, _, _ in true }
        cluster.submit(try Samples.submission("end", "400"), at: up[0])
        cluster.run()
        cluster.steps(100)
        let texts = up.map { cluster.texts(at: $0) }
        for node in up where !texts.contains(where: { $0.contains("300") }) {
            cluster.stop(node)
            try cluster.restart(node)
        }
        return texts
    }
}
