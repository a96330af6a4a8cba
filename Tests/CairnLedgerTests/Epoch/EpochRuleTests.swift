import CairnHash
import CairnLedger
import Testing

/// What a change of members does to a chain, and how a block with one has to be.
struct EpochRuleTests {
    private let before: ChainState
    private let next = Samples.members([1, 1, 1], .bft)

    init() throws {
        self.before = try Samples.chain()
    }

    private func change(epoch: Epoch = 0, to next: MemberSet? = nil) -> MemberChange {
        let next = next ?? self.next
        return Samples.change(
            to: next, from: self.before.members, epoch: epoch, chain: self.before.chain, signers: [1],
            joining: Array(2..<UInt8(next.members.count + 1)))
    }

    private func block(_ change: MemberChange, records: Int = 0, proposer: UInt8 = 1) throws -> CheckedBlock {
        let entries = try Samples.entries(count: records)
        return self.before.tip.makeBlock(
            entries: entries, leafHashes: entries.leafHashes(), submissions: nil, change: change,
            proposer: Samples.key(proposer).publicKey, now: Samples.start)
    }

    @Test func theNextBlockIsOfTheNextEpoch() throws {
        for records in [0, 2] {
            let made = try self.block(self.change(), records: records)
            var state = self.before
            try state.apply(made.block, leafHashes: made.leafHashes)
            #expect(state.head.epoch == 0)
            #expect(state.epoch == 1)
            #expect(state.members == self.next)
            #expect(state.tip.isEpochEnd)
            #expect(!self.before.tip.isEpochEnd)
            var advanced = self.before
            advanced.advance(to: made)
            #expect(advanced.summary == state.summary)

            // Block 2 is proposed by one who joined.
            let entries = try Samples.entries(count: 1)
            let second = state.tip.makeBlock(
                entries: entries, leafHashes: entries.leafHashes(), submissions: nil,
                proposer: Samples.key(3).publicKey, now: Samples.start)
            #expect(second.block.header.epoch == 1)
            try state.apply(second.block, leafHashes: second.leafHashes)
            #expect(!state.tip.isEpochEnd)
            #expect(state.epoch == 1)
        }
    }

    @Test func aBlockOfTheOldEpochComesTooLate() throws {
        var state = self.before
        state.advance(to: try self.block(self.change()))
        let entries = try Samples.entries(count: 1)
        var late = state.tip.makeBlock(
            entries: entries, leafHashes: entries.leafHashes(), submissions: nil, proposer: Samples.key(1).publicKey,
            now: Samples.start
        ).block
        late.header.epoch = 0
        #expect(throws: BlockError.wrongEpoch(expected: 1, found: 0)) {
            try state.apply(late, leafHashes: late.entries.leafHashes())
        }
        // And a proposer who left is none any more.
        var gone = self.before
        let only2 = try #require(MemberSet([Member(key: Samples.key(2).publicKey)], faultModel: .majority))
        let leaving = Samples.change(
            to: only2, from: self.before.members, epoch: 0, chain: self.before.chain, signers: [1], joining: [2])
        gone.advance(to: try self.block(leaving))
        late.header.epoch = 1
        late.header.previousHash = gone.headHash
        #expect(throws: BlockError.proposerNotMember(Samples.key(1).publicKey)) {
            try gone.apply(late, leafHashes: late.entries.leafHashes())
        }
    }

    private func expect(_ error: BlockError, _ annex: Annex) throws {
        var block = try self.block(self.change()).block
        block.annexBytes = annex.encoded()
        block.header.annexHash = Digest(hashing: block.annexBytes)
        var state = self.before
        #expect(throws: error) { try state.apply(block, leafHashes: []) }
        #expect(state.summary == self.before.summary)
    }

    @Test func aBadChangeMakesABadBlock() throws {
        // Signed for the next epoch, too early; the signature itself is right.
        try self.expect(.change(.otherEpoch(expected: 0, found: 1)), Annex(change: self.change(epoch: 1)))
        var unsigned = self.change()
        unsigned.signatures = []
        try self.expect(.change(.noQuorum(power: 0, neededPower: 1)), Annex(change: unsigned))
        var same = self.change()
        same.next = self.before.members
        try self.expect(.change(.sameMembers), Annex(change: same))
        // Records are not needed, but what is said about them has to be true.
        try self.expect(
            .annex(.submissionOutside(offsets: 0..<1, recordCount: 0)),
            Annex(
                change: self.change(), submissions: SubmissionList([.init(id: Samples.id(1), offsets: 0..<1)])))
    }

    @Test func anOldChangeIsNotUsedAgain() throws {
        // 1 -> {1, 2, 3} -> 1, and then the first change once more.
        var state = self.before
        let first = self.change()
        state.advance(to: try self.block(first))
        let back = Samples.change(
            to: self.before.members, from: self.next, epoch: 1, chain: state.chain, signers: [1, 2, 3], joining: [])
        state.advance(
            to: state.tip.makeBlock(
                entries: Entries(), leafHashes: [], submissions: nil, change: back,
                proposer: Samples.key(2).publicKey, now: Samples.start))
        #expect(state.epoch == 2)
        #expect(state.members == self.before.members)
        var again = try self.block(first).block
        again.header.index = 3
        again.header.previousHash = state.headHash
        again.header.epoch = 2
        #expect(throws: BlockError.change(.otherEpoch(expected: 2, found: 0))) {
            try state.apply(again, leafHashes: [])
        }
    }

    @Test func theGenesisBlockChangesNothing() throws {
        var genesis = try Samples.genesis()
        genesis.annexBytes = Annex(genesis: try Samples.settings(), change: self.change()).encoded()
        genesis.header.annexHash = Digest(hashing: genesis.annexBytes)
        #expect(throws: BlockError.genesis(.changesMembers)) { try ChainState(genesis: genesis) }
    }

    @Test func aStateIsTakenUpAtTheEndOfAnEpoch() throws {
        var state = self.before
        let change = self.change()
        state.advance(to: try self.block(change, records: 1))
        let resumed = try ChainState(
            genesis: Samples.genesis(), head: state.head, frontier: state.frontier, window: self.before.window,
            of: self.before.present, change: change)
        #expect(resumed.summary == state.summary)
        #expect(resumed.epoch == 1)
        #expect(resumed.members == self.next)
        let others = Samples.members([1, 1])
        let only2 = try #require(MemberSet([others.members[1]], faultModel: .majority))
        #expect(throws: BlockError.proposerNotMember(Samples.key(1).publicKey)) {
            try ChainState(
                genesis: Samples.genesis(), head: state.head, frontier: state.frontier, window: self.before.window,
                of: Samples.epoch(only2, settings: self.before.present.settings), change: change)
        }
    }

    /// The largest change leaves room for records in its block.
    @Test func theLargestChangeFits() throws {
        let signature = Samples.key(1).sign([])
        func set(_ tag: UInt8) throws -> MemberSet {
            let members = try (0..<Limits.membersMax).map { number in
                var bytes: [UInt8] = Array(repeating: tag, count: 24)
                bytes.append(bigEndian: UInt64(number))
                return Member(key: try #require(PublicKey(bytes: bytes)), power: Limits.powerMax)
            }
            return try #require(MemberSet(members, faultModel: .majority))
        }
        let change = MemberChange(
            epoch: Epoch(rawValue: 1 << 53), next: try set(1),
            signatures: (0..<Limits.membersMax).map { .init(member: UInt16($0), signature: signature) },
            joining: Array(repeating: signature, count: Limits.membersMax))
        let bytes = Annex(change: change).encoded()
        #expect(bytes.count <= MemberChange.encodedBytesMax)
        #expect(try Annex(decoding: bytes.span.bytes).change == change)
        #expect(MemberChange.encodedBytesMax <= Limits.blockBytesMax / 8)
    }
}
