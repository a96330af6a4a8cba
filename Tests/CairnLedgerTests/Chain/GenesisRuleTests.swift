import CairnHash
import CairnLedger
import Testing

/// Every rule for a genesis block, broken once.
struct GenesisRuleTests {
    private func expect(_ error: BlockError, _ change: (inout Block) throws -> Void) throws {
        var block = try Samples.genesis()
        try change(&block)
        #expect(throws: error) { try ChainState(genesis: block) }
    }

    @Test func theStateBehindIt() throws {
        let block = try Samples.genesis()
        let chain = try ChainState(genesis: block)
        #expect(chain.chain == block.header.hash)
        #expect(chain.headHash == chain.chain)
        #expect(chain.head == block.header)
        #expect(chain.frontier == MerkleFrontier())
        #expect(chain.window.capacity == 1_000)
        #expect(chain.members == Samples.members())
        #expect(chain.genesisSettings == (try Samples.settings()))
        #expect(block.firstRecord == 0)
    }

    @Test func headerFields() throws {
        let other = Samples.digest(7)
        let empty = MerkleFrontier.emptyRoot
        try self.expect(.wrongIndex(expected: 0, found: 1)) { $0.header.index = 1 }
        try self.expect(.brokenLink(expected: .zero, found: other)) { $0.header.previousHash = other }
        try self.expect(.wrongEpoch(expected: 0, found: 1)) { $0.header.epoch = 1 }
        try self.expect(.wrongTreeSize(expected: 0, found: 1)) { $0.header.treeSize = 1 }
        try self.expect(.wrongTreeRoot(expected: empty, found: other)) { $0.header.treeRoot = other }
        try self.expect(.wrongTreeRoot(expected: empty, found: .zero)) { $0.header.treeRoot = .zero }
        try self.expect(.proposerNotMember(Samples.key(9).publicKey)) { $0.header.proposer = Samples.key(9).publicKey }
        try self.expect(.unexpectedWork(targetBits: 0, nonce: 5)) { $0.header.nonce = 5 }
        try self.expect(.unexpectedWork(targetBits: 5, nonce: 0)) { $0.header.targetBits = 5 }
    }

    @Test func content() throws {
        let found = try Samples.genesis().header.annexHash
        try self.expect(.genesis(.holdsRecords)) { $0.entries = try Samples.entries(count: 1) }
        try self.expect(.wrongAnnexHash(expected: .zero, found: found)) { $0.annexBytes = [] }
        try self.expect(.genesis(.missing)) {
            $0.annexBytes = []
            $0.header.annexHash = .zero
        }
        let list = SubmissionList([.init(id: Samples.id(1), offsets: 0..<1)])
        try self.expect(.annex(.submissionOutside(offsets: 0..<1, recordCount: 0))) {
            $0.annexBytes = Annex(genesis: try Samples.settings(), submissions: list).encoded()
            $0.header.annexHash = Digest(hashing: $0.annexBytes)
        }
    }
}
