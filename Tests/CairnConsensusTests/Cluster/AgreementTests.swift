import CairnConsensus
import CairnHash
import CairnLedger
import Testing

struct AgreementTests {
    @Test(arguments: [1, 2, 3, 4, 7, 13], FaultModel.allCases)
    func recordsBecomeFinalEverywhereWithoutTime(members: Int, faultModel: FaultModel) throws {
        var cluster = try TestCluster<Simplex>(powers: Array(repeating: 1, count: members), faultModel)
        for number in 0..<20 {
            try cluster.submit("\(number)", at: number % members)
            cluster.run()
        }
        let expected = (0..<20).map { "\($0)" }
        for node in 0..<members {
            #expect(cluster.texts(at: node) == expected)
            #expect(cluster.nodes[node].answers.count == (0..<20).count { $0 % members == node })
        }
    }

    @Test func anIdleLedgerWritesNothing() throws {
        var cluster = try TestCluster<Simplex>(powers: [1, 1, 1, 1], .bft)
        try cluster.submit("1", at: 2)
        cluster.run()
        let before = cluster.nodes.map(\.journal.count)
        let messages = cluster.messageCount
        cluster.steps(40)
        #expect(cluster.nodes.map(\.journal.count) == before)
        #expect(cluster.heads(0..<4) == [1, 1, 1, 1])
        // A status to each of three others, ten times or so.
        #expect(cluster.messageCount - messages <= 40 * 4 * 3)
        let time = cluster.time
        try cluster.submit("2", at: 3)
        cluster.run()
        #expect(cluster.time == time)
        #expect(cluster.heads(0..<4) == [2, 2, 2, 2])
    }

    @Test(
        arguments: [(3, FaultModel.majority, 1), (5, .majority, 2), (4, .bft, 1), (7, .bft, 2)], AgreementRule.allCases)
    func withoutThoseWhoMayFail(_ ledger: (Int, FaultModel, Int), agreement: AgreementRule) throws {
        let (members, faultModel, down) = ledger
        var cluster = try TestCluster<Simplex>(
            powers: Array(repeating: 1, count: members), faultModel, agreement: agreement)
        for node in 0..<down { cluster.stop(node) }
        for number in 0..<10 {
            try cluster.submit("\(number)", at: down + number % (members - down))
            cluster.run()
            cluster.steps(6)
        }
        cluster.steps(40)
        for node in down..<members { #expect(cluster.texts(at: node).sorted() == (0..<10).map { "\($0)" }) }
        // Those who were away get it all.
        for node in 0..<down { try cluster.restart(node) }
        cluster.run()
        cluster.steps(20)
        for node in 0..<members { #expect(cluster.texts(at: node) == cluster.texts(at: down)) }
    }

    @Test(
        arguments: [(2, FaultModel.majority, 1), (4, .majority, 2), (4, .bft, 2), (3, .bft, 1)], AgreementRule.allCases)
    func withoutAQuorumNothingIsFinal(_ ledger: (Int, FaultModel, Int), agreement: AgreementRule) throws {
        let (members, faultModel, down) = ledger
        var cluster = try TestCluster<Simplex>(
            powers: Array(repeating: 1, count: members), faultModel, agreement: agreement)
        for node in 0..<down { cluster.stop(node) }
        try cluster.submit("1", at: members - 1)
        cluster.run()
        cluster.steps(30)
        #expect(cluster.heads(down..<members).allSatisfy { $0 == 0 })
        for node in 0..<down { try cluster.restart(node) }
        cluster.run()
        cluster.steps(30)
        #expect(cluster.heads(0..<members).allSatisfy { $0 == 1 })
        #expect(cluster.nodes[members - 1].answers.count == 1)
    }

    @Test func powerCountsAndNotHeads() throws {
        var cluster = try TestCluster<Simplex>(powers: [5, 1, 1, 1])
        for node in 1..<4 { cluster.stop(node) }
        try cluster.submit("1", at: 0)
        cluster.run()
        cluster.steps(30)
        #expect(cluster.heads(0..<1) == [1])
    }

    @Test func allStopAndComeBack() throws {
        var cluster = try TestCluster<Simplex>(powers: [1, 1, 1, 1], .bft)
        // Finalise votes get lost, so that the block is notarised and not final when all stop.
        cluster.passes = { _, _, message in
            if case .vote(let vote) = message { return vote.kind != .finalise }
            return true
        }
        try cluster.submit("1", at: 0)
        cluster.run()
        #expect(cluster.heads(0..<4) == [0, 0, 0, 0])
        for node in 0..<4 { cluster.stop(node) }
        cluster.passes = { _, _, _ in true }
        for node in 0..<4 { try cluster.restart(node) }
        cluster.run()
        cluster.steps(20)
        #expect(cluster.heads(0..<4) == [1, 1, 1, 1])
    }

    @Test func followersGetItAllAndMayTakeRecords() throws {
        var cluster = try TestCluster<Simplex>(powers: [1, 1, 1], followers: 2)
        for number in 0..<9 {
            try cluster.submit("\(number)", at: number % 5)
            cluster.run()
        }
        cluster.steps(10)
        for node in 0..<5 { #expect(cluster.texts(at: node) == cluster.texts(at: 0)) }
        #expect(cluster.texts(at: 0).count == 9)
        #expect(cluster.nodes.map(\.answers.count).reduce(0, +) == 9)
    }

    @Test func oneSubmissionAtManyNodesIsWrittenOnce() throws {
        var cluster = try TestCluster<Simplex>(powers: [1, 1, 1, 1], .bft)
        for node in 0..<4 { cluster.submit(try Samples.submission("a", "1"), at: node) }
        cluster.run()
        cluster.steps(10)
        #expect(cluster.texts(at: 0) == ["1"])
        for node in 0..<4 { #expect(cluster.nodes[node].answers == ["accept \(node + 1) at 0+1 in 1"]) }
        cluster.submit(try Samples.submission("a", "1"), at: 2)
        #expect(cluster.nodes[2].answers.last == "compare 5 (1) with 0+1")
    }

    @Test func otherRecordsUnderTheSameIDElsewhere() throws {
        var cluster = try TestCluster<Simplex>(powers: [1, 1, 1])
        cluster.submit(try Samples.submission("a", "1"), at: 0)
        cluster.submit(try Samples.submission("a", "2"), at: 1)
        cluster.run()
        cluster.steps(10)
        #expect(cluster.texts(at: 0).count == 1)
        let answers = cluster.nodes.flatMap(\.answers)
        #expect(answers.count { $0.hasPrefix("accept") } == 1)
        #expect(answers.count { $0.hasSuffix("idReused") } == 1)
    }
}
