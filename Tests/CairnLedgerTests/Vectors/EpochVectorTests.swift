import CairnHash
import CairnLedger
import Testing

/// Builds the change of `EpochVectors` and compares every byte.
struct EpochVectorTests {
    private let founder: PrivateKey
    private let second: PrivateKey
    private let genesis: Block
    private let state: ChainState

    /// The state behind block 2 of `FormatVectors`.
    init() throws {
        let seeds = try [FormatVectors.seed, EpochVectors.secondSeed].map { try #require(Hex.decode($0)) }
        self.founder = try #require(PrivateKey(seed: seeds[0]))
        self.second = try #require(PrivateKey(seed: seeds[1]))
        (self.genesis, self.state) = try FormatVectors.stateBehindBlock2()
    }

    private func draft() throws -> MemberChangeDraft {
        let members = [Member(key: self.founder.publicKey), Member(key: self.second.publicKey, power: 2)]
        let next = try #require(MemberSet(members, faultModel: .majority))
        var draft = MemberChangeDraft(chain: self.state.chain, epoch: 0, next: next)
        draft.sign(with: self.founder)
        draft.sign(with: self.second)
        return draft
    }

    private func block() throws -> CheckedBlock {
        let present = self.state.present
        return self.state.tip.makeBlock(
            entries: Entries(), leafHashes: [], submissions: nil, change: try self.draft().change(present: present),
            proposer: self.founder.publicKey, now: self.state.head.timestamp)
    }

    @Test func whatIsSigned() throws {
        let draft = try self.draft()
        #expect(Digest(hashing: Array(EpochVectors.nextContent.utf8)) == draft.next.contentHash)
        #expect(draft.next.contentHash.description == EpochVectors.nextHash)
        let message = MemberChange.message(chain: draft.chain, epoch: 0, next: draft.next)
        #expect(Hex.encode(message) == EpochVectors.changeMessage)
        #expect(String(decoding: draft.encoded(), as: UTF8.self) == EpochVectors.draft)
    }

    @Test func theBlock() throws {
        let block = try self.block()
        #expect(String(decoding: block.block.annexBytes, as: UTF8.self) == EpochVectors.annex3)
        var header: [UInt8] = []
        block.block.header.encode(into: &header)
        #expect(Hex.encode(header) == EpochVectors.header3)
        #expect(block.hash.description == EpochVectors.hash3)
        var state = self.state
        try state.apply(block.block, leafHashes: [])
        #expect(state.epoch == 1)
        #expect(state.members == (try self.draft()).next)
    }

    @Test func theHistory() throws {
        let block = try self.block()
        let bytes = try #require(Hex.decode(EpochVectors.certificate3))
        let certificate = try Certificate(decoding: bytes.span.bytes)
        let end = EpochEnd(
            header: block.block.header, annexBytes: block.block.annexBytes, certificate: certificate)
        let history = MemberHistory(genesis: self.genesis, ends: [end])
        var encoded: [UInt8] = []
        history.encode(into: &encoded)
        #expect(encoded.count == EpochVectors.historyByteCount)
        #expect(Digest(hashing: encoded).description == EpochVectors.historyDigest)
        let members = try history.verify(chain: self.state.chain)
        #expect(members.epoch == 1)
        #expect(members.members == (try self.draft()).next)
    }
}
