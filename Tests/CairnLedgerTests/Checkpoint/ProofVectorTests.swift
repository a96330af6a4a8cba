import CairnHash
import CairnLedger
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What docs/proofs.md shows is what the code makes, byte for byte.
struct ProofVectorTests {
    private let keyring: NoteKeyring
    private let chain: Digest
    private let members: MemberSet

    init() throws {
        let seed = try #require(Hex.decode(FormatVectors.seed))
        let key = try #require(PrivateKey(seed: seed))
        self.chain = try #require(Digest(hex: FormatVectors.chain))
        self.members = try #require(MemberSet([Member(key: key.publicKey)], faultModel: .bft))
        self.keyring = try NoteKeyring(nodeKey: key, chain: self.chain, origin: ExactText(ProofVectors.origin))
    }

    private func checkpoint() throws -> SignedCheckpoint {
        let root = try #require(Digest(hex: FormatVectors.rootOfSix))
        let checkpoint = Checkpoint(origin: ExactText(ProofVectors.origin), size: 6, root: root)
        let signatures = self.keyring.sign(checkpoint, time: ProofVectors.time)
        return SignedCheckpoint(checkpoint, signatures: [signatures.log, signatures.cosignature])
    }

    private func path(_ hashes: [String]) throws -> [Digest] { try hashes.map { try #require(Digest(hex: $0)) } }

    @Test func keys() throws {
        let certified = self.keyring.certified
        #expect(certified.log.description == ProofVectors.logKey)
        #expect(certified.cosigner.description == ProofVectors.cosignerKey)
        #expect(Hex.encode(certified.signature.bytes) == ProofVectors.certificate)
        #expect(certified.isValid(chain: self.chain))
        #expect(
            Hex.encode(
                CertifiedNoteKeys.message(chain: self.chain, log: certified.log, cosigner: certified.cosigner))
                == ProofVectors.certified)
        for (seed, key) in [
            (ProofVectors.logSeed, ProofVectors.logKey), (ProofVectors.cosignerSeed, ProofVectors.cosignerKey),
        ] {
            #expect(PrivateKey(seed: try #require(Hex.decode(seed)))?.publicKey.description == key)
        }
    }

    @Test func files() throws {
        #expect(try String(decoding: self.checkpoint().bytes, as: UTF8.self) == ProofVectors.checkpoint)
        let proof = TLogProof(
            index: 3, path: try self.path(FormatVectors.inclusionOfThreeInSix), checkpoint: try self.checkpoint())
        #expect(String(decoding: proof.bytes, as: UTF8.self) == ProofVectors.proof)
        var policy = try TrustPolicy(
            origin: ExactText(ProofVectors.origin), chain: self.chain, epoch: 0, members: self.members,
            keys: [self.keyring.certified])
        policy.comments = []
        #expect(String(decoding: policy.text, as: UTF8.self) == ProofVectors.policy)
        let submission = AddCheckpointRequest(
            oldSize: 5, path: try self.path(FormatVectors.consistencyOfFiveAndSix), checkpoint: try self.checkpoint())
        #expect(String(decoding: submission.bytes, as: UTF8.self) == ProofVectors.submission)
    }

    @Test func theProofHolds() throws {
        let proof = try TLogProof(parsing: ProofVectors.proof.utf8)
        let policy = try TrustPolicy(parsing: ProofVectors.policy.utf8)
        let record = try Record(json: ProofVectors.record)
        let findings = try proof.verify(leafHash: record.leafHash, policy: policy)
        #expect(findings.checkpoint.size == 6)
        #expect(findings.trust.cosignatures.map(\.time) == [ProofVectors.time])
    }

    @Test func everyVectorIsInTheDocument() throws {
        var folder = URL(filePath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        let document = try String(contentsOf: folder.appending(path: "docs/proofs.md"), encoding: .utf8)
        for vector in [
            ProofVectors.logSeed, ProofVectors.cosignerSeed, ProofVectors.logKey, ProofVectors.cosignerKey,
            ProofVectors.certified, ProofVectors.certificate, ProofVectors.checkpoint, ProofVectors.proof,
            ProofVectors.policy, ProofVectors.submission,
        ] {
            #expect(document.contains(vector))
            #expect(!document.contains("0" + vector))
        }
    }
}
