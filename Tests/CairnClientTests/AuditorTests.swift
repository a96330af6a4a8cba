import CairnClient
import CairnHash
import CairnLedger
import Testing

@Suite(.timeLimit(.minutes(1)))
struct AuditorTests {
    private func auditor(
        _ servers: [FakeServer], _ storage: MemoryCheckpointStorage = MemoryCheckpointStorage()
    ) throws -> Auditor {
        try Auditor(urls: servers.map(\.url), policy: FakeLog().policy(), storage: storage, configuration: .quick)
    }

    @Test func nodesOfOneHistory() async throws {
        try await FakeServer.with(FakeLog(9), FakeLog(3), FakeLog(9)) { servers in
            let storage = MemoryCheckpointStorage()
            let auditor = try self.auditor(servers, storage)
            let first = try await auditor.round()
            #expect(first.fork == nil && first.latest?.checkpoint.size == 9)
            #expect(first.nodes.map(\.outcome) == [9, 3, 9].map { .consistent(Self.checkpoint($0)) })
            // Nothing new: nothing to prove.
            let before = servers[0].requests.count
            try servers[1].change { try $0.append(6) }
            _ = try await auditor.round()
            #expect(servers[0].requests.count == before + 1)
            #expect(try SignedCheckpoint(parsing: storage.load() ?? []).checkpoint.size == 9)
        }
    }

    /// What each node answers stands at its own place, with and without an answer: the optimizer gave all the same one.
    @Test("A3: eight nodes that are asked at once", arguments: 0..<4)
    func manyNodes(round: Int) async throws {
        try await FakeServer.with(
            FakeLog(1), FakeLog(2), FakeLog(3), FakeLog(4), FakeLog(5), FakeLog(6), FakeLog(7), FakeLog(8)
        ) { servers in
            for place in [1, 6] { servers[place].change { $0.lies["/checkpoint"] = .status(503) } }
            let nodes = try await self.auditor(servers).round().nodes
            #expect(nodes.map { "\($0.url)" } == servers.map(\.url))
            for (place, node) in nodes.enumerated() {
                if [1, 6].contains(place) {
                    guard case .failed(.refused) = node.outcome else {
                        Issue.record("\(place): \(node.outcome)")
                        continue
                    }
                } else {
                    #expect(node.outcome == .consistent(Self.checkpoint(place + 1)))
                }
            }
        }
    }

    private static func checkpoint(_ size: Int) -> Checkpoint {
        guard let log = try? FakeLog(size) else { preconditionFailure("a log can be made") }
        return log.signed().checkpoint
    }

    @Test func splitViews() async throws {
        for (ours, others) in [(5, 5), (5, 9), (9, 5), (4, 300)] {
            var other = try FakeLog()
            try other.append(others, "other")
            try await FakeServer.with(FakeLog(ours), other) { servers in
                let storage = MemoryCheckpointStorage()
                let round = try await self.auditor(servers, storage).round()
                let fork = try #require(round.fork)
                try fork.verify(by: try FakeLog().policy())
                // Neither is taken for the truth.
                #expect(storage.load() == nil && round.latest == nil)
                #expect(round.nodes.count == 2)
            }
        }
    }

    /// One node alone that shows another history than it did before.
    @Test func aRewrittenHistory() async throws {
        try await FakeServer.with(FakeLog(5)) { servers in
            let storage = MemoryCheckpointStorage()
            _ = try await self.auditor(servers, storage).round()
            try servers[0].change {
                $0 = try FakeLog()
                try $0.append(8, "other")
            }
            // Another run, with what was kept.
            let round = try await self.auditor(servers, storage).round()
            #expect(round.fork?.smaller == (try FakeLog(5)).signed())
            #expect(round.latest?.checkpoint.size == 5)
            #expect(round.nodes.map(\.outcome) == [.contradicts(try #require(round.fork?.larger.checkpoint))])
        }
    }

    @Test func nodesThatDoNotHelp() async throws {
        try await FakeServer.with(FakeLog(5), FakeLog(5), FakeLog(5, seed: 2), FakeLog(5)) { servers in
            let auditor = try self.auditor(servers)
            servers[0].change { $0.lies["/checkpoint"] = .status(503) }
            servers[3].change { $0.lies["/checkpoint"] = .ok([1]) }
            let round = try await auditor.round()
            #expect(round.latest?.checkpoint.size == 5 && round.fork == nil)
            guard case .failed(.refused) = round.nodes[0].outcome, case .consistent = round.nodes[1].outcome,
                case .notTrusted(.notTrusted) = round.nodes[2].outcome,
                case .notTrusted(.badCheckpoint) = round.nodes[3].outcome
            else {
                Issue.record("\(round.nodes)")
                return
            }
            // Larger, and proven by nobody; then smaller than what was seen, and nobody has that any more.
            try servers[1].change { log in
                try log.append(2)
                log.lies["/v1/consistency"] = .status(500)
            }
            let unproven = try await auditor.round()
            guard case .unproven = unproven.nodes[1].outcome else {
                Issue.record("\(unproven.nodes)")
                return
            }
            #expect(unproven.latest?.checkpoint.size == 5)
            servers[1].change { $0.lies = [:] }
            #expect(try await auditor.round().latest?.checkpoint.size == 7)
            try servers[1].change { $0 = try FakeLog(6) }
            let behind = try await auditor.round()
            #expect(behind.nodes[1].outcome == .behind(Self.checkpoint(6)))
            #expect(behind.latest?.checkpoint.size == 7)
        }
    }

    @Test func allRecords() async throws {
        try await FakeServer.with(FakeLog(5_000)) { servers in
            let auditor = try self.auditor(servers)
            let storage = MemoryCheckpointStorage()
            func check() async throws -> TreeSize {
                let latest = try #require(try await auditor.round().latest)
                return try await auditor.checkRecords(upTo: latest.checkpoint, storage: storage)
            }
            #expect(try await check() == 5_000)
            let before = servers[0].requests.count
            try servers[0].change { try $0.append(10) }
            #expect(try await check() == 5_010)
            // A checkpoint, its proof, and of the records only the last bundle with its proof.
            #expect(servers[0].requests.count == before + 4)

            // Records that are not those of the tree, though the tree is as it was signed.
            try servers[0].change { log in
                try log.append(100)
                log.wrongEntries[5_050] = log.records[0]
            }
            let error = await #expect(throws: LedgerClientError.self) { try await check() }
            guard case .notIncluded(_, let records, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(records.contains(5_050))
            servers[0].change { $0.wrongEntries = [:] }
            #expect(try await check() == 5_110)
        }
    }

    /// What was kept of the records is not believed either.
    @Test func changedState() async throws {
        try await FakeServer.with(FakeLog(300)) { servers in
            let auditor = try self.auditor(servers)
            var other = CheckedRecords()
            other.frontier.append(contentsOf: [.zero, .zero, .zero])
            let states = [
                Array("x".utf8), other.bytes,
                Array(#"{"format":"cairn/checked-records/1","size":3,"subtree_roots":[]}"#.utf8),
            ]
            let latest = try #require(try await auditor.round().latest?.checkpoint)
            for state in states {
                let error = await #expect(throws: LedgerClientError.self) {
                    try await auditor.checkRecords(upTo: latest, storage: MemoryCheckpointStorage(state))
                }
                guard case .storage = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
            #expect(try CheckedRecords(parsing: other.bytes).frontier == other.frontier)
        }
    }
}
