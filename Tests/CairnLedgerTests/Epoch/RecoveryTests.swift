import CairnHash
import CairnLedger
import Testing

/// A ledger whose only member's key is lost goes on by its recovery keys, and by nothing else.
struct RecoveryTests {
    /// Keys 21, 22 and 23, of which two are needed.
    private let keys: RecoveryKeys
    private let state: ChainState
    private let ends: [EpochEnd]

    init() throws {
        self.keys = try #require(RecoveryKeys([21, 22, 23].map { Samples.key($0).publicKey }, needed: 2))
        var state = try Samples.chain()
        let settings = EpochSettings(submissionWindow: 1_000, recovery: self.keys)
        let change = Samples.change(
            to: state.members, settings: settings, from: state.members, epoch: 0, chain: state.chain, signers: [1],
            joining: [])
        let made = state.tip.makeBlock(
            entries: Entries(), leafHashes: [], submissions: nil, change: change,
            proposer: Samples.key(1).publicKey, now: Samples.start)
        self.ends = [Self.end(made, Samples.certificate(of: made, in: state, by: [1]))]
        try state.apply(made.block, leafHashes: [])
        self.state = state
    }

    private static func end(_ block: CheckedBlock, _ certificate: Certificate) -> EpochEnd {
        EpochEnd(header: block.block.header, annexBytes: block.block.annexBytes, certificate: certificate)
    }

    private func change(to numbers: [UInt8] = [2], settings: EpochSettings? = nil) -> MemberChange {
        let next = Samples.members(numbers, powers: numbers.map { _ in 1 })
        let settings = settings ?? self.state.present.settings
        let message = MemberChange.message(chain: self.state.chain, epoch: 1, next: next, settings: settings)
        return MemberChange(
            epoch: 1, next: next, settings: settings, signatures: [],
            joining: numbers.filter { $0 != 1 }.map { Samples.key($0).sign(message) }, isRecovery: true)
    }

    private func block(_ change: MemberChange, proposer: UInt8 = 2, records: Int = 0) throws -> CheckedBlock {
        let entries = try Samples.entries(count: records)
        return self.state.tip.makeBlock(
            entries: entries, leafHashes: entries.leafHashes(), submissions: nil, change: change,
            proposer: Samples.key(proposer).publicKey, now: Samples.start)
    }

    private func certificate(of block: CheckedBlock, by signers: [UInt8]) -> Certificate {
        self.keys.certificate(of: block, chain: self.state.chain, signers: signers.map { Samples.key($0) })
    }

    @Test func theLedgerGoesOn() throws {
        let made = try self.block(self.change())
        var state = self.state
        try state.apply(made.block, leafHashes: [])
        #expect(state.epoch == 2 && state.members.members.map(\.key) == [Samples.key(2).publicKey])
        #expect(state.present.recovery == self.keys)
        let certificate = self.certificate(of: made, by: [23, 21])
        #expect(certificate.votes.count == 2 && certificate.view == 0)
        try self.state.present.verify(certificate, of: made.block.header, hash: made.hash)
        // A light client comes to the same, from the identity of the chain alone.
        let history = MemberHistory(
            genesis: try Samples.genesis(), ends: self.ends + [Self.end(made, certificate)])
        var bytes: [UInt8] = []
        history.encode(into: &bytes)
        #expect(try MemberHistory(decoding: bytes.span.bytes).verify(chain: state.chain) == state.present)
        // The annex is read as it is written, and taken up at its block.
        let annex = try Annex(decoding: made.block.annexBytes.span.bytes)
        #expect(annex.change == made.change && annex.encoded() == made.block.annexBytes)
        let resumed = try ChainState(
            genesis: Samples.genesis(), head: state.head, frontier: state.frontier, window: self.state.window,
            of: self.state.present, change: annex.change)
        #expect(resumed.summary == state.summary)
    }

    @Test func whatIsSigned() throws {
        let made = try self.block(self.change())
        let header = made.block.header
        let message = RecoveryKeys.message(chain: self.state.chain, header: header, hash: made.hash)
        var expected = Array("cairn/recovery/1".utf8) + [0]
        expected.append(self.state.chain)
        expected += [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]
        expected.append(header.previousHash)
        expected.append(made.hash)
        #expect(message == expected)
    }

    @Test func onlyEnoughOfTheKeysMakeItFinal() throws {
        let made = try self.block(self.change())
        let good = self.certificate(of: made, by: [21, 22])
        func expect(_ error: CertificateError, _ certificate: Certificate) {
            #expect(throws: error) {
                try self.state.present.verify(certificate, of: made.block.header, hash: made.hash)
            }
            #expect(throws: EpochEndError.certificate(error)) {
                try self.state.present.next(behind: Self.end(made, certificate))
            }
        }
        expect(.noQuorum(power: 1, neededPower: 2), self.certificate(of: made, by: [22]))
        // The member that lost its key, or whoever has it, can't end the epoch in this way.
        expect(.notOfRecovery, Samples.certificate(of: made, in: self.state, by: [1]))
        var changed = good
        changed.votes[1].signature = changed.votes[0].signature
        expect(.badSignature(member: self.keys.keys[Int(changed.votes[1].member)]), changed)
        changed = good
        changed.votes[1].member = 3
        expect(.unknownMember(3), changed)
        changed = good
        changed.votes[1] = changed.votes[0]
        expect(.votesOutOfOrder, changed)
        changed = good
        changed.view = 1
        expect(.notOfRecovery, changed)
        changed = good
        changed.epoch = 0
        expect(.otherEpoch(expected: 1, found: 0), changed)
        // Nor do the keys make anything else final: neither another block with the same change, nor one with records.
        var later = made.block.header
        later.timestamp = Timestamp(microseconds: later.timestamp.microseconds + 1)
        let signature = self.keys.keys[Int(good.votes[0].member)]
        changed = good
        changed.blockHash = later.hash
        #expect(throws: CertificateError.badSignature(member: signature)) {
            try self.state.present.verify(changed, of: later, hash: later.hash)
        }
        let records = self.state.sampleBlock(try Samples.entries(count: 1))
        let forged = self.certificate(of: records, by: [21, 22])
        #expect(throws: CertificateError.self) {
            try self.state.present.verify(forged, of: records.block.header, hash: records.hash)
        }
    }

    private func expectBad(_ error: BlockError, _ made: CheckedBlock) {
        var state = self.state
        #expect(throws: error) { try state.apply(made.block, leafHashes: made.leafHashes) }
        #expect(!"\(error)".isEmpty)
    }

    @Test func theBlockHoldsNothingElse() throws {
        self.expectBad(.recoveryWithRecords, try self.block(self.change(), records: 1))
        self.expectBad(.proposerNotMember(Samples.key(1).publicKey), try self.block(self.change(), proposer: 1))
        self.expectBad(.proposerNotMember(Samples.key(3).publicKey), try self.block(self.change(), proposer: 3))
        let kept = try self.block(self.change(to: [2, 1], settings: EpochSettings()))
        self.expectBad(.change(.keepsLostKey(Samples.key(1).publicKey)), kept)
        var unsigned = self.change()
        unsigned.joining = []
        self.expectBad(.change(.joiningSignatures(expected: 1, found: 0)), try self.block(unsigned))
        var signed = self.change()
        signed.signatures = [.init(member: 0, signature: Samples.key(1).sign([]))]
        self.expectBad(.change(.noRecovery), try self.block(signed))
        // Several members may follow, who then have no such keys.
        self.expectBad(.change(.recoveryOfSeveral), try self.block(self.change(to: [2, 3])))
        let several = try self.block(self.change(to: [2, 3], settings: EpochSettings()))
        var state = self.state
        try state.apply(several.block, leafHashes: [])
        #expect(state.members.members.count == 2 && state.present.recovery == nil)
    }

    /// Who has only headers and annexes takes no other end of the epoch than who has the blocks.
    @Test func aLightClientTakesNoOtherBlock() throws {
        func expect(_ error: EpochEndError, _ made: CheckedBlock) {
            let end = Self.end(made, self.certificate(of: made, by: [21, 22]))
            #expect(throws: error) { try self.state.present.next(behind: end) }
            #expect(!"\(error)".isEmpty)
        }
        expect(.otherProposer(Samples.key(3).publicKey), try self.block(self.change(), proposer: 3))
        let several = self.change(to: [2, 3], settings: EpochSettings())
        expect(.otherProposer(Samples.key(3).publicKey), try self.block(several, proposer: 3))
        let list = SubmissionList([SubmissionList.Item(id: Samples.id(1), offsets: 0..<1)])
        let listing = self.state.tip.makeBlock(
            entries: Entries(), leafHashes: [], submissions: list, change: self.change(),
            proposer: Samples.key(2).publicKey, now: Samples.start)
        expect(.recoveryWithSubmissions, listing)
        self.expectBad(.recoveryWithRecords, listing)
    }

    /// What shows no change is none, whoever looks at no more than the header.
    @Test func theKeysSignNothingButAChange() throws {
        let entries = try Samples.entries(count: 1)
        let made = self.state.tip.makeBlock(
            entries: entries, leafHashes: entries.leafHashes(), submissions: nil,
            proposer: Samples.key(2).publicKey, now: Samples.start)
        let certificate = self.certificate(of: made, by: [21, 22])
        #expect(throws: CertificateError.notOfRecovery) {
            try self.state.present.verify(certificate, of: made.block.header, hash: made.hash)
        }
    }

    @Test func whereNobodyNamedKeysThereIsNoRecovery() throws {
        var state = try Samples.chain()
        var change = self.change()
        change.epoch = 0
        let made = state.tip.makeBlock(
            entries: Entries(), leafHashes: [], submissions: nil, change: change,
            proposer: Samples.key(2).publicKey, now: Samples.start)
        #expect(throws: BlockError.change(.noRecovery)) { try state.apply(made.block, leafHashes: []) }
        let certificate = self.keys.certificate(
            of: made, chain: state.chain, signers: [21, 22].map { Samples.key($0) })
        #expect(throws: EpochEndError.self) { try state.present.next(behind: Self.end(made, certificate)) }
    }

    /// A running node makes no block of it, whoever hands it in.
    @Test func aRunningNodeDoesNotTakeItOver() {
        let change = self.change()
        #expect(throws: MemberChangeError.noRecovery) { try change.checkJoiningKeys(present: self.state.members) }
    }

    @Test func severalMembersHaveNoRecoveryKeys() throws {
        let two = Samples.members([1, 1])
        for settings in [nil, EpochSettings(submissionWindow: 5, recovery: self.keys)] {
            let change = Samples.change(
                to: two, settings: settings, from: self.state.members, epoch: 1, chain: self.state.chain, signers: [1],
                joining: [2])
            #expect(throws: MemberChangeError.recoveryOfSeveral) { try change.verify(present: self.state.present) }
        }
        let dropped = Samples.change(
            to: two, settings: EpochSettings(), from: self.state.members, epoch: 1, chain: self.state.chain,
            signers: [1], joining: [2])
        try dropped.verify(present: self.state.present)
    }

    @Test func theKeysAsText() throws {
        let settings = EpochSettings(submissionWindow: 5, recovery: self.keys)
        let text = String(decoding: try #require(settings).canonicalBytes, as: UTF8.self)
        let listed = self.keys.keys.map { "\"\($0)\"" }.joined(separator: ",")
        #expect(text.hasSuffix(#","recovery":{"keys":["# + listed + #"],"needed":2}}"#))
        #expect(listed == self.keys.keys.map { "\"\($0)\"" }.sorted().joined(separator: ","))
        let publicKeys = self.keys.keys
        #expect(RecoveryKeys(publicKeys.reversed(), needed: 2) == self.keys)
        #expect(RecoveryKeys([], needed: 1) == nil && RecoveryKeys(publicKeys, needed: 4) == nil)
        #expect(RecoveryKeys(publicKeys, needed: 0) == nil)
        #expect(RecoveryKeys(publicKeys + [publicKeys[0]], needed: 2) == nil)
        #expect(RecoveryKeys((1...17).map { Samples.key($0).publicKey }, needed: 1) == nil)
        // Another order, or a field more, would be a second text.
        let change = Samples.change(
            to: self.state.members, settings: settings, from: self.state.members, epoch: 1, chain: self.state.chain,
            signers: [1], joining: [])
        let annex = String(decoding: Annex(change: change).encoded(), as: UTF8.self)
        let other = publicKeys.reversed().map { "\"\($0)\"" }.joined(separator: ",")
        for (part, replaced) in [
            (listed, other), (#""needed":2"#, #""needed":2,"x":1"#), (#""needed":2"#, #""needed":4"#),
        ] {
            let bytes = Array(annex.replacing(part, with: replaced).utf8)
            let error = try #require(throws: AnnexError.self) { try Annex(decoding: bytes.span.bytes) }
            #expect(error.isOfNewerVersion)
        }
        for (part, replaced) in [
            (#","settings":"#, #","recovery":false,"settings":"#), (#""format":2,"#, #""format":2,"recovery":true,"#),
        ] {
            let bytes = Array(annex.replacing(part, with: replaced).utf8)
            #expect(throws: AnnexError.self) { try Annex(decoding: bytes.span.bytes) }
        }
    }
}
