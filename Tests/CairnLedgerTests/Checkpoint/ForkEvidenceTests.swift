import CairnHash
import CairnLedger
import Testing

struct ForkEvidenceTests {
    private let members: FourMembers
    private let ours = MerkleTree((0..<9).map { Samples.digest($0) })
    private let theirs = MerkleTree((0..<9).map { Samples.digest($0 == 2 ? 99 : $0) })

    init() throws {
        self.members = try FourMembers()
    }

    private func signed(_ tree: MerkleTree, _ size: TreeSize, origin: ExactText = FourMembers.origin)
        -> SignedCheckpoint
    {
        self.members.signed(Checkpoint(origin: origin, size: size, root: tree.root(at: size)), by: [0, 1, 2])
    }

    private func proof(_ tree: MerkleTree, _ old: TreeSize, _ new: TreeSize) -> ForkEvidence.Proof {
        ForkEvidence.Proof(oldRoot: tree.root(at: old), path: tree.consistencyProof(from: old, to: new))
    }

    /// Every pair of sizes: what is a fork is proven, what is none is not.
    @Test func verdicts() throws {
        for old in 1...9 {
            for new in old...9 {
                let (old, new) = (TreeSize(old), TreeSize(new))
                let proof = old == new ? nil : self.proof(self.theirs, old, new)
                let fork = ForkEvidence(self.signed(self.ours, old), self.signed(self.theirs, new), proof: proof)
                let none = ForkEvidence(self.signed(self.theirs, new), self.signed(self.theirs, old), proof: proof)
                #expect(none.verdict == .consistent)
                guard old == new || old > 2 else {
                    #expect(fork.verdict == .consistent)
                    continue
                }
                guard new > 2 else { continue }
                #expect(fork.verdict == (old == new ? .twoRoots : .otherBeginning(root: self.theirs.root(at: old))))
                try fork.verify(by: try self.members.policy())
                #expect(try ForkEvidence(parsing: fork.bytes) == fork)
            }
        }
    }

    @Test func whatProvesNothing() throws {
        let policy = try self.members.policy()
        let (three, seven) = (self.signed(self.ours, 3), self.signed(self.theirs, 7))
        func expect(_ error: ForkEvidenceError, _ evidence: ForkEvidence) {
            #expect(throws: error) { try evidence.verify(by: policy) }
        }
        expect(.unproven, ForkEvidence(three, seven, proof: nil))
        // A proof of the other tree, or one that was changed.
        expect(.unproven, ForkEvidence(three, seven, proof: self.proof(self.ours, 3, 7)))
        var changed = self.proof(self.theirs, 3, 7)
        changed.oldRoot = .zero
        expect(.unproven, ForkEvidence(three, seven, proof: changed))
        expect(.consistent, ForkEvidence(three, self.signed(self.ours, 7), proof: self.proof(self.ours, 3, 7)))
        expect(.consistent, ForkEvidence(three, three, proof: nil))
        let other = self.signed(self.theirs, 7, origin: "example.com/other")
        expect(.otherOrigins(FourMembers.origin, "example.com/other"), ForkEvidence(three, other, proof: nil))
        let unsigned = self.members.signed(seven.checkpoint, by: [0, 1])
        expect(
            .notTrusted(size: 7, .noQuorum(quorum: "members", found: 2, needed: 3)),
            ForkEvidence(three, unsigned, proof: self.proof(self.theirs, 3, 7)))
    }

    @Test func whatIsNoFile() throws {
        let evidence = ForkEvidence(
            self.signed(self.ours, 3), self.signed(self.theirs, 7), proof: self.proof(self.theirs, 3, 7))
        let text = String(decoding: evidence.bytes, as: UTF8.self)
        #expect(try ForkEvidence(parsing: Array(text.replacing(",\"", with: ",\n  \"").utf8)) == evidence)
        func expect(_ error: ForkEvidenceError, _ text: String) {
            #expect(throws: error) { try ForkEvidence(parsing: Array(text.utf8)) }
        }
        #expect(throws: ForkEvidenceError.self) { try ForkEvidence(parsing: Array(text.dropLast(9).utf8)) }
        expect(.badMember("format"), "{}")
        expect(.badMember("format"), "[]")
        expect(.badMember("format"), text.replacing("evidence/1", with: "evidence/2"))
        expect(.badMember("larger"), text.replacing("\"larger\"", with: "\"large\""))
        expect(.badMember("root_at_smaller"), text.replacing("\"root_at_smaller\"", with: "\"root\""))
        expect(.badMember("path"), text.replacing("\"path\"", with: "\"paths\""))
        expect(.checkpoint(member: "smaller", .badSize), text.replacing("\\n3\\n", with: "\\n03\\n"))
        let swapped = text.replacing("\"larger\"", with: "\"x\"").replacing("\"smaller\"", with: "\"larger\"")
            .replacing("\"x\"", with: "\"smaller\"")
        expect(.badMember("smaller"), swapped)
        #expect(throws: ForkEvidenceError.tooLarge(bytes: 3_000_001, limit: 3_000_000)) {
            try ForkEvidence(parsing: [UInt8](repeating: 0x20, count: 3_000_001))
        }
    }
}
