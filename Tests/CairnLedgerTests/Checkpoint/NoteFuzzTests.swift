import CairnHash
import CairnLedger
import TestSupport
import Testing

/// Changed bytes of every text that comes from elsewhere: nothing crashes, what is read is written again just so, and
/// nothing that was changed is believed.
struct NoteFuzzTests {
    private static let count = 6_000

    /// A few changes: bytes, lines that are doubled, dropped, swapped, cut.
    private static func mutate(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0...Int.random(in: 0...2, using: &random) {
            guard !bytes.isEmpty else { break }
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch UInt8.random(in: 0..<8, using: &random) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(Array("\n \t+=0xé—".utf8).randomElement(using: &random) ?? 0, at: place)
            case 4: bytes.removeSubrange(place...)
            default:
                var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
                let one = Int.random(in: 0..<lines.count, using: &random)
                let other = Int.random(in: 0..<lines.count, using: &random)
                switch UInt8.random(in: 0..<3, using: &random) {
                case 0: lines.insert(lines[one], at: other)
                case 1: lines.remove(at: one)
                default: lines.swapAt(one, other)
                }
                bytes = Array(lines.joined(separator: [0x0A]))
            }
        }
        return bytes
    }

    private static func forEachMutant(_ text: String, seed: UInt64, _ body: ([UInt8]) throws -> Void) rethrows {
        var random = SplitMix64(seed: seed)
        let bytes = Array(text.utf8)
        for _ in 0..<Self.count { try body(Self.mutate(bytes, &random)) }
    }

    @Test func proofs() throws {
        let policy = try TrustPolicy(parsing: ProofVectors.policy.utf8)
        let leafHash = try Record(json: ProofVectors.record).leafHash
        let original = Array(ProofVectors.proof.utf8)
        var read = 0
        try Self.forEachMutant(ProofVectors.proof, seed: 1) { bytes in
            guard let proof = try? TLogProof(parsing: bytes) else { return }
            read += 1
            #expect(proof.bytes == bytes)
            guard bytes != original, (try? proof.verify(leafHash: leafHash, policy: policy)) != nil else { return }
            // What nobody signs may be another: the extra line, and lines of unknown keys.
            let known = try TLogProof(parsing: original).checkpoint.note
            #expect(proof.checkpoint.note.text == known.text)
            #expect(known.signatures.allSatisfy(proof.checkpoint.note.signatures.contains))
        }
        #expect(read > Self.count / 100)
    }

    @Test func checkpoints() throws {
        let policy = try TrustPolicy(parsing: ProofVectors.policy.utf8)
        let text = try SignedCheckpoint(text: ProofVectors.checkpoint).note.text
        var read = 0
        Self.forEachMutant(ProofVectors.checkpoint, seed: 2) { bytes in
            guard let signed = try? SignedCheckpoint(parsing: bytes) else { return }
            read += 1
            #expect(signed.bytes == bytes)
            if (try? policy.verify(signed)) != nil { #expect(signed.note.text == text) }
        }
        #expect(read > Self.count / 100)
    }

    @Test func submissions() throws {
        let keys = try TrustPolicy(parsing: ProofVectors.policy.utf8).logs.map(\.key)
        let root = try #require(Digest(hex: FormatVectors.rootOfFive))
        let five = Checkpoint(origin: ExactText(ProofVectors.origin), size: 5, root: root)
        let text = try AddCheckpointRequest(parsing: ProofVectors.submission.utf8).checkpoint.note.text
        var read = 0
        Self.forEachMutant(ProofVectors.submission, seed: 3) { bytes in
            guard let request = try? AddCheckpointRequest(parsing: bytes) else { return }
            read += 1
            #expect(request.bytes == bytes)
            let accepted = try? WitnessRule.accept(request, keys: [five.origin: keys]) { _ in five }
            if let accepted { #expect(accepted.note.text == text) }
        }
        #expect(read > Self.count / 100)
    }

    @Test func evidence() throws {
        let policy = try TrustPolicy(parsing: ProofVectors.policy.utf8)
        let signed = try SignedCheckpoint(text: ProofVectors.checkpoint)
        var other = signed.checkpoint
        other.root = .zero
        let fork = ForkEvidence(
            signed, SignedCheckpoint(other, signatures: signed.note.signatures),
            proof: ForkEvidence.Proof(oldRoot: .zero, path: [.zero]))
        var read = 0
        Self.forEachMutant(String(decoding: fork.bytes, as: UTF8.self), seed: 7) { bytes in
            guard let evidence = try? ForkEvidence(parsing: bytes) else { return }
            read += 1
            #expect((try? ForkEvidence(parsing: evidence.bytes)) == evidence)
            // Nobody signed the other tree.
            #expect(throws: ForkEvidenceError.self) { try evidence.verify(by: policy) }
        }
        #expect(read > Self.count / 100)
    }

    @Test func policies() {
        var read = 0
        Self.forEachMutant(ProofVectors.policy + "# \tno more\n", seed: 4) { bytes in
            guard let policy = try? TrustPolicy(parsing: bytes) else { return }
            read += 1
            // Comments and blanks are not kept; the rest is.
            #expect((try? TrustPolicy(parsing: policy.text)) == policy)
        }
        #expect(read > Self.count / 100)
    }

    @Test func keysAndPaths() throws {
        let key = try TrustPolicy(parsing: ProofVectors.policy.utf8).logs[0].key
        Self.forEachMutant(key.vkey, seed: 5) { bytes in
            // Changed in one place, a key is refused for its ID; a changed name with a fitting ID would be luck of 2^-32.
            guard let found = try? NoteKey(vkey: bytes) else { return }
            #expect(found == key)
        }
        Self.forEachMutant("12/x001/x234/067.p/129", seed: 6) { bytes in
            guard let tile = Tile(path: bytes) else { return }
            #expect(Array(tile.path.utf8) == bytes)
        }
    }
}
