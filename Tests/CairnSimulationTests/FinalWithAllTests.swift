import CairnHash
import CairnLedger
import CairnSimulation
import Testing

/// What the judge makes of votes where those of all members make a block final, and where they don't.
struct FinalWithAllTests {
    private static let block = Digest(hashing: [1])
    private static let other = Digest(hashing: [2])

    private let keys: [SimulatedKey]

    init() {
        var draw = SeededGenerator(seed: 1)
        self.keys = SimulatedKey.make(7, signing: .hashed, using: &draw)
    }

    private func chain(_ agreement: AgreementRule, powers: [UInt64] = [1, 1, 1, 1]) throws -> (ChainState, Judge) {
        let members = zip(self.keys, powers).map { Member(key: $0.publicKey, power: $1) }
        let set = try #require(MemberSet(members, faultModel: .bft))
        let settings = try GenesisSettings(
            name: "test", message: "", random: Array(repeating: 0, count: 16), members: set, agreement: agreement)
        let genesis = settings.genesisBlock(
            proposer: self.keys[0].publicKey, timestamp: Timestamp(microseconds: 1))
        let judge = try Judge(
            genesis: genesis, verifier: self.keys[0].verifier, window: Limits.submissionWindowDefault)
        return (try ChainState(genesis: genesis), judge)
    }

    private func vote(
        _ kind: Vote.Kind, _ hash: Digest, by member: Int, of chain: ChainState
    ) -> SignedVote {
        let vote = Vote(chain: chain.chain, epoch: 0, view: 1, kind: kind, blockHash: hash)
        return SignedVote(vote, member: UInt16(member), signature: self.keys[member].sign(vote.message))
    }

    private func violation(_ body: () throws(Violation) -> Void) -> Violation.Check? {
        do throws(Violation) {
            try body()
            return nil
        } catch {
            return error.check
        }
    }

    // MARK: Certificates

    /// What the judge says of a block with a certificate of some members' votes to notarise it.
    private func problem(
        _ agreement: AgreementRule, powers: [UInt64] = [1, 1, 1, 1], of members: Range<Int>, supporting: Int? = nil
    ) throws -> Violation.Check? {
        let (chain, founded) = try self.chain(agreement, powers: powers)
        var judge = founded
        var entries = Entries()
        entries.append(try Record(json: "[0]"))
        let submission = try Submission(id: SubmissionID(client: [], idempotencyKey: [0]), entries: entries)
        judge.expect(submission, hasID: true, operation: 0)
        let block = chain.tip.makeBlock(
            entries: entries, leafHashes: entries.leafHashes(),
            submissions: submission.id.map { SubmissionList([SubmissionList.Item(id: $0, offsets: 0..<1)]) },
            proposer: self.keys[0].publicKey, now: Timestamp(microseconds: 2))
        let votes = members.map { member in
            let isSupport = member == supporting
            let vote = self.vote(isSupport ? .support : .notarise, block.hash, by: member, of: chain)
            return Certificate.MemberSignature(
                member: UInt16(member), signature: vote.signature, isSupport: isSupport)
        }
        let certificate = Certificate(kind: .notarise, epoch: 0, view: 1, blockHash: block.hash, votes: votes)
        let final = FinalBlock(block: block.block, certificate: certificate)
        return self.violation { () throws(Violation) in try judge.finalised(final, by: 0) }
    }

    @Test func onlyVotesOfAllToNotariseDo() throws {
        #expect(try self.problem(.simplex2, of: 0..<4) == nil)
        #expect(try self.problem(.simplex2, of: 0..<3) == .certificate)
        #expect(try self.problem(.simplex2, of: 0..<4, supporting: 3) == .certificate)
    }

    @Test func elsewhereTheyDont() throws {
        #expect(try self.problem(.simplex1, of: 0..<4) == .certificate)
        #expect(try self.problem(.simplex2, powers: [1, 1, 1, 1, 1, 1, 1], of: 0..<7) == .certificate)
    }

    @Test func membersOfWhomAtMostOneLies() throws {
        for (powers, agreement, model, isFinal) in [
            ([1, 1], "simplex-2", "bft", true), ([1, 1, 1, 1, 1, 1], "simplex-2", "bft", true),
            ([1, 1, 1, 1, 1, 1, 1], "simplex-2", "bft", false), ([1, 1, 1, 1], "simplex-1", "bft", false),
            ([1, 1, 1, 1], "simplex-2", "majority", false), ([3, 1, 1], "simplex-2", "bft", true),
            ([5, 1, 1], "simplex-2", "bft", false), ([4, 1, 1], "simplex-2", "bft", true),
            ([1], "simplex-2", "bft", false),
        ] as [([UInt64], String, String, Bool)] {
            let members = powers.enumerated().map { place, power in
                PlainJSON.object([
                    ("key", .string(self.keys[place].publicKey.description)), ("power", .number(power)),
                ])
            }
            let json = PlainJSON.object([
                ("agreement", .string(agreement)), ("fault_model", .string(model)), ("members", .array(members)),
            ])
            let plain = try #require(PlainMembers(json))
            #expect(plain.isFinalWithAll == isFinal, "\(powers), \(agreement), \(model)")
            let list = zip(self.keys, powers).map { Member(key: $0.publicKey, power: $1) }
            let set = try #require(FaultModel(rawValue: model).flatMap { MemberSet(list, faultModel: $0) })
            #expect((set.atMostOneLies && agreement == "simplex-2") == isFinal)
        }
        #expect(
            PlainMembers(
                .object([("agreement", .string("other")), ("fault_model", .string("bft")), ("members", .array([]))]))
                == nil)
    }

    // MARK: What was said

    /// What the judge says once all of this was said, with the last member lying.
    private func problem(
        _ agreement: AgreementRule, _ said: [(member: Int, kind: Vote.Kind, hash: Digest)]
    ) throws -> Violation.Check? {
        let (chain, founded) = try self.chain(agreement)
        var judge = founded
        let liar = self.keys[3].publicKey.bytes
        return self.violation { () throws(Violation) in
            for (member, kind, hash) in said {
                try judge.cast(self.vote(kind, hash, by: member, of: chain)) { $0 == liar }
            }
        }
    }

    private static let allNotarise: [(member: Int, kind: Vote.Kind, hash: Digest)] = [
        (0, .notarise, block), (1, .notarise, block), (2, .notarise, block),
    ]

    @Test func whatAllNotarisedIsNotNullified() throws {
        let said = Self.allNotarise + [(0, .nullify, .zero)]
        #expect(try self.problem(.simplex2, said) == nil)
        #expect(try self.problem(.simplex2, said + [(1, .nullify, .zero)]) == .agreement)
        // With two rounds of votes that is as it should be.
        #expect(try self.problem(.simplex1, said + [(1, .nullify, .zero)]) == nil)
        // One of those who don't lie did not notarise it.
        let some = said.filter { $0.member != 2 }
        #expect(try self.problem(.simplex2, some + [(1, .nullify, .zero), (2, .nullify, .zero)]) == nil)
    }

    @Test func supportCountsForANotarisation() throws {
        let final: [(member: Int, kind: Vote.Kind, hash: Digest)] = [
            (0, .finalise, Self.block), (1, .finalise, Self.block),
        ]
        let others: [(member: Int, kind: Vote.Kind, hash: Digest)] = [
            (0, .support, Self.other), (1, .notarise, Self.other),
        ]
        #expect(try self.problem(.simplex2, final + others) == .agreement)
        #expect(try self.problem(.simplex2, final + [(0, .support, Self.other)]) == nil)
        // One member counts once.
        #expect(
            try self.problem(.simplex2, final + [(0, .support, Self.other), (0, .notarise, Self.other)]) == nil)
        #expect(try self.problem(.simplex1, final + others) == nil)
    }

    @Test func supportIsNotOneOfAll() throws {
        let said: [(member: Int, kind: Vote.Kind, hash: Digest)] = [
            (0, .notarise, Self.block), (1, .notarise, Self.block), (2, .support, Self.block),
            (1, .nullify, .zero), (2, .nullify, .zero),
        ]
        #expect(try self.problem(.simplex2, said) == nil)
    }

    @Test func evidenceOfBothVotesIsOfALie() throws {
        let (chain, judge) = try self.chain(.simplex2)
        let lie = try #require(
            Equivocation(
                self.vote(.notarise, Self.block, by: 3, of: chain), self.vote(.support, Self.block, by: 3, of: chain)))
        func check(isLiar: Bool) -> Violation.Check? {
            self.violation { () throws(Violation) in try judge.check(lie, by: 1) { _ in isLiar } }
        }
        #expect(check(isLiar: true) == nil)
        #expect(check(isLiar: false) == .evidence)
    }
}
