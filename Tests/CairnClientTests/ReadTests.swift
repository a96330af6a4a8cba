import CairnClient
import CairnHash
import CairnLedger
import Testing

/// Records, one and many, and nodes that give others.
@Suite(.timeLimit(.minutes(1)))
struct ReadTests {
    @Test func oneRecord() async throws {
        try await FakeServer.with(FakeLog(700)) { servers in
            let client = try LedgerClient(servers)
            for number in [0, 255, 256, 699] {
                #expect(try await client.record(RecordNumber(number)).text == #"{"n":\#(number)}"#)
            }
            let error = await #expect(throws: LedgerClientError.self) { try await client.record(700) }
            #expect(error == .noSuchRecord(700, size: 700))
            servers[0].change { $0.lies["/v1/records/7"] = .json(#"{"number":7,"data":{"n":8}}"#) }
            let lie = await #expect(throws: LedgerClientError.self) { try await client.record(7) }
            #expect(lie == .notIncluded(try NodeURL(servers[0].url), records: 7..<8, size: 700))
            servers[0].change { $0.lies["/v1/records/7"] = .json(#"{"number":7}"#) }
            await #expect(throws: LedgerClientError.self) { try await client.record(7) }
        }
    }

    @Test(arguments: [
        (0, 0, 5), (0, 5, 5), (3, 256, 256), (0, 257, 257), (255, 257, 700), (0, 700, 700), (100, 5_000, 5_001),
        (2_047, 2_049, 5_000), (4_999, 5_000, 5_000),
    ])
    func ranges(from: Int, to: Int, size: Int) async throws {
        try await FakeServer.with(FakeLog(size)) { servers in
            let client = try LedgerClient(servers)
            let records = try await client.all(RecordNumber(from)..<RecordNumber(to))
            #expect(records.map(\.number.rawValue) == (UInt64(from)..<UInt64(to)).map { $0 })
            #expect(records.allSatisfy { $0.record.text == #"{"n":\#($0.number)}"# })
        }
    }

    /// The ledger grows beyond the checkpoint: what is read is of the checkpoint's tree.
    @Test func aLedgerThatGrows() async throws {
        try await FakeServer.with(FakeLog(300)) { servers in
            let client = try LedgerClient(servers)
            try await client.refresh()
            try servers[0].change { try $0.append(1_000) }
            #expect(try await client.all(200..<300).count == 100)
            #expect(try await client.remembered?.checkpoint.size == 300)
            #expect(try await client.all(290..<310).count == 20)
        }
    }

    @Test func manyRequestsAreFewForManyRecords() async throws {
        try await FakeServer.with(FakeLog(8_192)) { servers in
            let client = try LedgerClient(servers)
            #expect(try await client.all(0..<8_192).count == 8_192)
            // A checkpoint, and for each 2,048 records 8 bundles and a proof.
            #expect(servers[0].requests.count == 1 + 4 * 9)
        }
    }

    @Test func wrongEntries() async throws {
        var log = try FakeLog(5_000)
        log.wrongEntries[3_000] = log.records[3_001]
        let swapped = (log.records[4_100], log.records[4_101])
        (log.wrongEntries[4_100], log.wrongEntries[4_101]) = (swapped.1, swapped.0)
        try await FakeServer.with(log) { servers in
            let client = try LedgerClient(servers)
            let url = try NodeURL(servers[0].url)
            #expect(try await client.all(0..<2_048).count == 2_048)
            let error = await #expect(throws: LedgerClientError.self) { try await client.all(0..<3_001) }
            #expect(error == .notIncluded(url, records: 2_048..<3_072, size: 5_000))
            await #expect(throws: LedgerClientError.self) { try await client.all(4_100..<4_102) }
            // One that is missing.
            servers[0].change { $0.lies["/tile/entries/001"] = .ok([0, 1, 0x31]) }
            let short = await #expect(throws: LedgerClientError.self) { try await client.all(256..<257) }
            #expect(
                short
                    == .badAnswer(url, path: "/tile/entries/001", reason: "it has 1 entries in place of 256"))
            servers[0].change { $0.lies["/tile/entries/001"] = .ok([0]) }
            await #expect(throws: LedgerClientError.self) { try await client.all(256..<257) }
        }
    }

    /// One node lies or is not there; the others help, and the client says who failed.
    @Test func anotherNodeHelps() async throws {
        var liar = try FakeLog(600)
        liar.wrongEntries[5] = liar.records[6]
        try await FakeServer.with(liar, FakeLog(600)) { servers in
            let reports = Reports()
            let client = try LedgerClient(
                urls: ["http://127.0.0.1:1"] + servers.map(\.url), policy: liar.policy(),
                storage: MemoryCheckpointStorage(), configuration: reports.configuration)
            #expect(try await client.all(0..<600).map(\.record) == (try FakeLog(600)).records)
            #expect(reports.failures.map(\.node.text) == ["http://127.0.0.1:1", servers[0].url])
        }
    }

    @Test func nobodyHelps() async throws {
        try await FakeServer.with(FakeLog(3)) { servers in
            servers[0].change { $0.lies["/checkpoint"] = .silence }
            var configuration = ClientConfiguration.quick
            configuration.exchangeTimeout = .milliseconds(50)
            let client = try LedgerClient(servers, configuration: configuration)
            let url = try NodeURL(servers[0].url)
            let silence = await #expect(throws: LedgerClientError.self) { try await client.refresh() }
            #expect(silence == .timedOut(url, path: "/checkpoint", after: .milliseconds(50)))

            let two = try LedgerClient(
                urls: ["http://127.0.0.1:1", servers[0].url], policy: client.policy,
                storage: MemoryCheckpointStorage(), configuration: configuration)
            let all = await #expect(throws: LedgerClientError.self) { try await two.refresh() }
            guard case .allFailed(let failures) = all else {
                Issue.record("\(String(describing: all))")
                return
            }
            #expect(failures.count == 2)
        }
        #expect(throws: LedgerClientError.noURL) {
            try LedgerClient(urls: [], policy: FakeLog().policy(), storage: MemoryCheckpointStorage())
        }
        for text in ["", "127.0.0.1:5000", "ftp://x", "http://", "http://x?y", "http://127.0.0.1:99999"] {
            #expect(throws: LedgerClientError.badURL(text)) { try NodeURL(text) }
        }
        #expect(try NodeURL("https://x/y//").text == "https://x/y")
    }

    @Test func cancellationEndsAWait() async throws {
        try await FakeServer.with(FakeLog(3)) { servers in
            servers[0].change { $0.lies["/checkpoint"] = .silence }
            let client = try LedgerClient(servers)
            let task = Task { try await client.refresh() }
            while servers[0].requests.isEmpty { await Task.yield() }
            task.cancel()
            #expect(await task.result.failureText == "cancelled")
        }
    }

    // MARK: Following

    @Test func follow() async throws {
        try await FakeServer.with(FakeLog(3)) { servers in
            let client = try LedgerClient(servers)
            let (seen, continuation) = AsyncStream.makeStream(of: VerifiedRecord.self)
            let task = Task {
                for try await record in client.follow(from: 1) { continuation.yield(record) }
            }
            var iterator = seen.makeAsyncIterator()
            #expect(await iterator.next()?.number == 1)
            #expect(await iterator.next()?.number == 2)
            // It outlives a node that is away for a while.
            servers[0].say(first: Array(repeating: .status(503), count: 5))
            try servers[0].change { try $0.append(300) }
            for number in 3..<303 {
                #expect(
                    await iterator.next()
                        == VerifiedRecord(
                            number: RecordNumber(number), record: try Record(json: #"{"n":\#(number)}"#)))
            }
            task.cancel()
            #expect(await task.result.failureText == "cancelled")
        }
    }

    @Test func aFollowerStopsAtAFork() async throws {
        try await FakeServer.with(FakeLog(3)) { servers in
            let client = try LedgerClient(servers)
            var iterator = client.follow(from: 2).makeAsyncIterator()
            #expect(try await iterator.next()?.number == 2)
            try servers[0].change {
                $0 = try FakeLog()
                try $0.append(5, "other")
            }
            await #expect(throws: LedgerClientError.self) { try await iterator.next() }
        }
    }
}

extension Result {
    fileprivate var failureText: String? {
        if case .failure(let error) = self { "\(error)" } else { nil }
    }
}
