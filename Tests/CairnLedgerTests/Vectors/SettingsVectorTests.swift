import CairnHash
import CairnLedger
import Testing

/// Builds the change of `SettingsVectors` and compares every byte.
struct SettingsVectorTests {
    private let second: PrivateKey
    private let genesis: Block
    private let end3: EpochEnd
    private let state: ChainState

    /// The state after block 3 of `EpochVectors`.
    init() throws {
        let seed = try #require(Hex.decode(EpochVectors.secondSeed))
        self.second = try #require(PrivateKey(seed: seed))
        self.genesis = Block(
            header: try Self.header(FormatVectors.genesisHeader), annexBytes: Array(FormatVectors.genesisAnnex.utf8),
            entries: Entries())
        let certificate = try #require(Hex.decode(EpochVectors.certificate3))
        self.end3 = EpochEnd(
            header: try Self.header(EpochVectors.header3), annexBytes: Array(EpochVectors.annex3.utf8),
            certificate: try Certificate(decoding: certificate.span.bytes))
        var frontier = MerkleFrontier()
        for hash in FormatVectors.leafHashes { frontier.append(try #require(Digest(hex: hash))) }
        let founders = try ChainState(genesis: self.genesis)
        self.state = try ChainState(
            genesis: self.genesis, head: self.end3.header, frontier: frontier, window: founders.window,
            of: founders.present, change: try self.end3.change())
    }

    private static func header(_ hex: String) throws -> BlockHeader {
        let bytes = try #require(Hex.decode(hex))
        return try BlockHeader(decoding: bytes.span.bytes)
    }

    private func draft() throws -> MemberChangeDraft {
        let settings = try #require(EpochSettings(submissionWindow: 4_096))
        var draft = MemberChangeDraft(
            chain: self.state.chain, epoch: 1, next: self.state.members, settings: settings)
        draft.sign(with: self.second)
        return draft
    }

    private func block() throws -> CheckedBlock {
        self.state.tip.makeBlock(
            entries: Entries(), leafHashes: [], submissions: nil,
            change: try self.draft().change(present: self.state.present), proposer: self.second.publicKey,
            now: self.state.head.timestamp)
    }

    @Test func whatIsSigned() throws {
        let draft = try self.draft()
        let settings = try #require(draft.settings)
        #expect(String(decoding: settings.canonicalBytes, as: UTF8.self) == SettingsVectors.content)
        #expect(Digest(hashing: settings.canonicalBytes).description == SettingsVectors.contentHash)
        let message = MemberChange.message(chain: draft.chain, epoch: 1, next: draft.next, settings: settings)
        #expect(Hex.encode(message) == SettingsVectors.message)
        #expect(String(decoding: draft.encoded(), as: UTF8.self) == SettingsVectors.draft)
        #expect(try MemberChangeDraft(decoding: draft.encoded().span.bytes) == draft)
    }

    @Test func theBlock() throws {
        let block = try self.block()
        #expect(String(decoding: block.block.annexBytes, as: UTF8.self) == SettingsVectors.annex4)
        var header: [UInt8] = []
        block.block.header.encode(into: &header)
        #expect(Hex.encode(header) == SettingsVectors.header4)
        #expect(block.hash.description == SettingsVectors.hash4)
        var state = self.state
        try state.apply(block.block, leafHashes: [])
        let members = self.state.members
        #expect(state.epoch == 2 && state.members == members)
        #expect(state.present.settings.submissionWindow == 4_096)
    }

    /// One format after the other.
    @Test func theHistory() throws {
        let block = try self.block()
        let bytes = try #require(Hex.decode(SettingsVectors.certificate4))
        let certificate = try Certificate(decoding: bytes.span.bytes)
        let end4 = EpochEnd(
            header: block.block.header, annexBytes: block.block.annexBytes, certificate: certificate)
        let history = MemberHistory(genesis: self.genesis, ends: [self.end3, end4])
        var encoded: [UInt8] = []
        history.encode(into: &encoded)
        #expect(encoded.count == SettingsVectors.historyByteCount)
        #expect(Digest(hashing: encoded).description == SettingsVectors.historyDigest)
        let found = try MemberHistory(decoding: encoded.span.bytes).verify(chain: self.state.chain)
        #expect(found.epoch == 2 && found.members == self.state.members)
        #expect(found.settings == EpochSettings(submissionWindow: 4_096))
    }
}
