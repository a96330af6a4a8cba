import CairnHash
import CairnLedger
import Testing

/// Following members from the chain's identity alone.
struct MemberHistoryTests {
    /// Three epochs: {1}, {1, 2, 3} with a record in its last block, {2, 3, 4}.
    private let history: MemberHistory
    private let chain: Digest
    private let sets = [
        Samples.members([1]), Samples.members([1, 1, 1], .bft), Samples.members([2, 3, 4], powers: [1, 1, 2]),
    ]

    init() throws {
        var state = try Samples.chain()
        var ends: [EpochEnd] = []
        for (epoch, next) in self.sets.enumerated().dropFirst() {
            let numbers: [UInt8] = epoch == 1 ? [1] : [1, 2, 3]
            let change = Samples.change(
                to: next, from: state.members, epoch: state.epoch, chain: state.chain, signers: numbers,
                joining: epoch == 1 ? [2, 3] : [4])
            let entries = try Samples.entries(count: epoch - 1)
            let made = state.tip.makeBlock(
                entries: entries, leafHashes: entries.leafHashes(), submissions: nil, change: change,
                proposer: state.members.members[0].key, now: Samples.start)
            ends.append(
                EpochEnd(
                    header: made.block.header, annexBytes: made.block.annexBytes,
                    certificate: Samples.certificate(of: made, in: state, by: numbers)))
            state.advance(to: made)
        }
        self.chain = state.chain
        self.history = MemberHistory(genesis: try Samples.genesis(), ends: ends)
    }

    @Test func itLeadsToTheNewestMembers() throws {
        for count in 0...2 {
            let part = MemberHistory(genesis: self.history.genesis, ends: Array(self.history.ends.prefix(count)))
            let found = try part.verify(chain: self.chain)
            #expect(found.chain == self.chain && found.epoch == Epoch(count) && found.members == self.sets[count])
        }
    }

    private func expect(_ error: MemberHistoryError, _ change: (inout MemberHistory) -> Void) {
        var changed = self.history
        change(&changed)
        #expect(throws: error) { try changed.verify(chain: self.chain) }
        #expect(!"\(error)".isEmpty)
    }

    @Test func everyStepIsChecked() throws {
        let ends = self.history.ends
        self.expect(.end(of: 0, .otherEpoch(expected: 0, found: 1))) { $0.ends.removeFirst() }
        self.expect(.end(of: 1, .otherEpoch(expected: 1, found: 0))) { $0.ends[1] = ends[0] }
        self.expect(.end(of: 1, .certificate(.otherBlock(expected: ends[1].header.hash, found: ends[0].header.hash)))) {
            $0.ends[1].certificate = ends[0].certificate
        }
        self.expect(.end(of: 1, .certificate(.noQuorum(power: 2, neededPower: 3)))) {
            $0.ends[1].certificate.votes.removeLast()
        }
        self.expect(
            .end(
                of: 0,
                .wrongAnnexHash(
                    expected: ends[0].header.annexHash, found: Digest(hashing: ends[1].annexBytes)))
        ) { $0.ends[0].annexBytes = ends[1].annexBytes }

        // A block without a change, and one whose change isn't signed: a quorum may make it final, but it ends nothing.
        let list = Annex(submissions: SubmissionList([.init(id: Samples.id(1), offsets: 0..<1)])).encoded()
        self.expect(.end(of: 0, .noChange)) { Self.exchange(&$0.ends[0], for: list) }
        var change = try ends[0].change()
        change.joining.removeLast()
        let unsigned = Annex(change: change).encoded()
        let signer = Samples.key(1)
        self.expect(.end(of: 0, .change(.joiningSignatures(expected: 2, found: 1)))) {
            Self.exchange(&$0.ends[0], for: unsigned)
            $0.ends[0].certificate.blockHash = $0.ends[0].header.hash
            let message = Samples.vote($0.ends[0].certificate, chain: self.chain).message
            $0.ends[0].certificate.votes[0].signature = signer.sign(message)
        }
    }

    /// A quorum may run a later version. What it signed is told from what somebody made up.
    @Test func newerSettingsAreCalledSoWhenAQuorumSignedThem() throws {
        let state = try Samples.chain()
        let change = Samples.change(
            to: state.members, settings: EpochSettings(submissionWindow: 7), from: state.members, epoch: 0,
            chain: state.chain, signers: [1], joining: [])
        var end = self.history.ends[0]
        let text = String(decoding: Annex(change: change).encoded(), as: UTF8.self)
        Self.exchange(&end, for: Array(text.replacing("simplex-1", with: "simplex-3").utf8))
        let unsigned = end
        self.expect(
            .end(
                of: 0,
                .certificate(.otherBlock(expected: end.header.hash, found: end.certificate.blockHash)))
        ) { $0.ends[0] = unsigned }

        end.certificate.blockHash = end.header.hash
        let vote = Samples.vote(end.certificate, chain: self.chain).message
        end.certificate.votes = [.init(member: 0, signature: Samples.key(1).sign(vote))]
        let signed = end
        let error = MemberHistoryError.end(
            of: 0, .annex(.unknownSettings(#"settings.agreement "simplex-3""#)))
        self.expect(error) { $0.ends[0] = signed }
        #expect(
            "\(error)"
                == "the members behind epoch 0 can't be told: its last block ends it, and it changes the settings to "
                + #"settings.agreement "simplex-3", which this program doesn't know: it needs a newer version of Cairn"#
        )
    }

    private static func exchange(_ end: inout EpochEnd, for annexBytes: [UInt8]) {
        end.annexBytes = annexBytes
        end.header.annexHash = Digest(hashing: annexBytes)
    }

    @Test func itIsOfOneChain() throws {
        var other = try Samples.settings()
        other.message = "another"
        let genesis = other.genesisBlock(proposer: Samples.key(1).publicKey, timestamp: Samples.start)
        self.expect(.otherChain(expected: self.chain, found: genesis.header.hash)) { $0.genesis = genesis }
        self.expect(
            .genesis(
                .wrongAnnexHash(
                    expected: Digest(hashing: genesis.annexBytes), found: self.history.genesis.header.annexHash))
        ) { $0.genesis.annexBytes = genesis.annexBytes }
    }

    @Test func decodingUndoesEncoding() throws {
        var bytes: [UInt8] = []
        self.history.encode(into: &bytes)
        #expect(try MemberHistory(decoding: bytes.span.bytes) == self.history)
        var starts: Set<Int> = []
        for count in 0...2 {
            var part: [UInt8] = []
            MemberHistory(genesis: self.history.genesis, ends: Array(self.history.ends.prefix(count)))
                .encode(into: &part)
            #expect(bytes.starts(with: part))
            starts.insert(part.count)
        }
        for count in 0..<bytes.count where !starts.contains(count) {
            #expect(throws: MemberHistoryError.self, "\(count) bytes") {
                try MemberHistory(decoding: Array(bytes.prefix(count)).span.bytes)
            }
        }
        #expect(throws: MemberHistoryError.wrongMagic(0x4352_4E49)) {
            var other = bytes
            other[3] += 1
            return try MemberHistory(decoding: other.span.bytes)
        }
        let longer = bytes + [0]
        #expect(throws: MemberHistoryError.self) { try MemberHistory(decoding: longer.span.bytes) }
        // A length that nothing could have is refused before anything is read.
        let endless = bytes.prefix(4) + Array(repeating: 0xFF, count: 4)
        let limit = BlockHeader.byteCount + 4 + Limits.blockBytesMax
        #expect(throws: MemberHistoryError.tooLong(bytes: 0xFFFF_FFFF, limit: limit)) {
            try MemberHistory(decoding: endless.span.bytes)
        }
    }

    @Test func noChangedByteLeadsToOtherMembers() throws {
        var bytes: [UInt8] = []
        self.history.encode(into: &bytes)
        for place in stride(from: 0, to: bytes.count, by: 7) {
            var changed = bytes
            changed[place] ^= 1 << UInt8(place % 8)
            let found = try? MemberHistory(decoding: changed.span.bytes).verify(chain: self.chain)
            #expect(found == nil, "byte \(place)")
        }
    }
}
