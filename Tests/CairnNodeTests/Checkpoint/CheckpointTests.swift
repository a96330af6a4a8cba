import CairnHash
import CairnLedger
import CairnLock
import CairnNode
import CairnStore
import Testing

struct CheckpointTests {
    private let memory = MemoryDisk()
    private let node: Node

    init() throws {
        try TestNode.create(on: self.memory)
        self.node = try TestNode.open(on: self.memory)
    }

    @Test func anEmptyLedgerHasOne() async throws {
        let checkpoint = try #require(self.node.checkpoint)
        #expect(checkpoint.size == 0)
        #expect(checkpoint.signed.checkpoint.root == MerkleFrontier.emptyRoot)
        #expect(try self.node.trustPolicy().verify(checkpoint.signed).cosignatures.count == 1)
        #expect(checkpoint.bytes == checkpoint.signed.bytes)
        await self.node.shutdown()
    }

    /// A record that was acknowledged gets a proof with the next checkpoint.
    @Test func proofsOfNewRecords() async throws {
        let policy = try self.node.trustPolicy()
        for number in 0..<3 { _ = try await self.node.submit(["\(number)"]) }
        let checkpoint = try #require(await self.node.checkpoint(covering: 2))
        #expect(checkpoint.size == 3)
        for number in 0..<3 {
            let proof = try self.node.proof(of: RecordNumber(number), in: checkpoint)
            #expect(proof.checkpoint.note.signatures.count == 2)
            #expect(proof.extra.isEmpty)
            let record = try Record(json: "\(number)")
            _ = try TLogProof(parsing: proof.bytes).verify(leafHash: record.leafHash, policy: policy)
        }
        await self.node.shutdown()
    }

    /// After a stop nobody waits for ever.
    @Test func stopping() async throws {
        await self.node.shutdown()
        #expect(await self.node.checkpoint(covering: 0) == nil)
    }

    /// The same keys after every start, and others for another ledger with the same node key.
    @Test func keysBelongToTheLedger() async throws {
        let keys = self.node.noteKeys
        await self.node.shutdown()
        let again = try TestNode.open(on: self.memory)
        #expect(again.noteKeys == keys)
        await again.shutdown()
        let key = try KeyFile.read(on: self.memory)
        let other = try NoteKeyring(nodeKey: key, chain: .zero, origin: "test").certified
        #expect(other.log != keys[0].log && other.cosigner != keys[0].cosigner)
        #expect(Set([keys[0].member, keys[0].log, keys[0].cosigner]).count == 3)
    }

    // MARK: Witnesses

    private final class Stub: CheckpointWitnesses {
        let asked = Lock<[TreeSize]>([])
        let signer: NoteSigner

        init() throws {
            self.signer = try NoteSigner(name: "w", kind: .cosigner, privateKey: PrivateKey())
        }

        func cosign(_ checkpoint: PublishedCheckpoint, completion: @escaping @Sendable ([NoteSignature]) -> Void) {
            self.asked.withLock { $0.append(checkpoint.size) }
            completion([self.signer.sign(checkpoint.signed.note.text, time: 1)])
        }
    }

    @Test func witnessesCosignBeforeItIsPublished() async throws {
        let witness = try Stub()
        self.node.setWitnesses(witness)
        _ = try await self.node.submit(["1"])
        let checkpoint = try #require(await self.node.checkpoint(covering: 0))
        let found = try checkpoint.signed.note.verify(by: [witness.signer.key])
        #expect(found.map(\.key.name) == ["w"])
        #expect(witness.asked.withLock { $0 }.contains(1))
        // Asked again, the witness has one line in it, not two.
        let proof = try self.node.proof(of: 0, in: checkpoint)
        #expect(proof.checkpoint.note.signatures.count == 3)
        await self.node.shutdown()
    }
}
