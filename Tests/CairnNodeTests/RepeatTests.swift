import CairnLedger
import CairnNode
import CairnStore
import Testing

/// A submission with an id is written once, whatever the client does not know about it.
@Suite("Repeated submissions")
struct RepeatTests {
    private let memory = MemoryDisk()
    private let disk: GateDisk

    init() throws {
        self.disk = GateDisk(self.memory)
        try TestNode.create(on: self.disk, submissionWindow: 6)
    }

    private func expectRepeat(_ receipt: Receipt, of first: Receipt) {
        #expect(receipt.isRepeat)
        #expect(!first.isRepeat)
        #expect(receipt.firstRecord == first.firstRecord)
        #expect(receipt.count == first.count)
        #expect(receipt.block == first.block)
    }

    @Test("the same again is answered with what was written, also after reopening")
    func same() async throws {
        var node = try TestNode.open(on: self.disk)
        _ = try await node.submit(["0"])
        let first = try await node.submit(["1", "2"], id: 7)
        #expect(first.firstRecord == 1)
        for _ in 0..<2 { self.expectRepeat(try await node.submit(["1", "2"], id: 7), of: first) }
        // The same JSON in another spelling.
        self.expectRepeat(try await node.submit([" 1.0 ", "2"], id: 7), of: first)
        await node.shutdown()
        node = try TestNode.open(on: self.disk)
        self.expectRepeat(try await node.submit(["1", "2"], id: 7), of: first)
        #expect(node.head.treeSize == 3)
        await node.shutdown()
    }

    @Test("without an id, or with another one, it is another submission")
    func others() async throws {
        let node = try TestNode.open(on: self.disk)
        for id: UInt8? in [nil, nil, 1, 2] { #expect(try await node.submit(["1"], id: id).isRepeat == false) }
        #expect(node.head.treeSize == 4)
        await node.shutdown()
    }

    @Test("other records under a used id are refused, also after reopening")
    func reused() async throws {
        var node = try TestNode.open(on: self.disk)
        _ = try await node.submit(["1", "2"], id: 7)
        for reopened in [false, true] {
            if reopened {
                await node.shutdown()
                node = try TestNode.open(on: self.disk)
            }
            for records in [["1"], ["1", "2", "3"], ["2", "1"], ["1", "3"]] {
                await #expect(throws: AppendError.idReused) { try await node.submit(records, id: 7) }
            }
        }
        #expect(node.head.treeSize == 2)
        await node.shutdown()
    }

    @Test("also while the first is on its way")
    func inFlight() async throws {
        let node = try TestNode.open(on: self.disk)
        let answers = Answers()
        self.disk.close()
        try node.submit(["1"], id: 1, to: answers)
        await self.disk.waitForSync()
        // Of what is being stored, and of what waits.
        try node.submit(["1"], id: 1, to: answers)
        try node.submit(["9"], id: 1, to: answers)
        try node.submit(["2"], id: 2, to: answers)
        try node.submit(["2"], id: 2, to: answers)
        try node.submit(["9"], id: 2, to: answers)
        try node.submit(["2"], id: 2, to: answers)
        self.disk.open()
        let all = await answers.all()
        #expect(all[2] == .failure(.idReused))
        #expect(all[5] == .failure(.idReused))
        self.expectRepeat(try all[1].get(), of: try all[0].get())
        self.expectRepeat(try all[4].get(), of: try all[3].get())
        self.expectRepeat(try all[6].get(), of: try all[3].get())
        #expect(node.head.treeSize == 2)
        await node.shutdown()
    }

    @Test("what a client was never told of is known after a crash")
    func afterCrash() async throws {
        let node = try TestNode.open(on: self.disk)
        let answers = Answers()
        self.disk.close()
        try node.submit(["1"], id: 1, to: answers)
        await self.disk.waitForSync()
        // The process ends here; the block is in the system's cache.
        let left = self.memory.copy()
        let next = try TestNode.open(on: left)
        let receipt = try await next.submit(["1"], id: 1)
        #expect(receipt.isRepeat)
        #expect(receipt.firstRecord == 0)
        await next.shutdown()
        self.disk.open()
        _ = await answers.all()
        await node.shutdown()
    }

    @Test("an id is forgotten when the window's records follow it, and no earlier", arguments: [false, true])
    func window(reopening: Bool) async throws {
        var node = try TestNode.open(on: self.disk)
        let first = try await node.submit(["1"], id: 1)
        for number in 0..<5 {
            if reopening {
                await node.shutdown()
                node = try TestNode.open(on: self.disk)
            }
            self.expectRepeat(try await node.submit(["1"], id: 1), of: first)
            _ = try await node.submit(["\(number)"])
        }
        self.expectRepeat(try await node.submit(["1"], id: 1), of: first)
        _ = try await node.submit(["6"])
        if reopening {
            await node.shutdown()
            node = try TestNode.open(on: self.disk)
        }
        let second = try await node.submit(["1"], id: 1)
        #expect(!second.isRepeat)
        #expect(second.firstRecord == 7)
        self.expectRepeat(try await node.submit(["1"], id: 1), of: second)
        await node.shutdown()
        #expect(try LedgerVerifier.verify(on: self.memory).isValid)
    }

    @Test("a damaged tree doesn't turn a repeat into a refusal")
    func damagedTree() async throws {
        let node = try TestNode.open(on: self.disk)
        let first = try await node.submit(["1", "2"], id: 1)
        for bytes in [[], Array(repeating: UInt8(1), count: 64)] {
            self.memory.setContents(of: "tree/0", to: bytes)
            self.expectRepeat(try await node.submit(["1", "2"], id: 1), of: first)
            await #expect(throws: AppendError.idReused) { try await node.submit(["1", "3"], id: 1) }
        }
        await node.shutdown()
    }
}
