import CairnHash
import CairnLedger
import CairnNode
import CairnStore
import Testing

struct WitnessTests {
    private let tree = MerkleTree((0..<40).map { Digest(hashing: [UInt8($0)]) })
    private let log: NoteSigner
    private let memory = MemoryDisk()

    init() throws {
        self.log = try NoteSigner(name: "example.com/log", kind: .log, privateKey: PrivateKey())
    }

    private func open(on disk: any Disk) throws -> Witness {
        try Witness.open(
            Witness.Configuration(
                dataDirectory: "memory", name: "w.example/1", logs: [self.log.key.name: [self.log.key]]),
            on: disk, logger: TestNode.logger)
    }

    private func request(from old: Int, to new: Int) -> AddCheckpointRequest {
        let (old, new) = (TreeSize(old), TreeSize(new))
        let checkpoint = Checkpoint(origin: self.log.key.name, size: new, root: self.tree.root(at: new))
        return AddCheckpointRequest(
            oldSize: old, path: old > 0 && old < new ? self.tree.consistencyProof(from: old, to: new) : [],
            checkpoint: SignedCheckpoint(checkpoint, signatures: [self.log.sign(checkpoint.text, time: 0)]))
    }

    private func refusal(_ body: () throws -> NoteSignature) -> WitnessRefusal? {
        guard case .refused(let refusal)? = #expect(throws: WitnessError.self, performing: { _ = try body() }) else {
            return nil
        }
        return refusal
    }

    @Test func aRestartForgetsNothing() throws {
        let key: NoteKey
        do {
            let witness = try self.open(on: self.memory)
            key = witness.key
            let line = try witness.add(self.request(from: 0, to: 7))
            #expect(key.verify(line, of: self.request(from: 0, to: 7).checkpoint.note.text) != nil)
        }
        let witness = try self.open(on: self.memory)
        #expect(witness.key == key)
        #expect(self.refusal { try witness.add(self.request(from: 0, to: 5)) } == .conflict(size: 7))
        _ = try witness.add(self.request(from: 7, to: 40))
        let latest = try #require(witness.latest(originHash: Digest(hashing: self.log.key.name.bytes)))
        #expect(latest.checkpoint.size == 40)
        #expect(try latest.note.verify(by: [key, self.log.key]).count == 2)
        #expect(witness.latest(originHash: .zero) == nil)
    }

    /// Of submissions that come together from one size on, one is taken, and the size never goes back.
    @Test func submissionsAtTheSameTime() async throws {
        let witness = try self.open(on: self.memory)
        _ = try witness.add(self.request(from: 0, to: 3))
        let taken = await withTaskGroup(of: Int?.self) { group in
            for size in 4...40 {
                let request = self.request(from: 3, to: size)
                group.addTask { (try? witness.add(request)) == nil ? nil : size }
            }
            return await group.reduce(into: [Int]()) { if let size = $1 { $0.append(size) } }
        }
        #expect(taken.count == 1)
        let latest = witness.latest(originHash: Digest(hashing: self.log.key.name.bytes))
        #expect(latest?.checkpoint.size.rawValue == taken.first.map { UInt64($0) })
    }

    @Test func nothingAfterAFailedSync() async throws {
        let disk = FaultyDisk(self.memory)
        let witness = try self.open(on: disk)
        _ = try witness.add(self.request(from: 0, to: 3))
        disk.setPlan(FaultyDisk.Plan(syncsUntilFailure: 0))
        #expect(throws: WitnessError.self) { try witness.add(self.request(from: 3, to: 4)) }
        disk.setPlan(FaultyDisk.Plan())
        guard
            case .stopped? = #expect(
                throws: WitnessError.self,
                performing: {
                    try witness.add(self.request(from: 3, to: 4))
                })
        else {
            Issue.record("it goes on")
            return
        }
        #expect(witness.notReady != nil)
        await #expect(throws: NodeError.self) { try await witness.waitForFailure() }
    }
}
