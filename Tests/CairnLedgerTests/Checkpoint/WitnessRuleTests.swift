import CairnHash
import CairnLedger
import Testing

struct WitnessRuleTests {
    private let tree = MerkleTree((0..<30).map { Samples.digest(UInt64($0)) })
    private let signer: NoteSigner
    private let keys: [ExactText: [NoteKey]]

    init() throws {
        self.signer = try NoteSigner(name: "log", kind: .log, privateKey: Samples.key(1))
        self.keys = ["log": [self.signer.key]]
    }

    private func checkpoint(_ size: TreeSize) -> Checkpoint {
        Checkpoint(origin: "log", size: size, root: self.tree.root(at: size))
    }

    private func request(_ old: TreeSize, _ checkpoint: Checkpoint, path: [Digest]? = nil) -> AddCheckpointRequest {
        let isProof = old > 0 && old < checkpoint.size && checkpoint.size <= self.tree.size
        let path = path ?? (isProof ? self.tree.consistencyProof(from: old, to: checkpoint.size) : [])
        return AddCheckpointRequest(
            oldSize: old, path: path,
            checkpoint: SignedCheckpoint(checkpoint, signatures: [self.signer.sign(checkpoint.text, time: 0)]))
    }

    private func accept(_ request: AddCheckpointRequest, latest: Checkpoint?) throws -> SignedCheckpoint {
        try WitnessRule.accept(request, keys: self.keys) { _ in latest }
    }

    @Test func whatIsCosigned() throws {
        for (old, new) in [(0, 0), (0, 1), (0, 30), (1, 1), (1, 30), (16, 17), (17, 30), (30, 30)] {
            let (old, new) = (TreeSize(old), TreeSize(new))
            let request = self.request(old, self.checkpoint(new))
            let latest = old == 0 ? nil : self.checkpoint(old)
            #expect(try self.accept(request, latest: latest).checkpoint == self.checkpoint(new))
            #expect(try AddCheckpointRequest(parsing: request.bytes) == request)
        }
        // An empty tree was cosigned before.
        #expect(try self.accept(self.request(0, self.checkpoint(5)), latest: self.checkpoint(0)).checkpoint.size == 5)
    }

    @Test func onlySignaturesThatWereCheckedAreKept() throws {
        var request = self.request(0, self.checkpoint(3))
        request.checkpoint.append(NoteSignature(name: "else", keyID: 1, bytes: [1]))
        #expect(try self.accept(request, latest: nil).note.signatures.map(\.name) == ["log"])
    }

    @Test func whatIsRefused() throws {
        func expect(_ refusal: WitnessRefusal, _ request: AddCheckpointRequest, latest: Checkpoint?) {
            #expect(throws: refusal) { try self.accept(request, latest: latest) }
        }
        let (three, nine) = (self.checkpoint(3), self.checkpoint(9))
        var other = nine
        other.origin = "other"
        expect(.unknownLog("other"), self.request(3, other), latest: nil)

        var request = self.request(3, nine)
        request.checkpoint = SignedCheckpoint(nine, signatures: [NoteSignature(name: "log", keyID: 1, bytes: [1])])
        expect(.notSigned(.noKnownKey), request, latest: three)
        let forged = NoteSignature(name: "log", keyID: self.signer.key.id, bytes: [UInt8](repeating: 1, count: 64))
        request.checkpoint = SignedCheckpoint(nine, signatures: [forged])
        expect(.notSigned(.badSignature(name: "log")), request, latest: three)
        // The signature is looked at before sizes are.
        request.oldSize = 10
        expect(.notSigned(.badSignature(name: "log")), request, latest: three)

        expect(.oldSizeTooLarge(old: 10, size: 9), self.request(10, nine), latest: three)
        expect(.conflict(size: 3), self.request(0, nine), latest: three)
        expect(.conflict(size: 0), self.request(3, nine), latest: nil)
        // A rollback: whatever it says about its past, the witness remembers.
        expect(.conflict(size: 9), self.request(3, three), latest: nine)
        expect(.conflict(size: 9), self.request(0, three), latest: nine)

        expect(.unwantedProof, self.request(0, nine, path: [Samples.digest(1)]), latest: nil)
        expect(.notConsistent(old: 3, size: 9), self.request(3, nine, path: []), latest: three)
        let proof = self.tree.consistencyProof(from: 3, to: 9)
        expect(.notConsistent(old: 3, size: 9), self.request(3, nine, path: proof.reversed()), latest: three)
        expect(.notConsistent(old: 9, size: 9), self.request(9, nine, path: [Samples.digest(1)]), latest: nine)
        var fork = nine
        fork.root = Samples.digest(99)
        expect(.otherRoot(size: 9), self.request(9, fork), latest: nine)
        expect(.notConsistent(old: 3, size: 9), self.request(3, fork, path: proof), latest: three)
        let empty = Checkpoint(origin: "log", size: 0, root: Samples.digest(1))
        expect(.emptyTreeRoot, self.request(0, empty), latest: nil)
    }

    @Test func whatIsNoRequest() throws {
        let text = String(decoding: self.request(3, self.checkpoint(9)).bytes, as: UTF8.self)
        func expect(_ error: AddCheckpointError, _ text: String) {
            #expect(throws: error) { try AddCheckpointRequest(parsing: text.utf8) }
        }
        expect(.badOldSize, "")
        expect(.badOldSize, text.replacing("old 3", with: "old 03"))
        expect(.badOldSize, text.replacing("old 3", with: "old  3"))
        expect(.badOldSize, text.replacing("old 3\n", with: ""))
        expect(.path(.badHash(number: 1)), text.replacing("old 3\n", with: "old 3\nabc\n"))
        expect(.path(.cutShort), "old 3\n")
        let hash = Base64.encode(Samples.digest(1).bytes) + "\n"
        expect(
            .path(.tooManyHashes(limit: 63)),
            text.replacing("old 3\n", with: "old 3\n" + String(repeating: hash, count: 64)))
        expect(.checkpoint(.note(.noSignatures)), "old 3\n\n")
        expect(.checkpoint(.badSize), text.replacing("\n9\n", with: "\nnine\n"))
    }
}
