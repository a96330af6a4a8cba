import CairnHash
import CairnLedger
import Testing

/// Builds the ledger of `FormatVectors` and compares every byte.
struct FormatVectorTests {
    private let key: PrivateKey
    private let blocks: [Block]
    private let chains: [ChainState]

    init() throws {
        let seed = try #require(Hex.decode(FormatVectors.seed))
        let key = try #require(PrivateKey(seed: seed))
        let members = try #require(MemberSet([Member(key: key.publicKey)], faultModel: .bft))
        let settings = try GenesisSettings(
            name: "example.org/stones", message: "Every stone counts.", random: Array(0..<16), members: members)
        let start = Timestamp(microseconds: FormatVectors.timestamp)
        let genesis = settings.genesisBlock(proposer: key.publicKey, timestamp: start)
        var chain = try ChainState(genesis: genesis)
        var chains = [chain]
        func grow(_ texts: [String], _ submissions: SubmissionList?) throws -> Block {
            var entries = Entries()
            for text in texts { entries.append(try Record(json: text)) }
            let proposed = chain.tip.makeBlock(
                entries: entries, leafHashes: entries.leafHashes(), submissions: submissions, proposer: key.publicKey,
                now: Timestamp(microseconds: start.microseconds + 1_500_000))
            chain.advance(to: proposed)
            chains.append(chain)
            return proposed.block
        }
        func id(_ client: String, _ key: String) -> SubmissionID {
            SubmissionID(client: Array(client.utf8), idempotencyKey: Array(key.utf8))
        }
        let submissions = SubmissionList([
            .init(id: id("alice", "one"), offsets: 0..<2), .init(id: id("alice", "two"), offsets: 3..<4),
            .init(id: id("bob", "one"), offsets: 4..<5),
        ])
        let first = try grow([#"{"b": 1, "a": [true, null]}"#, #""ston\u00e9""#, "1e21", "0.10", "{}"], submissions)
        let second = try grow(["[]"], nil)
        self.key = key
        self.blocks = [genesis, first, second]
        self.chains = chains
    }

    private func encoded(_ block: Block) -> [UInt8] {
        var bytes: [UInt8] = []
        block.encode(into: &bytes)
        return bytes
    }

    private func encoded(_ header: BlockHeader) -> String {
        var bytes: [UInt8] = []
        header.encode(into: &bytes)
        return Hex.encode(bytes)
    }

    @Test func genesisBlock() {
        let block = self.blocks[0]
        #expect(self.key.publicKey.description == FormatVectors.publicKey)
        #expect(String(decoding: block.annexBytes, as: UTF8.self) == FormatVectors.genesisAnnex)
        #expect(self.encoded(block.header) == FormatVectors.genesisHeader)
        #expect(block.header.hash.description == FormatVectors.chain)
        #expect(self.chains[0].chain.description == FormatVectors.chain)
    }

    @Test func firstBlock() throws {
        let block = self.blocks[1]
        #expect(String(decoding: block.annexBytes, as: UTF8.self) == FormatVectors.annex1)
        #expect(try block.annex()?.submissions?.items.map { Hex.encode($0.id.bytes) } == FormatVectors.submissionIDs)
        #expect(Hex.encode(block.entries.bytes) == FormatVectors.entries1)
        #expect(self.encoded(block.header) == FormatVectors.header1)
        #expect(block.header.hash.description == FormatVectors.hash1)
        #expect(Digest(hashing: self.encoded(block)).description == FormatVectors.block1Digest)
    }

    @Test func secondBlock() {
        #expect(Hex.encode(self.encoded(self.blocks[2])) == FormatVectors.block2)
        #expect(self.blocks[2].header.hash.description == FormatVectors.hash2)
    }

    @Test func whatIsWrittenIsRead() throws {
        let bytes = try #require(Hex.decode(FormatVectors.block2))
        #expect(try Block(decoding: bytes.span.bytes) == self.blocks[2])
        let annex = try Annex(decoding: Array(FormatVectors.genesisAnnex.utf8).span.bytes)
        #expect(annex.encoded() == Array(FormatVectors.genesisAnnex.utf8))
        // And what is read is valid.
        var chain = try ChainState(genesis: self.blocks[0])
        for block in self.blocks.dropFirst() {
            try chain.apply(try Block(decoding: self.encoded(block).span.bytes), leafHashes: block.entries.leafHashes())
            try block.checkCanonicalForm()
        }
        #expect(chain.headHash.description == FormatVectors.hash2)
    }

    @Test func votes() throws {
        let vote = Vote(
            chain: self.chains[0].chain, epoch: 0, view: 1, kind: .finalise, blockHash: self.blocks[1].header.hash)
        #expect(Hex.encode(vote.message) == FormatVectors.voteMessage1)
        for (view, expected) in [(1, FormatVectors.certificate1), (2, FormatVectors.certificate2)] {
            let hash = self.blocks[view].header.hash
            var certificate = Certificate(epoch: 0, view: View(view), blockHash: hash, votes: [])
            let message = Samples.vote(certificate, chain: self.chains[0].chain).message
            certificate.votes = [.init(member: 0, signature: self.key.sign(message))]
            var bytes: [UInt8] = []
            certificate.encode(into: &bytes)
            #expect(Hex.encode(bytes) == expected)
            #expect(try Certificate(decoding: bytes.span.bytes) == certificate)
            try self.chains[0].present.verify(certificate, of: hash)
        }
    }

    @Test func tree() throws {
        let leafHashes = self.blocks.flatMap { $0.entries.leafHashes() }
        #expect(leafHashes.map(\.description) == FormatVectors.leafHashes)
        let tree = MerkleTree(leafHashes)
        #expect(tree.root(at: 5).description == FormatVectors.rootOfFive)
        #expect(tree.root(at: 6).description == FormatVectors.rootOfSix)
        #expect(self.blocks[2].header.treeRoot.description == FormatVectors.rootOfSix)
        #expect(tree.inclusionProof(of: 3, in: 6).map(\.description) == FormatVectors.inclusionOfThreeInSix)
        #expect(tree.consistencyProof(from: 5, to: 6).map(\.description) == FormatVectors.consistencyOfFiveAndSix)
    }
}
