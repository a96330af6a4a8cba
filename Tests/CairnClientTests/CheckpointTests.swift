import CairnClient
import CairnHash
import CairnLedger
import Testing

/// What a client makes of the checkpoints that it is shown.
@Suite(.timeLimit(.minutes(1)))
struct CheckpointTests {
    @Test func remembersTheLargestAndNeverGoesBack() async throws {
        try await FakeServer.with(FakeLog(3)) { servers in
            let storage = MemoryCheckpointStorage()
            let client = try LedgerClient(servers, storage: storage)
            #expect(try await client.remembered == nil)
            #expect(try await client.refresh().size == 3)
            try servers[0].change { try $0.append(500) }
            #expect(try await client.refresh().size == 503)
            #expect(try SignedCheckpoint(parsing: storage.load() ?? []).checkpoint.size == 503)
            // A new run asks for proof that this continues what is stored.
            let another = try LedgerClient(servers, storage: storage)
            try servers[0].change { try $0.append(1) }
            #expect(try await another.refresh().size == 504)
            #expect(servers[0].requests.map(\.uri).contains("/v1/consistency?from=503&to=504"))
            // A node that went back to an old copy shows nothing new.
            try servers[0].change { $0 = try FakeLog(100) }
            #expect(try await another.refresh().size == 504)
            await #expect(throws: LedgerClientError.self) { try await another.record(503) }
        }
    }

    @Test(arguments: [(3, 3), (3, 5), (4, 9), (7, 8), (1, 300)])
    func aForkIsProven(old: Int, new: Int) async throws {
        var other = try FakeLog(0)
        try other.append(new, "other")
        try await FakeServer.with(FakeLog(old)) { servers in
            let client = try LedgerClient(servers)
            try await client.refresh()
            servers[0].change { $0 = other }
            let error = await #expect(throws: LedgerClientError.self) { try await client.refresh() }
            guard case .fork(let evidence) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            // Anybody who has the policy can check it.
            let read = try ForkEvidence(parsing: evidence.bytes)
            #expect(read == evidence)
            try read.verify(by: try FakeLog().policy())
            #expect(throws: ForkEvidenceError.self) { try read.verify(by: try FakeLog(seed: 2).policy()) }
            // What was known stays.
            #expect(try await client.remembered?.checkpoint.size == TreeSize(old))
        }
    }

    @Test func growthThatIsNotProven() async throws {
        try await FakeServer.with(FakeLog(3)) { servers in
            let client = try LedgerClient(servers)
            try await client.refresh()
            try servers[0].change { log in
                try log.append(2)
                log.lies["/v1/consistency"] = .json(
                    #"{"from":3,"to":5,"from_root":"\#(log.tree.root(at: 3))","path":[]}"#)
            }
            let error = await #expect(throws: LedgerClientError.self) { try await client.refresh() }
            guard case .unprovenGrowth(_, let evidence) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(throws: ForkEvidenceError.unproven) { try evidence.verify(by: client.policy) }
            servers[0].change { $0.lies["/v1/consistency"] = .json(#"{"from":3,"to":6}"#) }
            await #expect(throws: LedgerClientError.self) { try await client.refresh() }
            #expect(try await client.remembered?.checkpoint.size == 3)
        }
    }

    /// Each is refused, with an error of its own, and nothing is remembered of it.
    @Test func notesThatAreNotGood() async throws {
        let log = try FakeLog(5)
        let good = String(decoding: log.signed().bytes, as: UTF8.self)
        let logLine = good.split(separator: "\n")[3] + "\n"
        let otherOrigin = try FakeLog(5, origin: "example.com/other").signed().bytes
        let wrongKey = try FakeLog(5, seed: 2).signed().bytes
        let url = try NodeURL("http://x")
        let cases: [(String, LedgerClientError)] = [
            (good.replacing("\n5\n", with: "\n6\n"), .notTrusted(url, .note(.badSignature(name: FakeLog.origin)))),
            (String(good.dropLast()), .badCheckpoint(url, .note(.cutShort))),
            (String(good.prefix(60)), .badCheckpoint(url, .note(.noSignatures))),
            (good + logLine, .badCheckpoint(url, .note(.duplicateSignature(name: FakeLog.origin)))),
            (String(decoding: otherOrigin, as: UTF8.self), .notTrusted(url, .unknownLog("example.com/other"))),
            (String(decoding: wrongKey, as: UTF8.self), .notTrusted(url, .note(.noKnownKey))),
            (good.replacing("\n5\n", with: "\n05\n"), .badCheckpoint(url, .badSize)),
            (
                good + String(repeating: "x", count: Limits.noteBytesMax),
                .tooLarge(url, path: "/checkpoint", limitBytes: Limits.noteBytesMax)
            ),
            (String(logLine) + good, .badCheckpoint(url, .badSize)),
        ]
        try await FakeServer.with(log) { servers in
            let client = try LedgerClient(servers)
            for (note, expected) in cases {
                servers[0].change { $0.lies["/checkpoint"] = .ok(Array(note.utf8)) }
                let error = await #expect(throws: LedgerClientError.self) { try await client.refresh() }
                #expect(error?.isLike(expected) == true, "\(String(describing: error)) is not \(expected)")
            }
            #expect(try await client.remembered == nil)
        }
    }

    @Test func whoLagsIsNoLiar() async throws {
        try await FakeServer.with(FakeLog(3), FakeLog(9)) { servers in
            let reports = Reports()
            let client = try LedgerClient(servers, configuration: reports.configuration)
            #expect(try await client.refresh().size == 3)
            try servers[0].change { try $0.append(10) }
            #expect(try await client.refresh().size == 13)
            // Now the first fails, and the second has less than is known.
            servers[0].change { $0.lies["/checkpoint"] = .status(503) }
            #expect(try await client.refresh().size == 13)
            #expect(reports.failures.count == 2)
            // It catches up, but with another history.
            servers[0].change { $0.lies = [:] }
            try servers[1].change {
                $0 = try FakeLog()
                try $0.append(9, "other")
            }
            let onlyOther = try LedgerClient([servers[1], servers[0]], storage: try await client.storage())
            let error = await #expect(throws: LedgerClientError.self) { try await onlyOther.refresh() }
            guard case .fork(let evidence) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            try evidence.verify(by: client.policy)
        }
    }

    @Test func manyTasksAtOnce() async throws {
        try await FakeServer.with(FakeLog(1)) { servers in
            let storage = CountingStorage()
            let client = try LedgerClient(servers, storage: storage)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        try servers[0].change { try $0.append(1) }
                        try await client.refresh()
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await client.refresh().size == 41)
            #expect(await storage.sizes == storage.sizes.sorted())
            #expect(await !storage.hadTwoAtOnce)
        }
    }

    @Test func storageThatCanNotBeUsed() async throws {
        try await FakeServer.with(FakeLog(1)) { servers in
            for bytes in [Array("x".utf8), try FakeLog(1, origin: "example.com/other").signed().bytes] {
                let client = try LedgerClient(servers, storage: MemoryCheckpointStorage(bytes))
                let error = await #expect(throws: LedgerClientError.self) { try await client.refresh() }
                guard case .storage = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
            let folder = try TemporaryFolder()
            let client = try LedgerClient(servers, storage: FileCheckpointStorage(path: folder.path + "/a/b"))
            let error = await #expect(throws: LedgerClientError.self) { try await client.refresh() }
            let text = "\(error.map { "\($0)" } ?? "")"
            // The new file's name is one that nobody can foresee.
            #expect(text.contains("/a/b.") && text.hasSuffix(".new: no such file or directory"), "\(text)")
        }
    }

    @Test func aFileIsReplaced() async throws {
        let folder = try TemporaryFolder()
        let storage = FileCheckpointStorage(path: folder.path + "/checkpoint")
        #expect(try storage.load() == nil)
        try storage.store([1, 2, 3])
        try storage.store([4])
        #expect(try FileCheckpointStorage(path: folder.path + "/checkpoint").load() == [4])
        #expect(throws: FileCheckpointStorage.Failure.self) { try FileCheckpointStorage(path: folder.path).load() }
    }
}

/// Sees whether it is asked to store twice at once.
private actor CountingStorage: CheckpointStorage {
    private(set) var sizes: [UInt64] = []
    private(set) var hadTwoAtOnce = false
    private var isStoring = false

    func load() -> [UInt8]? { nil }

    func store(_ bytes: [UInt8]) async throws {
        if self.isStoring { self.hadTwoAtOnce = true }
        self.isStoring = true
        await Task.yield()
        self.sizes.append(try SignedCheckpoint(parsing: bytes).checkpoint.size.rawValue)
        self.isStoring = false
    }
}

extension LedgerClient {
    /// A copy of what is remembered.
    fileprivate func storage() async throws -> MemoryCheckpointStorage {
        MemoryCheckpointStorage(try await self.remembered?.bytes)
    }
}

extension LedgerClientError {
    /// Whether it is the same but for the node.
    fileprivate func isLike(_ other: LedgerClientError) -> Bool {
        switch (self, other) {
        case (.notTrusted(_, let one), .notTrusted(_, let other)): one == other
        case (.badCheckpoint(_, let one), .badCheckpoint(_, let other)): one == other
        case (.tooLarge(_, let path, let limit), .tooLarge(_, let otherPath, let otherLimit)):
            path == otherPath && limit == otherLimit
        default: false
        }
    }
}
