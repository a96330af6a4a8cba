import CairnHash
import CairnLedger
import Testing

struct TLogProofTests {
    private let leaves = (0..<20).map { Samples.digest(UInt64($0)) }

    private func proof(_ number: Int, by signers: [Int] = [0, 1, 2], extra: [UInt8] = []) throws -> TLogProof {
        let tree = MerkleTree(self.leaves)
        let checkpoint = Checkpoint(origin: FourMembers.origin, size: tree.size, root: tree.root(at: tree.size))
        return TLogProof(
            extra: extra, index: RecordNumber(number),
            path: tree.inclusionProof(of: RecordNumber(number), in: tree.size),
            checkpoint: try FourMembers().signed(checkpoint, by: signers))
    }

    private func verify(_ proof: TLogProof, _ leaf: Int) throws {
        let policy = try FourMembers().policy()
        _ = try proof.verify(leafHash: self.leaves[leaf], policy: policy)
    }

    @Test func textAndBack() throws {
        for number in 0..<20 {
            let proof = try self.proof(number)
            #expect(try TLogProof(parsing: proof.bytes) == proof)
            try self.verify(proof, number)
        }
        let extra = try self.proof(3, extra: [1, 2, 3])
        #expect(String(decoding: extra.bytes, as: UTF8.self).hasPrefix("c2sp.org/tlog-proof@v1\nextra AQID\nindex 3\n"))
        #expect(try TLogProof(parsing: extra.bytes) == extra)
    }

    @Test func whatDoesNotProve() throws {
        let proof = try self.proof(3)
        #expect(throws: TLogProofError.notIncluded(leafHash: self.leaves[4], index: 3)) { try self.verify(proof, 4) }
        var changed = proof
        changed.index = 4
        #expect(throws: TLogProofError.notIncluded(leafHash: self.leaves[3], index: 4)) { try self.verify(changed, 3) }
        changed.index = 20
        #expect(throws: TLogProofError.indexOutsideTree(index: 20, size: 20)) { try self.verify(changed, 3) }
        changed = proof
        changed.path.swapAt(0, 1)
        #expect(throws: TLogProofError.notIncluded(leafHash: self.leaves[3], index: 3)) { try self.verify(changed, 3) }
        for path in [Array(proof.path.dropLast()), Array(proof.path.dropFirst()), proof.path + [proof.path[0]], []] {
            changed.path = path
            #expect(throws: TLogProofError.notIncluded(leafHash: self.leaves[3], index: 3)) {
                try self.verify(changed, 3)
            }
        }
        #expect(throws: TLogProofError.notTrusted(.noQuorum(quorum: "members", found: 2, needed: 3))) {
            try self.verify(try self.proof(3, by: [0, 3]), 3)
        }
    }

    @Test func whatIsNoProof() throws {
        let text = String(decoding: try self.proof(3, extra: [1]).bytes, as: UTF8.self)
        let hash = Base64.encode(self.leaves[2].bytes)
        func expect(_ error: TLogProofError, _ text: String) {
            #expect(throws: error) { try TLogProof(parsing: text.utf8) }
        }
        expect(.notAProof, "")
        expect(.notAProof, text.replacing("proof@v1", with: "proof@v2"))
        expect(.notAProof, "\n" + text)
        expect(.badExtra, text.replacing("extra AQ==", with: "extra AR=="))
        expect(.badExtra, text.replacing("extra AQ==", with: "extra "))
        expect(.noIndex, text.replacing("extra AQ==", with: "extra"))
        expect(.noIndex, text.replacing("index 3\n", with: ""))
        expect(.badIndex, text.replacing("index 3", with: "index 03"))
        expect(.badIndex, text.replacing("index 3", with: "index 3 "))
        expect(.badIndex, text.replacing("index 3", with: "index -3"))
        expect(.path(.badHash(number: 1)), text.replacing(hash, with: "A" + hash))
        expect(.path(.badHash(number: 1)), text.replacing(hash + "\n", with: "index 3\n"))
        let many = String(repeating: hash + "\n", count: 70)
        expect(.path(.tooManyHashes(limit: 63)), text.replacing(hash + "\n", with: many))
        expect(.cutShort, String(text.prefix(30)))
        expect(.path(.cutShort), String(text.prefix(60)))
        // Without the checkpoint.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let end = try #require(lines.firstIndex(of: ""))
        expect(.checkpoint(.note(.noSignatures)), lines[...end].joined(separator: "\n") + "\n")
        expect(.checkpoint(.note(.duplicateSignature(name: FourMembers.origin))), text + Self.lastLogLine(text))
        let size = 2_000_000
        let large = text + String(repeating: "x", count: size)
        #expect(throws: TLogProofError.self) { try TLogProof(parsing: large.utf8) }
    }

    private static func lastLogLine(_ text: String) -> String {
        (text.split(separator: "\n").last { $0.hasPrefix("— \(FourMembers.origin) ") }.map(String.init) ?? "") + "\n"
    }

    /// Ten million records, four members: one log line, four cosignatures.
    @Test func aProofIsBelowTwoKilobytes() throws {
        let size: TreeSize = 10_000_000
        let path = (0..<24).map { Samples.digest(UInt64($0)) }
        let four = try FourMembers()
        let whole = four.signed(
            Checkpoint(origin: FourMembers.origin, size: size, root: Samples.digest(1)), by: [0, 1, 2, 3])
        // Which log line stays makes no difference.
        let signatures = Array(whole.note.signatures.dropFirst(3))
        #expect(signatures.count == 5)
        let proof = TLogProof(
            index: 9_999_999, path: path, checkpoint: SignedCheckpoint(whole.checkpoint, signatures: signatures))
        #expect(proof.bytes.count < 2_000)
        #expect(try four.policy().verify(proof.checkpoint).cosignatures.count == 4)
    }
}
