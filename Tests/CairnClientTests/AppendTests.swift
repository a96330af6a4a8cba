import CairnClient
import CairnHash
import CairnLedger
import Testing

/// Submissions to a node that answers what a test wrote down.
@Suite(.timeLimit(.minutes(1)))
struct AppendTests {
    private let record: Record

    init() throws {
        self.record = try Record(json: "[1]")
    }

    private func receipt(_ leafHash: Digest, number: Int = 0) -> String {
        """
        {"number":\(number),"leaf_hash":"\(leafHash)","block_index":1,"block_hash":"\(Digest.zero)","timestamp":"t"}
        """
    }

    @Test func isSentAgainUnderTheSameKey() async throws {
        try await FakeServer.with(FakeLog()) { servers in
            let reports = Reports()
            let client = try LedgerClient(servers, configuration: reports.configuration)
            servers[0].say(first: [
                .status(503, headers: [("retry-after", "0")]), .status(500),
                .status(200, self.receipt(self.record.leafHash), headers: [("idempotent-replayed", "true")]),
            ])
            let receipt = try await client.append(self.record)
            #expect(receipt.firstRecord == 0 && receipt.lastRecord == 0 && receipt.isRepeat)
            let keys = Set(servers[0].requests.map(\.idempotencyKey))
            #expect(keys.count == 1 && keys.first??.count == 32)
            #expect(servers[0].requests.map(\.body) == ["[1]", "[1]", "[1]"])
            #expect(reports.failures.count == 2)
        }
    }

    @Test func anotherNodeTakesOver() async throws {
        try await FakeServer.with(FakeLog(), FakeLog()) { servers in
            let client = try LedgerClient(servers)
            servers[0].say(first: [.status(503)])
            servers[1].say(first: [
                .json(self.receipt(self.record.leafHash)), .json(self.receipt(self.record.leafHash)),
            ])
            #expect(try await client.append(self.record, idempotencyKey: "mine").node.text == servers[1].url)
            #expect(servers.flatMap(\.requests).map(\.idempotencyKey) == ["mine", "mine"])
            // The one that helped is asked first from now on.
            #expect(try await client.append(self.record).node.text == servers[1].url)
            #expect(servers[0].requests.count == 1)
        }
    }

    @Test func whatIsRefusedIsNotSentAgain() async throws {
        try await FakeServer.with(FakeLog()) { servers in
            let client = try LedgerClient(servers)
            servers[0].say(first: [
                .status(422, #"{"type":"urn:cairn:problem:idempotency-key-reused","title":"T","detail":"D"}"#)
            ])
            let error = await #expect(throws: LedgerClientError.self) { try await client.append(self.record) }
            guard case .refused(_, let problem) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(problem.status == 422 && problem.code == "idempotency-key-reused" && problem.text == "T: D")
            #expect(servers[0].requests.count == 1)
        }
    }

    @Test func itGivesUp() async throws {
        try await FakeServer.with(FakeLog()) { servers in
            var configuration = ClientConfiguration.quick
            configuration.attemptsMax = 3
            let client = try LedgerClient(servers, configuration: configuration)
            servers[0].say(first: Array(repeating: .status(503), count: 9))
            await #expect(throws: LedgerClientError.self) { try await client.append(self.record) }
            #expect(servers[0].requests.count == 3)
        }
    }

    @Test func whatIsNoReceipt() async throws {
        try await FakeServer.with(FakeLog()) { servers in
            let client = try LedgerClient(servers)
            for answer in [self.receipt(.zero), "{}", "[]", "x", ""] {
                servers[0].say(first: [.json(answer)])
                await #expect(throws: LedgerClientError.self, "\(answer)") { try await client.append(self.record) }
            }
            servers[0].say(first: [.json(#"{"first_number":0,"count":3}"#)])
            await #expect(throws: LedgerClientError.self) { try await client.append([self.record, self.record]) }
            #expect(servers[0].requests.last?.body == "[1]\n[1]\n")

            let before = servers[0].requests.count
            for key in ["", "a b", "\"", "é", String(repeating: "x", count: 256)] {
                await #expect(throws: LedgerClientError.badIdempotencyKey(key)) {
                    try await client.append(self.record, idempotencyKey: key)
                }
            }
            await #expect(throws: LedgerClientError.badBatch(.empty)) { try await client.append([]) }
            #expect(servers[0].requests.count == before)
        }
    }

    /// A receipt is a node's word; a proof is more.
    @Test func confirming() async throws {
        try await FakeServer.with(FakeLog(600)) { servers in
            let client = try LedgerClient(servers)
            let log = try FakeLog(600)
            func receipt(_ range: Range<Int>, from first: Int? = nil) throws -> AppendReceipt {
                AppendReceipt(
                    firstRecord: RecordNumber(first ?? range.lowerBound),
                    leafHashes: log.records[range].map(\.leafHash), blockIndex: 1, blockHash: .zero, timestamp: "",
                    isRepeat: false, node: try NodeURL(servers[0].url))
            }
            #expect(try await client.confirm(try receipt(599..<600)).size == 600)
            #expect(try await client.confirm(try receipt(10..<600)).size == 600)
            #expect(try await client.confirm(try receipt(255..<257)).size == 600)
            for bad in [try receipt(3..<4, from: 4), try receipt(10..<20, from: 11)] {
                await #expect(throws: LedgerClientError.self) { try await client.confirm(bad) }
            }
            // The last one is where it should be, one before it is not.
            var other = try receipt(300..<302)
            other.leafHashes[0] = .zero
            let error = await #expect(throws: LedgerClientError.self) { try await client.confirm(other) }
            guard case .otherReceipt = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func proofFiles() async throws {
        try await FakeServer.with(FakeLog(20)) { servers in
            let client = try LedgerClient(servers)
            let log = try FakeLog(20)
            let proof = try await client.proof(of: 7, log.records[7])
            _ = try proof.verify(leafHash: log.records[7].leafHash, policy: log.policy())
            try servers[0].change { try $0.append(5) }
            try await client.refresh()
            // Of an older tree, which has to be the beginning of the one that is known.
            try await client.verify(proof, of: log.records[7])
            await #expect(throws: LedgerClientError.self) { try await client.verify(proof, of: log.records[8]) }
            var other = try FakeLog()
            try other.append(20, "other")
            let path = other.tree.inclusionProof(of: 7, in: 20)
            let foreign = TLogProof(index: 7, path: path, checkpoint: other.signed())
            let error = await #expect(throws: LedgerClientError.self) {
                try await client.verify(foreign, of: other.records[7])
            }
            guard case .fork = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }
}
