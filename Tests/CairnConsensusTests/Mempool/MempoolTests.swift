import CairnConsensus
import CairnLedger
import Testing

struct MempoolTests {
    private func mempool(records: Int = 1 << 40, bytes: Int = 1 << 40) -> Mempool {
        Mempool(capacity: QueueCapacity(records: records, bytes: bytes))
    }

    private func numbers(_ taken: [Mempool.Waiting]) -> [UInt64] {
        taken.flatMap { $0.tickets.map(\.rawValue) }
    }

    @Test func oldestFirst() throws {
        var mempool = self.mempool()
        for number in 0..<UInt64(5) {
            let addition = mempool.add(
                try Samples.submission(nil, "\(number)"), from: Samples.client, ticket: Ticket(rawValue: number))
            #expect(addition == .added)
        }
        #expect(mempool.records == 5)
        #expect(mempool.bytes == 15)
        #expect(self.numbers(mempool.takeBlock()) == [0, 1, 2, 3, 4])
        #expect(mempool.isEmpty && mempool.records == 0 && mempool.bytes == 0)
        #expect(mempool.takeBlock().isEmpty)
    }

    @Test func sameIDs() throws {
        var mempool = self.mempool()
        let first = try Samples.submission("a", "1", "2")
        #expect(mempool.add(first, from: Samples.client, ticket: Ticket(rawValue: 0)) == .added)
        #expect(mempool.add(first, from: Samples.client, ticket: Ticket(rawValue: 1)) == .joined)
        #expect(
            mempool.add(try Samples.submission("a", "1"), from: Samples.client, ticket: Ticket(rawValue: 2))
                == .idReused)
        #expect(
            mempool.add(try Samples.submission("a", "2", "1"), from: Samples.client, ticket: Ticket(rawValue: 3))
                == .idReused)
        // Without an id nothing is the same.
        #expect(
            mempool.add(try Samples.submission(nil, "1", "2"), from: Samples.client, ticket: Ticket(rawValue: 4))
                == .added)
        #expect(mempool.records == 4)
        let taken = mempool.takeBlock()
        #expect(taken.map { $0.tickets.map(\.rawValue) } == [[0, 1], [4]])
        #expect(mempool.add(first, from: Samples.client, ticket: Ticket(rawValue: 5)) == .added)
    }

    @Test func capacity() throws {
        var mempool = self.mempool(records: 3, bytes: 30)
        // The first one is taken whatever it is.
        let large = try Samples.submission(nil, (0..<20).map { "\($0)" })
        #expect(mempool.add(large, from: Samples.client, ticket: Ticket(rawValue: 0)) == .added)
        #expect(
            mempool.add(try Samples.submission(nil, "1"), from: Samples.client, ticket: Ticket(rawValue: 1)) == .full)
        _ = mempool.takeBlock()
        for number in 0..<UInt64(3) {
            #expect(
                mempool.add(try Samples.submission(nil, "1"), from: Samples.client, ticket: Ticket(rawValue: number))
                    == .added)
        }
        #expect(
            mempool.add(try Samples.submission(nil, "1"), from: Samples.client, ticket: Ticket(rawValue: 9)) == .full)
        _ = mempool.takeBlock()
        let twenty = try Samples.submission(nil, "\"" + String(repeating: "x", count: 16) + "\"")
        #expect(mempool.add(twenty, from: Samples.client, ticket: Ticket(rawValue: 0)) == .added)
        #expect(mempool.bytes == 20)
        #expect(mempool.add(twenty, from: Samples.client, ticket: Ticket(rawValue: 0)) == .full)
        #expect(
            mempool.add(try Samples.submission(nil, "12345678"), from: Samples.client, ticket: Ticket(rawValue: 0))
                == .added)
        #expect(mempool.bytes == 30)
    }

    @Test func aRefusedSubmissionLeavesNothing() throws {
        var mempool = self.mempool(records: 1, bytes: 100)
        #expect(
            mempool.add(try Samples.submission("a", "1"), from: Samples.client, ticket: Ticket(rawValue: 0)) == .added)
        #expect(
            mempool.add(try Samples.submission("b", "2"), from: Samples.client, ticket: Ticket(rawValue: 1)) == .full)
        #expect(mempool.records == 1)
        _ = mempool.takeBlock()
        // Its id is not taken.
        #expect(
            mempool.add(try Samples.submission("b", "3"), from: Samples.client, ticket: Ticket(rawValue: 2)) == .added)
    }

    @Test func aBlocksRecords() throws {
        var mempool = self.mempool()
        let most = try Samples.submission(nil, (0..<Limits.blockRecordsMax - 1).map { String($0) })
        #expect(mempool.add(most, from: Samples.client, ticket: Ticket(rawValue: 0)) == .added)
        for number in 1...UInt64(3) {
            _ = mempool.add(try Samples.submission(nil, "1"), from: Samples.client, ticket: Ticket(rawValue: number))
        }
        #expect(mempool.add(most, from: Samples.client, ticket: Ticket(rawValue: 4)) == .added)
        #expect(self.numbers(mempool.takeBlock()) == [0, 1])
        // What doesn't fit is not overtaken, though less would.
        #expect(self.numbers(mempool.takeBlock()) == [2, 3])
        #expect(self.numbers(mempool.takeBlock()) == [4])
    }

    /// A long queue that never runs empty: ids keep their places while what was taken is let go.
    @Test func placesHoldInALongQueue() throws {
        var mempool = self.mempool()
        // Each is most of a block, so that one is taken at a time.
        let texts = (0..<Limits.blockRecordsMax - 1).map { _ in "1" }
        let large = try Samples.submission(nil, texts)
        var expected: [[UInt64]] = []
        for number in 0..<UInt64(6) {
            #expect(mempool.add(large, from: Samples.client, ticket: Ticket(rawValue: number)) == .added)
            expected.append([number])
        }
        for round in 0..<UInt64(1_500) {
            let submission = try Samples.submission("\(round)", "1", "\(10_000 + round)")
            #expect(mempool.add(submission, from: Samples.client, ticket: Ticket(rawValue: 10_000 + round)) == .added)
            #expect(mempool.add(large, from: Samples.client, ticket: Ticket(rawValue: 20_000 + round)) == .added)
            #expect(mempool.add(submission, from: Samples.client, ticket: Ticket(rawValue: 30_000 + round)) == .joined)
            expected += [[10_000 + round, 30_000 + round], [20_000 + round]]
            // The oldest id that still waits is found as well.
            if let place = expected.firstIndex(where: { $0.count > 1 }) {
                let oldest = try Samples.submission("\(expected[place][0] - 10_000)", "1", "\(expected[place][0])")
                #expect(mempool.add(oldest, from: Samples.client, ticket: Ticket(rawValue: 40_000 + round)) == .joined)
                expected[place].append(40_000 + round)
            }
            for waiting in mempool.takeBlock() {
                #expect(waiting.tickets.map(\.rawValue) == expected.removeFirst())
            }
        }
        while !mempool.isEmpty {
            for waiting in mempool.takeBlock() {
                #expect(waiting.tickets.map(\.rawValue) == expected.removeFirst())
            }
        }
        #expect(expected.isEmpty)
        #expect(mempool.records == 0 && mempool.bytes == 0)
    }
}
