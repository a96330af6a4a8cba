import CairnHash
import CairnLedger
import CairnNode
import CairnStore
import Testing

@Suite("Reading")
struct ReadTests {
    private let memory = MemoryDisk()
    private let node: Node

    /// Blocks of 1, 2, 3, … records.
    init() async throws {
        try TestNode.create(on: self.memory)
        self.node = try TestNode.open(on: self.memory)
        var next = 0
        for count in 1...6 {
            _ = try await self.node.submit((next..<next + count).map { "{\"n\":\($0)}" })
            next += count
        }
    }

    @Test("records come one by one and as the rest of a block")
    func records() async throws {
        for number in 0..<21 {
            let stored = try self.node.record(RecordNumber(number))
            #expect(stored.record.text == "{\"n\":\(number)}")
            #expect(stored.number == RecordNumber(number))
            #expect(stored.leafHash == stored.record.leafHash)
            let block = try self.node.block(stored.block.index).block
            #expect(block.header.hash == stored.block.hash)
            #expect(block.header.timestamp == stored.block.timestamp)
        }
        #expect(try self.node.records(from: 7, limit: 100).map(\.number) == [7, 8, 9])
        #expect(try self.node.records(from: 15, limit: 2).map(\.number) == [15, 16])
        #expect(throws: ReadError.noSuchRecord(21, size: 21)) { try self.node.record(21) }
        #expect(throws: ReadError.noSuchRecord(RecordNumber(rawValue: .max), size: 21)) {
            try self.node.records(from: RecordNumber(rawValue: .max), limit: 1)
        }
        #expect(throws: ReadError.noSuchBlock(7, head: 6)) { try self.node.block(7) }
        await self.node.shutdown()
    }

    @Test("proofs hold for every record in every tree")
    func proofs() async throws {
        let leafHashes = try (0..<21).map { try self.node.record(RecordNumber($0)).leafHash }
        // D3: every tree begins with the empty one, by an empty proof.
        let beginning = try self.node.consistencyProof(from: 0, to: nil)
        #expect(beginning.path.isEmpty && beginning.oldRoot == MerkleTree().root(at: 0))
        #expect(beginning.newSize == 21 && beginning.newRoot == self.node.head.treeRoot)
        for size in 1...21 {
            let root = MerkleTree(leafHashes.prefix(size)).root(at: TreeSize(size))
            for number in 0..<size {
                let proof = try self.node.inclusionProof(of: RecordNumber(number), in: TreeSize(size))
                #expect(proof.root == root)
                #expect(
                    MerkleProof.verifyInclusion(
                        of: leafHashes[number], at: proof.number, in: proof.treeSize, path: proof.path, root: root))
            }
            let proof = try self.node.consistencyProof(from: TreeSize(size), to: nil)
            #expect(proof.oldRoot == root)
            #expect(
                MerkleProof.verifyConsistency(
                    from: proof.oldSize, root: root, to: proof.newSize, root: self.node.head.treeRoot,
                    path: proof.path))
        }
        #expect(throws: ReadError.noSuchTree(22, size: 21)) { try self.node.inclusionProof(of: 0, in: 22) }
        #expect(throws: ReadError.noSuchTree(5, size: 21)) { try self.node.inclusionProof(of: 5, in: 5) }
        #expect(throws: ReadError.noSuchRecord(21, size: 21)) { try self.node.inclusionProof(of: 21, in: nil) }
        #expect(throws: ReadError.proofRange(from: 6, to: 5)) { try self.node.consistencyProof(from: 6, to: 5) }
        #expect(throws: ReadError.noSuchTree(99, size: 21)) { try self.node.consistencyProof(from: 1, to: 99) }
        await self.node.shutdown()
    }

    @Test("damaged derived files don't show")
    func damage() async throws {
        for path in ["blocks/index", "tree/0"] {
            for bytes in [[], Array(repeating: UInt8(9), count: 700)] {
                self.memory.setContents(of: path, to: bytes)
                #expect(try self.node.records(from: 10, limit: 5).map(\.number) == [10, 11, 12, 13, 14])
                self.memory.setContents(of: path, to: bytes)
                for number in 0..<21 {
                    #expect(try self.node.record(RecordNumber(number)).record.text == "{\"n\":\(number)}")
                }
            }
        }
        await self.node.shutdown()
    }

    @Test("after tampering the block is named, its record is not given out, and the rest is")
    func tampering() async throws {
        #expect(self.node.validate(ValidationOptions(), progress: { _ in true }).isValid)
        let index = try self.node.tamper()
        #expect(index == 4)
        let report = self.node.validate(ValidationOptions(), progress: { _ in true })
        #expect(report.failure?.block == index)
        #expect(report.blocks == 4)
        // Record 6 was changed; a record of the same block is good.
        do throws(ReadError) {
            _ = try self.node.record(6)
            Issue.record("the changed record was given out")
        } catch {
            guard case .store(.corrupt(let corruption)) = error else { throw error }
            #expect(corruption.block == index)
        }
        #expect(try self.node.record(7).record.text == "{\"n\":7}")
        #expect(try self.node.inclusionProof(of: 6, in: nil).leafHash == Record(json: "{\"n\":6}").leafHash)
        // Also when the tree has to be made anew, nothing is made of what is wrong.
        self.memory.setContents(of: "tree/0", to: [])
        #expect(throws: ReadError.self) { try self.node.record(6) }
        #expect(throws: ReadError.self) { try self.node.inclusionProof(of: 6, in: nil) }
        await self.node.shutdown()
    }

    @Test("a validation covers what is asked")
    func validation() async throws {
        for from in 0...6 {
            for to in from...6 {
                let options = ValidationOptions(from: BlockIndex(from), to: BlockIndex(to), deep: true)
                let report = self.node.validate(options, progress: { _ in true })
                #expect(report.isValid, "\(from) to \(to): \(String(describing: report.failure))")
                #expect(report.blocks == UInt64(to - from + 1))
                #expect(report.notes.isEmpty)
            }
        }
        let beyond = ValidationOptions(from: 3, to: 99)
        #expect(self.node.validate(beyond, progress: { _ in true }).blocks == 4)
        await self.node.shutdown()
    }

    @Test("a long validation tells how far it is, and can be cancelled")
    func progress() async throws {
        let text = "\"" + String(repeating: "x", count: 60_000) + "\""
        for _ in 0..<3 { _ = try await self.node.submit(Array(repeating: text, count: 60)) }
        var seen: [ValidationProgress] = []
        let whole = self.node.validate(ValidationOptions()) { progress in
            seen.append(progress)
            return true
        }
        #expect(whole.isValid)
        #expect(seen.allSatisfy { $0.bytes <= $0.bytesTotal })
        #expect(seen.isEmpty == false)
        #expect(seen.map(\.bytes) == seen.map(\.bytes).sorted())
        let cancelled = self.node.validate(ValidationOptions(), progress: { _ in false })
        #expect(cancelled.wasCancelled)
        #expect(!cancelled.isValid)
        #expect(cancelled.blocks < whole.blocks)
        await self.node.shutdown()
    }

    @Test("without an index hashes can't be looked up, but for the newest and the first block's")
    func noIndex() async throws {
        #expect(try self.node.blockIndex(withHash: self.node.headReference.hash) == 6)
        #expect(try self.node.blockIndex(withHash: self.node.chain) == 0)
        #expect(throws: ReadError.self) { try self.node.blockIndex(withHash: .zero) }
        #expect(throws: ReadError.self) { try self.node.records(withLeafHash: .zero, limit: 1) }
        await self.node.shutdown()
    }
}
