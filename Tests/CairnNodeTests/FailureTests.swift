import CairnConsensus
import CairnLedger
import CairnNode
import CairnStore
import Dispatch
import NIOCore
import Testing

/// Full and failing disks.
@Suite("Disk failures")
struct FailureTests {
    private let memory = MemoryDisk()
    private let disk: FaultyDisk

    init() throws {
        self.disk = FaultyDisk(self.memory)
        try TestNode.create(on: self.disk)
    }

    @Test("a full disk refuses records until there is room, and loses none")
    func noSpace() async throws {
        let node = try TestNode.open(on: self.disk)
        // Far more than was reserved ahead.
        let text = "\"" + String(repeating: "x", count: 60_000) + "\""
        var taken = 0
        for space in [0, 5 << 20, 100_000, 0] {
            self.disk.setPlan(FaultyDisk.Plan(spaceBytes: space))
            var isFull = false
            while !isFull {
                do {
                    let receipt = try await node.submit(Array(repeating: text, count: 10))
                    #expect(receipt.firstRecord == RecordNumber(taken))
                    taken += 10
                } catch AppendError.noSpace {
                    isFull = true
                }
            }
            #expect(node.head.treeSize == TreeSize(taken))
            #expect(node.status.notReady?.hasPrefix("the disk is full") == true)
            await #expect(throws: AppendError.noSpace) { try await node.submit(Array(repeating: text, count: 10)) }
        }
        self.disk.setPlan(FaultyDisk.Plan())
        #expect(try await node.submit([text]).firstRecord == RecordNumber(taken))
        await node.shutdown()
        let report = try LedgerVerifier.verify(on: self.memory)
        #expect(report.isValid)
        #expect(report.notes.isEmpty)
        #expect(report.records == UInt64(taken) + 1)
    }

    @Test("who comes in the same turn as a failure is told of it", .timeLimit(.minutes(1)))
    func inTheSameTurn() async throws {
        let world = try await SnapshotWorld(blocks: 1)
        let disk = FaultyDisk(world.disk)
        try await world.startFollower(on: disk)
        let follower = try #require(world.follower)
        #expect(await follower.waitForSize(1, timeout: SnapshotTests.patience))
        // The follower asks for the next block, and does nothing until the answer lies there, and a submission behind it.
        let gate = DispatchSemaphore(value: 0)
        let (blocks, arrived) = AsyncStream<Void>.makeStream()
        let loop = follower.shareLoop()
        world.network.lose { message, _ in
            if case .vote(.finalsRequest(_)) = message { loop.execute { gate.wait() } }
            if case .vote(.finals(_)) = message { arrived.yield() }
            return false
        }
        disk.setPlan(FaultyDisk.Plan(changesUntilCrash: 0))
        _ = try await world.member.submit(["1"])
        for await _ in blocks { break }
        await world.network.settle()
        let answers = Answers()
        try follower.submit(["2"], to: answers)
        gate.signal()
        #expect(await answers.all() == [.failure(.stopped)])
        #expect(world.member.head.treeSize == 2)
        await world.stop()
    }

    @Test("B7: room is noticed although nobody comes, and nothing is left of the looking", .timeLimit(.minutes(1)))
    func roomAgain() async throws {
        let node = try TestNode.open(on: self.disk)
        let text = "\"" + String(repeating: "x", count: 60_000) + "\""
        self.disk.setPlan(FaultyDisk.Plan(spaceBytes: 0))
        while node.status.notReady == nil {
            do { _ = try await node.submit(Array(repeating: text, count: 10)) } catch AppendError.noSpace {}
        }
        #expect(node.readiness.obstacles.map(\.code) == ["disk-full"])
        // Less than what was refused needs: it stays so.
        self.disk.setPlan(FaultyDisk.Plan(spaceBytes: 1_000))
        try await Task.sleep(for: .milliseconds(1_200))
        #expect(node.readiness.obstacles.map(\.code) == ["disk-full"])
        self.disk.setPlan(FaultyDisk.Plan())
        while !node.readiness.isReady { try await Task.sleep(for: .milliseconds(10)) }
        #expect(self.memory.contents(of: RoomProbe.name) == nil)
        _ = try await node.submit([text])
        await node.shutdown()
        #expect(try LedgerVerifier.verify(on: self.memory).isValid)
    }

    @Test("a refused id is free again")
    func noSpaceWithID() async throws {
        let node = try TestNode.open(on: self.disk)
        let text = "\"" + String(repeating: "x", count: 60_000) + "\""
        self.disk.setPlan(FaultyDisk.Plan(spaceBytes: 0))
        var refused: UInt8?
        for id in UInt8(0)..<200 where refused == nil {
            do {
                _ = try await node.submit(Array(repeating: text, count: 20), id: id)
            } catch AppendError.noSpace {
                refused = id
            }
        }
        self.disk.setPlan(FaultyDisk.Plan())
        let id = try #require(refused)
        #expect(try await node.submit(["1"], id: id).isRepeat == false)
        await node.shutdown()
        #expect(try LedgerVerifier.verify(on: self.memory).isValid)
    }

    @Test("after a failed sync nothing is acknowledged, and what was is found again")
    func failedSync() async throws {
        let node = try TestNode.open(on: self.disk)
        for number in 0..<5 { _ = try await node.submit(["\(number)"]) }
        self.disk.setPlan(FaultyDisk.Plan(syncsUntilFailure: 0))
        await #expect(throws: AppendError.stopped) { try await node.submit(["5"]) }
        await #expect(throws: NodeError.self) { try await node.waitForFailure() }
        do {
            try await node.waitForFailure()
        } catch {
            guard case .store(.syncFailed) = error else { throw error }
        }
        #expect(node.status.notReady != nil)
        // The disk works again: this process does not trust it.
        self.disk.setPlan(FaultyDisk.Plan())
        let changes = self.disk.changes
        await #expect(throws: AppendError.stopped) { try await node.submit(["5"]) }
        #expect(node.head.treeSize == 5)
        #expect(try node.record(4).record.text == "4")
        await node.shutdown()
        #expect(self.disk.changes == changes)

        let again = try TestNode.open(on: self.memory.copy())
        #expect(again.head.treeSize >= 5)
        #expect(try again.record(4).record.text == "4")
        await again.shutdown()
    }

    @Test("all who wait are told")
    func waiting() async throws {
        let gate = GateDisk(self.disk)
        let node = try TestNode.open(on: gate)
        let answers = Answers()
        gate.close()
        try node.submit(["0"], to: answers)
        await gate.waitForSync()
        for number in 1...4 { try node.submit(["\(number)"], to: answers) }
        self.disk.setPlan(FaultyDisk.Plan(syncsUntilFailure: 0))
        gate.open()
        #expect(await answers.all().allSatisfy { $0 == .failure(.stopped) })
        await node.shutdown()
        #expect(node.head.treeSize == 0)
    }

    @Test("a seal that fails stops the node by itself")
    func failedSeal() async throws {
        let node = try TestNode.open(on: self.disk)
        // The second sync is that of the seal, when it is quiet for a while.
        self.disk.setPlan(FaultyDisk.Plan(syncsUntilFailure: 1))
        _ = try await node.submit(["0"])
        await #expect(throws: NodeError.self) { try await node.waitForFailure() }
        await #expect(throws: AppendError.stopped) { try await node.submit(["1"]) }
        await node.shutdown()
        let again = try TestNode.open(on: self.memory.copy())
        #expect(try again.record(0).record.text == "0")
        await again.shutdown()
    }
}
