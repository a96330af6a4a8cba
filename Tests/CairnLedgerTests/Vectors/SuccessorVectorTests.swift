import CairnHash
import CairnLedger
import Testing

/// Builds the block of `SuccessorVectors` and compares every byte.
struct SuccessorVectorTests {
    private func settings(_ predecessor: Predecessor?) throws -> GenesisSettings {
        let seed = try #require(Hex.decode(EpochVectors.secondSeed))
        let key = try #require(PrivateKey(seed: seed)).publicKey
        return try GenesisSettings(
            name: "example.org/stones/2", message: "The next stone.",
            random: try #require(Hex.decode(SuccessorVectors.random)),
            members: try #require(MemberSet([Member(key: key)], faultModel: .majority)), predecessor: predecessor)
    }

    private func predecessor() throws -> Predecessor {
        Predecessor(
            chain: try #require(Digest(hex: FormatVectors.chain)), size: 6,
            root: try #require(Digest(hex: FormatVectors.rootOfSix)))
    }

    @Test func theBlock() throws {
        let settings = try self.settings(try self.predecessor())
        let block = settings.genesisBlock(
            proposer: settings.members.members[0].key, timestamp: Timestamp(microseconds: SuccessorVectors.timestamp))
        #expect(String(decoding: block.annexBytes, as: UTF8.self) == SuccessorVectors.annex)
        var header: [UInt8] = []
        block.header.encode(into: &header)
        #expect(Hex.encode(header) == SuccessorVectors.header)
        let state = try ChainState(genesis: block)
        #expect(state.chain.description == SuccessorVectors.chain)
        #expect(state.genesisSettings.predecessor == (try self.predecessor()))
    }

    /// A ledger without one is what it always was.
    @Test func noneIsNoField() throws {
        let annex = Annex(genesis: try self.settings(nil)).encoded()
        #expect(!String(decoding: annex, as: UTF8.self).contains("predecessor"))
        #expect(try Annex(decoding: annex.span.bytes).genesis?.predecessor == nil)
    }

    @Test(
        arguments: [
            (#""size":6"#, #""size":-1"#, .invalidField("genesis.predecessor.size")),
            (#""size":6"#, #""size":"6""#, .invalidField("genesis.predecessor.size")),
            (#","size":6"#, "", .missingField("genesis.predecessor.size")),
            (#""size":6"#, #""size":6,"time":1"#, .unknownField("genesis.predecessor.time")),
            (#""root":"8a"#, #""root":"8A"#, .invalidField("genesis")),
            (#""root":"8a"#, #""root":"8"#, .invalidField("genesis.predecessor.root")),
            (#""chain":"e6"#, #""chain":""#, .invalidField("genesis.predecessor.chain")),
        ] as [(String, String, AnnexError)])
    func fieldsThatCantBe(text: String, other: String, error: AnnexError) throws {
        let changed = SuccessorVectors.annex.replacing(text, with: other)
        #expect(changed != SuccessorVectors.annex)
        #expect(throws: error) { try Annex(decoding: Array(changed.utf8).span.bytes) }
    }

    @Test func noObject() throws {
        let start = try #require(SuccessorVectors.annex.firstRange(of: #""predecessor":"#)).upperBound
        let end = try #require(SuccessorVectors.annex[start...].firstIndex(of: "}"))
        for other in ["null", "7", "[]"] {
            let changed =
                SuccessorVectors.annex[..<start] + other
                + SuccessorVectors.annex[SuccessorVectors.annex.index(after: end)...]
            #expect(throws: AnnexError.invalidField("genesis.predecessor")) {
                try Annex(decoding: Array(changed.utf8).span.bytes)
            }
        }
    }
}
