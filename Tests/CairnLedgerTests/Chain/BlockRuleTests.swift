import CairnHash
import CairnLedger
import Testing

/// Every rule for a block, broken once.
struct BlockRuleTests {
    private let chain: ChainState
    private let good: Block

    init() throws {
        var chain = try Samples.chain()
        let list = SubmissionList([.init(id: Samples.id(1), offsets: 0..<1)])
        chain.advance(to: chain.sampleBlock(try Samples.entries(count: 3), submissions: list))
        self.chain = chain
        let next = SubmissionList([.init(id: Samples.id(2), offsets: 0..<2)])
        self.good = chain.sampleBlock(try Samples.entries(count: 2, from: 3), submissions: next).block
    }

    /// Expects one error, and a state that didn't change.
    private func expect(_ error: BlockError, _ block: Block) {
        var state = self.chain
        #expect(throws: error) { try state.apply(block, leafHashes: block.entries.leafHashes()) }
        #expect(state.summary == self.chain.summary)
        #expect(!"\(error)".isEmpty)
    }

    private func expect(_ error: BlockError, _ change: (inout BlockHeader) -> Void) {
        var block = self.good
        change(&block.header)
        self.expect(error, block)
    }

    /// The block with another annex, whose hash fits.
    private func block(annex: String) -> Block {
        var block = self.good
        block.annexBytes = Array(annex.utf8)
        block.header.annexHash = Digest(hashing: block.annexBytes)
        return block
    }

    @Test func theGoodBlockIsGood() throws {
        var state = self.chain
        try state.apply(self.good, leafHashes: self.good.entries.leafHashes())
        #expect(state.headHash == self.good.header.hash)
    }

    @Test func headerFields() {
        let other = Samples.digest(7)
        self.expect(.wrongIndex(expected: 2, found: 1)) { $0.index = 1 }
        self.expect(.wrongIndex(expected: 2, found: 3)) { $0.index = 3 }
        self.expect(.wrongIndex(expected: 2, found: BlockIndex(rawValue: .max))) { $0.index = .init(rawValue: .max) }
        self.expect(.brokenLink(expected: self.chain.headHash, found: other)) { $0.previousHash = other }
        let before = Timestamp(microseconds: self.chain.head.timestamp.microseconds - 1)
        self.expect(.timestampBeforeParent(parent: self.chain.head.timestamp, found: before)) { $0.timestamp = before }
        self.expect(.wrongTreeSize(expected: 5, found: 4)) { $0.treeSize = 4 }
        self.expect(.wrongTreeSize(expected: 5, found: 0)) { $0.treeSize = 0 }
        self.expect(.wrongTreeSize(expected: 5, found: TreeSize(rawValue: .max))) {
            $0.treeSize = .init(rawValue: .max)
        }
        self.expect(.wrongTreeRoot(expected: self.good.header.treeRoot, found: other)) { $0.treeRoot = other }
        self.expect(.wrongAnnexHash(expected: self.good.header.annexHash, found: other)) { $0.annexHash = other }
        self.expect(.proposerNotMember(Samples.key(9).publicKey)) { $0.proposer = Samples.key(9).publicKey }
        self.expect(.wrongEpoch(expected: 0, found: 1)) { $0.epoch = 1 }
        self.expect(.unexpectedWork(targetBits: 1, nonce: 0)) { $0.targetBits = 1 }
        self.expect(.unexpectedWork(targetBits: 0, nonce: 1)) { $0.nonce = 1 }
    }

    @Test func timestampsMayStandStillOrLeap() throws {
        for timestamp in [self.chain.head.timestamp, Timestamp(microseconds: .max)] {
            var block = self.good
            block.header.timestamp = timestamp
            var state = self.chain
            try state.apply(block, leafHashes: block.entries.leafHashes())
        }
    }

    @Test func otherRecords() throws {
        for texts in [["3", "5"], ["4", "3"]] {
            var block = self.good
            block.entries = try Samples.entries(texts)
            var frontier = self.chain.frontier
            frontier.append(contentsOf: block.entries.leafHashes())
            self.expect(.wrongTreeRoot(expected: frontier.root, found: self.good.header.treeRoot), block)
        }
        var more = self.good
        more.entries = try Samples.entries(["3", "4", "5"])
        self.expect(.wrongTreeSize(expected: 6, found: 5), more)
    }

    @Test func howMuchABlockHolds() throws {
        var block = self.good
        block.entries = Entries()
        self.expect(.noRecords, block)
        block.entries = try Samples.entries(count: Limits.blockRecordsMax + 1)
        self.expect(.tooManyRecords(count: Limits.blockRecordsMax + 1, limit: Limits.blockRecordsMax), block)

        block = self.good
        let large = try Record(json: "\"" + String(repeating: "x", count: 65_000) + "\"")
        block.entries = Entries()
        while block.entries.bytes.count + block.annexBytes.count <= Limits.blockBytesMax { block.entries.append(large) }
        let bytes = block.entries.bytes.count + block.annexBytes.count
        self.expect(.tooLarge(bytes: bytes, limit: Limits.blockBytesMax), block)
    }

    @Test func annexes() throws {
        let zero = Digest.zero
        var block = self.good
        block.annexBytes[20] ^= 1
        self.expect(
            .wrongAnnexHash(expected: Digest(hashing: block.annexBytes), found: self.good.header.annexHash), block)
        block.annexBytes = []
        self.expect(.wrongAnnexHash(expected: zero, found: self.good.header.annexHash), block)

        self.expect(.annex(.empty), self.block(annex: "{}"))
        self.expect(.annex(.unknownField("annex.future")), self.block(annex: "{\"future\":1}"))
        self.expect(.annex(.json(CanonicalJSONError(.notCanonical, at: 1))), self.block(annex: "{ }"))
        let genesis = String(decoding: try Samples.genesis().annexBytes, as: UTF8.self)
        self.expect(.genesis(.repeated), self.block(annex: genesis))

        let outside = Annex(submissions: SubmissionList([.init(id: Samples.id(3), offsets: 1..<3)])).encoded()
        self.expect(
            .annex(.submissionOutside(offsets: 1..<3, recordCount: 2)),
            self.block(annex: String(decoding: outside, as: UTF8.self)))
    }

    @Test func submissionsComeOnce() throws {
        for (items, repeated) in [
            ([SubmissionList.Item(id: Samples.id(1), offsets: 0..<1)], Samples.id(1)),
            ([.init(id: Samples.id(3), offsets: 0..<1), .init(id: Samples.id(3), offsets: 1..<2)], Samples.id(3)),
        ] {
            let annex = Annex(submissions: SubmissionList(items)).encoded()
            self.expect(.repeatedSubmission(repeated), self.block(annex: String(decoding: annex, as: UTF8.self)))
        }
    }
}
