import CairnHash
import CairnLedger
import CairnSimulation
import Testing

/// What the checkers say of a ledger in which one thing is wrong.
struct JudgeTests {
    private let key: SimulatedKey
    private let stranger: SimulatedKey
    private var chain: ChainState
    private var judge: Judge

    init() throws {
        var draw = SeededGenerator(seed: 1)
        let keys = SimulatedKey.make(2, signing: .hashed, using: &draw)
        self.key = keys[0]
        self.stranger = keys[1]
        let members = try #require(MemberSet([Member(key: self.key.publicKey)], faultModel: .majority))
        let settings = try GenesisSettings(
            name: "test", message: "", random: draw.bytes(16), members: members, submissionWindow: 3)
        let genesis = settings.genesisBlock(proposer: self.key.publicKey, timestamp: Timestamp(microseconds: 1))
        self.chain = try ChainState(genesis: genesis)
        self.judge = try Judge(genesis: genesis, verifier: self.key.verifier, window: 3)
    }

    private static func submission(_ number: Int, id: Int? = nil) throws -> Submission {
        var entries = Entries()
        entries.append(try Record(json: "[\(number),0]"))
        entries.append(try Record(json: "[\(number),1]"))
        return try Submission(
            id: SubmissionID(client: [], idempotencyKey: [UInt8(id ?? number)]), entries: entries)
    }

    private func block(_ submission: Submission, listed: Bool = true, time: UInt64 = 2) -> CheckedBlock {
        let list = submission.id.map { SubmissionList([SubmissionList.Item(id: $0, offsets: 0..<2)]) }
        return self.chain.tip.makeBlock(
            entries: submission.entries, leafHashes: submission.leafHashes, submissions: listed ? list : nil,
            proposer: self.key.publicKey, now: Timestamp(microseconds: time))
    }

    private func final(_ block: Block, by signer: SimulatedKey? = nil) -> FinalBlock {
        let vote = Vote(
            chain: self.chain.chain, epoch: block.header.epoch, view: 1, kind: .finalise, blockHash: block.header.hash)
        let signature = (signer ?? self.key).sign(vote.message)
        return FinalBlock(
            block: block,
            certificate: Certificate(
                epoch: vote.epoch, view: vote.view, blockHash: vote.blockHash,
                votes: [Certificate.MemberSignature(member: 0, signature: signature)]))
    }

    private func violation(_ body: () throws(Violation) -> Void) -> Violation.Check? {
        do throws(Violation) {
            try body()
            return nil
        } catch {
            return error.check
        }
    }

    // MARK: Blocks

    @Test mutating func whatIsRightIsRight() throws {
        let submission = try Self.submission(0)
        self.judge.expect(submission, hasID: true, operation: 0)
        let block = self.block(submission)
        try self.judge.finalised(self.final(block.block), by: 0)
        try self.judge.finalised(self.final(block.block), by: 1)
        try self.judge.acknowledged(
            Judge.Acknowledgement(operation: 0, firstRecord: 0, count: 2, blockIndex: 1, blockHash: block.hash),
            floor: 0, by: 0)
        try self.judge.read(head: 1, hash: block.hash, by: 0)
        try self.judge.read(record: 1, bytes: Array("[0,1]".utf8), by: 0)
        #expect(self.judge.records.count == 2)
    }

    @Test mutating func twoBlocksWithOneIndex() throws {
        let submission = try Self.submission(0)
        self.judge.expect(submission, hasID: true, operation: 0)
        try self.judge.finalised(self.final(self.block(submission).block), by: 0)
        let other = self.final(self.block(submission, time: 3).block)
        #expect(self.violation { () throws(Violation) in try self.judge.finalised(other, by: 1) } == .agreement)
    }

    @Test mutating func blocksThatBreakARule() throws {
        let submission = try Self.submission(0)
        self.judge.expect(submission, hasID: true, operation: 0)
        let good = self.block(submission).block
        let stranger = self.stranger.publicKey
        let changes: [(inout BlockHeader) -> Void] = [
            { $0.treeRoot = .zero }, { $0.treeSize = 3 }, { $0.previousHash = .zero }, { $0.annexHash = .zero },
            { $0.timestamp = Timestamp(microseconds: 0) }, { $0.nonce = 1 },
        ]
        for change in changes {
            var block = good
            change(&block.header)
            var judge = self.judge
            #expect(
                self.violation { () throws(Violation) in try judge.finalised(self.final(block), by: 0) } == .validity)
        }
        for change in [{ $0.epoch = 1 }, { $0.proposer = stranger }] as [(inout BlockHeader) -> Void] {
            var block = good
            change(&block.header)
            var judge = self.judge
            #expect(self.violation { () throws(Violation) in try judge.finalised(self.final(block), by: 0) } == .epochs)
        }
    }

    @Test mutating func certificatesOfNobody() throws {
        let submission = try Self.submission(0)
        self.judge.expect(submission, hasID: true, operation: 0)
        let forged = self.final(self.block(submission).block, by: self.stranger)
        #expect(self.violation { () throws(Violation) in try self.judge.finalised(forged, by: 0) } == .certificate)
    }

    // MARK: Records

    @Test mutating func recordsOfNobody() throws {
        let block = self.final(self.block(try Self.submission(0)).block)
        #expect(self.violation { () throws(Violation) in try self.judge.finalised(block, by: 0) } == .validity)
    }

    @Test mutating func submissionsWithoutTheirID() throws {
        let submission = try Self.submission(0)
        self.judge.expect(submission, hasID: true, operation: 0)
        let block = self.final(self.block(submission, listed: false).block)
        #expect(self.violation { () throws(Violation) in try self.judge.finalised(block, by: 0) } == .validity)
    }

    /// Within a window of three records, and then behind it.
    @Test mutating func submissionsTwice() throws {
        let submissions = [try Self.submission(0), try Self.submission(1), try Self.submission(2)]
        for (number, submission) in submissions.enumerated() {
            self.judge.expect(submission, hasID: true, operation: number)
        }
        for submission in submissions[0...1] {
            let block = self.block(submission)
            try self.judge.finalised(self.final(block.block), by: 0)
            self.chain.advance(to: block)
        }
        let again = self.block(submissions[0])
        var judge = self.judge
        #expect(
            self.violation { () throws(Violation) in try judge.finalised(self.final(again.block), by: 0) }
                == .exactlyOnce)
        let last = self.block(submissions[2])
        try self.judge.finalised(self.final(last.block), by: 0)
        self.chain.advance(to: last)
        try self.judge.finalised(self.final(self.block(submissions[0]).block), by: 0)
    }

    private mutating func advance(to block: CheckedBlock) throws {
        try self.judge.finalised(self.final(block.block), by: 0)
        self.chain.advance(to: block)
    }

    private func change(window: UInt64) throws -> CheckedBlock {
        let settings = EpochSettings(submissionWindow: window)
        let message = MemberChange.message(
            chain: self.chain.chain, epoch: self.chain.epoch, next: self.chain.members, settings: settings)
        let change = MemberChange(
            epoch: self.chain.epoch, next: self.chain.members, settings: settings,
            signatures: [.init(member: 0, signature: self.key.sign(message))], joining: [])
        return self.chain.tip.makeBlock(
            entries: Entries(), leafHashes: [], submissions: nil, change: change, proposer: self.key.publicKey,
            now: Timestamp(microseconds: 2))
    }

    /// By the settings of the epoch in which they come. A larger window brings nothing back.
    @Test mutating func submissionsTwiceByOtherSettings() throws {
        let submissions = [try Self.submission(0), try Self.submission(1), try Self.submission(2)]
        for (number, submission) in submissions.enumerated() {
            self.judge.expect(submission, hasID: true, operation: number)
        }
        try self.advance(to: self.block(submissions[0]))
        try self.advance(to: self.change(window: 100))
        for submission in submissions[1...2] { try self.advance(to: self.block(submission)) }
        let again = self.block(submissions[0])
        var judge = self.judge
        #expect(
            self.violation { () throws(Violation) in try judge.finalised(self.final(again.block), by: 0) }
                == .exactlyOnce)
        try self.advance(to: self.change(window: 1))
        try self.advance(to: self.block(submissions[0]))
        try self.advance(to: self.change(window: 50))
        try self.advance(to: self.block(submissions[1]))
    }

    // MARK: Answers

    @Test mutating func answersThatAreNotSo() throws {
        let submission = try Self.submission(0)
        self.judge.expect(submission, hasID: true, operation: 0)
        let block = self.block(submission)
        let right = Judge.Acknowledgement(
            operation: 0, firstRecord: 0, count: 2, blockIndex: 1, blockHash: block.hash)
        func check(_ answer: Judge.Acknowledgement, floor: UInt64, _ judge: Judge) -> Violation.Check? {
            var judge = judge
            return self.violation { () throws(Violation) in try judge.acknowledged(answer, floor: floor, by: 0) }
        }
        #expect(check(right, floor: 0, self.judge) == .acknowledgements)
        try self.judge.finalised(self.final(block.block), by: 0)
        #expect(check(right, floor: 0, self.judge) == nil)
        #expect(check(right, floor: 1, self.judge) == .acknowledgements)
        for wrong in [
            Judge.Acknowledgement(operation: 0, firstRecord: 1, count: 2, blockIndex: 1, blockHash: block.hash),
            Judge.Acknowledgement(operation: 0, firstRecord: 0, count: 1, blockIndex: 1, blockHash: block.hash),
            Judge.Acknowledgement(operation: 0, firstRecord: 0, count: 2, blockIndex: 1, blockHash: .zero),
        ] {
            #expect(check(wrong, floor: 0, self.judge) == .acknowledgements)
        }
        let judge = self.judge
        #expect(self.violation { () throws(Violation) in try judge.read(head: 2, hash: block.hash, by: 0) } == .reads)
        #expect(self.violation { () throws(Violation) in try judge.read(head: 1, hash: .zero, by: 0) } == .reads)
        #expect(self.violation { () throws(Violation) in try judge.read(record: 0, bytes: [1], by: 0) } == .reads)
    }

    @Test func evidence() throws {
        func vote(_ kind: Vote.Kind, _ hash: Digest, by key: SimulatedKey) -> SignedVote {
            let vote = Vote(chain: self.chain.chain, epoch: 0, view: 1, kind: kind, blockHash: hash)
            return SignedVote(vote, member: 0, signature: key.sign(vote.message))
        }
        let hash = Digest(hashing: [1])
        let lie = try #require(
            Equivocation(vote(.finalise, hash, by: self.key), vote(.nullify, .zero, by: self.key)))
        let forged = try #require(
            Equivocation(vote(.finalise, hash, by: self.key), vote(.nullify, .zero, by: self.stranger)))
        func check(_ evidence: Equivocation, isLiar: Bool) -> Violation.Check? {
            self.violation { () throws(Violation) in try self.judge.check(evidence, by: 1) { _ in isLiar } }
        }
        #expect(check(lie, isLiar: true) == nil)
        #expect(check(lie, isLiar: false) == .evidence)
        #expect(check(forged, isLiar: true) == .evidence)
    }
}
