import CairnHash
import CairnLedger
import Testing

/// Builds the blocks of `RecoveryVectors` and compares every byte.
struct RecoveryVectorTests {
    private let founder: PrivateKey
    private let new: PrivateKey
    private let kept: [PrivateKey]
    private let recovery: RecoveryKeys
    private let genesis: Block
    /// Behind block 2 of `FormatVectors`.
    private let state: ChainState

    init() throws {
        let seeds = try [FormatVectors.seed, EpochVectors.secondSeed].map { try #require(Hex.decode($0)) }
        self.founder = try #require(PrivateKey(seed: seeds[0]))
        self.new = try #require(PrivateKey(seed: seeds[1]))
        self.kept = RecoveryVectors.seedBytes.map { Samples.key($0) }
        self.recovery = try #require(RecoveryKeys(self.kept.map(\.publicKey), needed: 2))
        (self.genesis, self.state) = try FormatVectors.stateBehindBlock2()
    }

    private func naming() throws -> CheckedBlock {
        var draft = MemberChangeDraft(
            chain: self.state.chain, epoch: 0, next: self.state.members,
            settings: EpochSettings(submissionWindow: 1 << 20, recovery: self.recovery))
        draft.sign(with: self.founder)
        return self.state.tip.makeBlock(
            entries: Entries(), leafHashes: [], submissions: nil,
            change: try draft.change(present: self.state.present), proposer: self.founder.publicKey,
            now: self.state.head.timestamp)
    }

    private func recovered(behind state: ChainState) throws -> CheckedBlock {
        let next = try #require(MemberSet([Member(key: self.new.publicKey)], faultModel: .bft))
        let settings = state.present.settings
        let message = MemberChange.message(chain: state.chain, epoch: 1, next: next, settings: settings)
        let change = MemberChange(
            epoch: 1, next: next, settings: settings, signatures: [], joining: [self.new.sign(message)],
            isRecovery: true)
        return state.tip.makeBlock(
            entries: Entries(), leafHashes: [], submissions: nil, change: change, proposer: self.new.publicKey,
            now: state.head.timestamp)
    }

    private func expect(_ block: CheckedBlock, annex: String, header: String) {
        #expect(String(decoding: block.block.annexBytes, as: UTF8.self) == annex)
        var bytes: [UInt8] = []
        block.block.header.encode(into: &bytes)
        #expect(Hex.encode(bytes) == header)
    }

    private static func hex(_ certificate: Certificate) -> String {
        var bytes: [UInt8] = []
        certificate.encode(into: &bytes)
        return Hex.encode(bytes)
    }

    @Test func everyByte() throws {
        let naming = try self.naming()
        self.expect(naming, annex: RecoveryVectors.annex3, header: RecoveryVectors.header3)
        var state = self.state
        try state.apply(naming.block, leafHashes: [])
        let settings = String(decoding: state.present.settings.canonicalBytes, as: UTF8.self)
        #expect(settings == RecoveryVectors.settings)

        let block = try self.recovered(behind: state)
        self.expect(block, annex: RecoveryVectors.annex4, header: RecoveryVectors.header4)
        #expect(block.hash.description == RecoveryVectors.hash4)
        let message = RecoveryKeys.message(chain: state.chain, header: block.block.header, hash: block.hash)
        #expect(Hex.encode(message) == RecoveryVectors.message)
        let signers = [0, 2].map { place in self.kept.first { $0.publicKey == self.recovery.keys[place] } }
        let certificate = self.recovery.certificate(
            of: block, chain: state.chain, signers: signers.compactMap { $0 })
        #expect(Self.hex(certificate) == RecoveryVectors.certificate4)

        let bytes3 = try #require(Hex.decode(RecoveryVectors.certificate3))
        let ends = [
            EpochEnd(
                header: naming.block.header, annexBytes: naming.block.annexBytes,
                certificate: try Certificate(decoding: bytes3.span.bytes)),
            EpochEnd(
                header: block.block.header, annexBytes: block.block.annexBytes, certificate: certificate),
        ]
        let history = MemberHistory(genesis: self.genesis, ends: ends)
        var encoded: [UInt8] = []
        history.encode(into: &encoded)
        #expect(encoded.count == RecoveryVectors.historyByteCount)
        #expect(Digest(hashing: encoded).description == RecoveryVectors.historyDigest)
        let found = try history.verify(chain: state.chain)
        #expect(found.epoch == 2 && found.members.members.map(\.key) == [self.new.publicKey])
        #expect(found.recovery == self.recovery)
    }
}
