import CairnLedger
import CairnNode
import CairnStore
import Testing

@Suite("Appending")
struct AppendTests {
    @Test("eight clients at once: every number is given once, and every record is where its receipt says")
    func concurrentClients() async throws {
        let disk = MemoryDisk()
        try TestNode.create(on: disk)
        let node = try TestNode.open(on: disk)
        let receipts = try await withThrowingTaskGroup(of: [([String], Receipt)].self) { group in
            for client in 0..<8 {
                group.addTask {
                    var receipts: [([String], Receipt)] = []
                    for round in 0..<40 {
                        let records = (0..<1 + (client + round) % 4).map { "[\(client),\(round),\($0)]" }
                        let receipt = try await node.submit(records)
                        // What was acknowledged can be read at once.
                        let stored = try node.records(from: receipt.firstRecord, limit: receipt.count)
                        #expect(stored.map(\.record.text) == records)
                        #expect(stored.allSatisfy { $0.block == receipt.block })
                        receipts.append((records, receipt))
                    }
                    return receipts
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        var next: RecordNumber = 0
        for (records, receipt) in receipts.sorted(by: { $0.1.firstRecord < $1.1.firstRecord }) {
            #expect(receipt.firstRecord == next)
            #expect(receipt.count == records.count)
            #expect(!receipt.isRepeat)
            next = next + receipt.count
        }
        #expect(node.head.treeSize.nextRecord == next)
        await node.shutdown()
        #expect(node.validate(ValidationOptions(deep: true, allCertificates: true), progress: { _ in true }).isValid)
        let report = try LedgerVerifier.verify(on: disk)
        #expect(report.isValid)
        #expect(report.notes.isEmpty)
        #expect(report.records == next.rawValue)
    }

    @Test("what comes while a block is stored shares the next one")
    func groupCommit() async throws {
        let disk = GateDisk(MemoryDisk())
        try TestNode.create(on: disk)
        let node = try TestNode.open(on: disk)
        let answers = Answers()
        disk.close()
        try node.submit(["0"], to: answers)
        await disk.waitForSync()
        for number in 1...5 { try node.submit(["\(number)", "true"], to: answers) }
        #expect(answers.count == 0)
        #expect(node.status.queuedRecords == 11)
        // Nothing is shown before it is durable.
        #expect(node.head.treeSize == 0)
        disk.open()
        let receipts = try await answers.all().map { try $0.get() }
        #expect(receipts.map(\.block.index) == [1, 2, 2, 2, 2, 2])
        #expect(receipts.map(\.firstRecord) == [0, 1, 3, 5, 7, 9])
        await node.shutdown()
        #expect(node.status.queuedRecords == 0)
    }

    @Test("more than a block holds becomes several, in order")
    func largeSubmissions() async throws {
        let disk = MemoryDisk()
        try TestNode.create(on: disk)
        let node = try TestNode.open(on: disk)
        let answers = Answers()
        let records = (0..<5_000).map { "\($0)" }
        for _ in 0..<3 { try node.submit(records, to: answers) }
        let receipts = try await answers.all().map { try $0.get() }
        #expect(receipts.map(\.firstRecord) == [0, 5_000, 10_000])
        #expect(receipts.map(\.block.index) == [1, 2, 3])
        #expect(try node.record(14_999).record.text == "4999")
        await node.shutdown()
    }

    @Test("a full queue refuses, and takes again when it was worked off")
    func queueFull() async throws {
        let disk = GateDisk(MemoryDisk())
        try TestNode.create(on: disk)
        let node = try TestNode.open(on: disk) { $0.queueRecordsMax = 5 }
        let answers = Answers()
        disk.close()
        try node.submit(["0"], to: answers)
        await disk.waitForSync()
        try node.submit(["1", "2", "3"], to: answers)
        try node.submit(["4", "5"], to: answers)
        #expect(answers.present(2) == .failure(.queueFull))
        try node.submit(["6"], to: answers)
        try node.submit(["7"], to: answers)
        #expect(answers.present(4) == .failure(.queueFull))
        disk.open()
        let all = await answers.all()
        #expect(all.filter { (try? $0.get()) != nil }.count == 3)
        // Larger than the queue, and still possible while nothing waits.
        let receipt = try await node.submit(["1", "2", "3", "4", "5", "6", "7"])
        #expect(receipt.firstRecord == 5)
        await node.shutdown()
    }

    @Test("so does one with too many bytes")
    func queueBytes() async throws {
        let disk = GateDisk(MemoryDisk())
        try TestNode.create(on: disk)
        let node = try TestNode.open(on: disk) { $0.queueBytesMax = 100 }
        let answers = Answers()
        disk.close()
        try node.submit(["0"], to: answers)
        await disk.waitForSync()
        let text = "\"" + String(repeating: "x", count: 60) + "\""
        try node.submit([text], to: answers)
        try node.submit([text], to: answers)
        #expect(answers.present(2) == .failure(.queueFull))
        disk.open()
        _ = await answers.all()
        await node.shutdown()
    }

    @Test("shutdown finishes what was accepted and takes nothing more")
    func shutdown() async throws {
        let memory = MemoryDisk()
        let disk = GateDisk(memory)
        try TestNode.create(on: disk)
        let node = try TestNode.open(on: disk)
        let answers = Answers()
        disk.close()
        try node.submit(["0"], to: answers)
        await disk.waitForSync()
        for number in 1...3 { try node.submit(["\(number)"], to: answers) }
        let shutdown = Task { await node.shutdown() }
        var accepted = 4
        while true {
            try node.submit(["\(accepted)"], to: answers)
            if answers.present(accepted) == .failure(.stopped) { break }
            accepted += 1
            await Task.yield()
        }
        disk.open()
        await shutdown.value
        // Again is no harm.
        await node.shutdown()
        try await node.waitForFailure()
        let all = await answers.all()
        #expect(all.count == accepted + 1)
        #expect(all.dropLast().map { try? $0.get().firstRecord } == (0..<accepted).map { RecordNumber($0) })
        await #expect(throws: AppendError.stopped) { try await node.submit(["9"]) }
        let report = try LedgerVerifier.verify(on: memory)
        #expect(report.isValid)
        #expect(report.notes.isEmpty)
        #expect(report.records == UInt64(accepted))
        let again = try TestNode.open(on: memory)
        #expect(again.head == node.head)
        await again.shutdown()
    }
}
