import CairnCommand
import CairnHash
import CairnLedger
import CairnNode
import NIOHTTP1
import Testing

/// What a node says is checked as far as it can be.
struct RemoteLedgerTests {
    private static let hash = String(repeating: "a", count: 64)

    private static func record(_ number: Int, _ data: String, leafHash: String? = nil) throws -> String {
        let leafHash = try leafHash ?? Record(json: data).leafHash.description
        let block = #"{"index":1,"hash":"\#(Self.hash)","timestamp":"t"}"#
        return #"{"number":\#(number),"data":\#(data),"leaf_hash":"\#(leafHash)","block":\#(block)}"#
    }

    private func ask<Result>(
        _ answers: [ScriptedServer.Answer], _ body: (RemoteLedger) async throws -> Result
    ) async throws -> (Result, [ScriptedServer.Request]) {
        var outcome: (Result, [ScriptedServer.Request])?
        try await ScriptedServer.with(answers) { server in
            let ledger = RemoteLedger(address: try NodeAddress(server.url), retry: RetryRule(delayFirst: .zero))
            do {
                let result = try await body(ledger)
                outcome = (result, server.requests)
            } catch let failure as CommandFailure {
                await ledger.close()
                throw CommandFailure.failed(failure.message.replacing(server.url, with: "URL"))
            }
            await ledger.close()
        }
        return try #require(outcome)
    }

    @Test func readsARecord() async throws {
        let (record, requests) = try await self.ask([.json(try Self.record(7, #"{ "b":1.0,"a":"é" }"#))]) {
            try await $0.record(7)
        }
        #expect(record.record.text == #"{"a":"é","b":1}"#)
        #expect(requests.map(\.uri) == ["/v1/records/7"])
    }

    @Test func refusesAWrongLeafHash() async throws {
        await #expect(throws: CommandFailure.failed("URL gave record 7 with a leaf hash that is not the record's")) {
            try await self.ask([.json(try Self.record(7, "1", leafHash: Self.hash))]) { try await $0.record(7) }
        }
    }

    @Test func refusesAnotherRecord() async throws {
        await #expect(throws: CommandFailure.failed("URL gave record 8 for record 7")) {
            try await self.ask([.json(try Self.record(8, "1"))]) { try await $0.record(7) }
        }
    }

    @Test func problemDetailsAreShown() async throws {
        let body = #"{"title":"There is no such record","detail":"There is no record 7.","status":404}"#
        await #expect(
            throws: CommandFailure.failed("There is no such record: There is no record 7 (HTTP 404 from URL)")
        ) { try await self.ask([.json(body, status: .notFound)]) { try await $0.record(7) } }
    }

    @Test func errorsOfSomethingElseAreShown() async throws {
        await #expect(throws: CommandFailure.failed("Bad Gateway (HTTP 502 from URL)")) {
            try await self.ask([.json("<html>", status: .badGateway)]) { try await $0.record(7) }
        }
    }

    @Test func anAnswerThatIsNoJSON() async throws {
        await #expect(
            throws: CommandFailure.failed(
                "URL/v1/records/7: the answer is no JSON (unexpected byte 0x3c at byte 0); is this a Cairn node?")
        ) { try await self.ask([.json("<html>")]) { try await $0.record(7) } }
    }

    @Test func aMissingField() async throws {
        await #expect(throws: CommandFailure.failed("URL: the answer lacks \"block\"")) {
            try await self.ask([.json(#"{"number":7}"#)]) { try await $0.record(7) }
        }
    }

    @Test func nobodyThere() async throws {
        let ledger = RemoteLedger(address: try NodeAddress("http://127.0.0.1:1"))
        let failure = await #expect(throws: CommandFailure.self) { try await ledger.status() }
        await ledger.close()
        #expect(
            failure?.message == "can't reach a node at http://127.0.0.1:1: connection refused; is it running?")
    }

    /// The lines come in pieces that don't end where lines end, and in more answers than one.
    @Test func streamsRecords() async throws {
        let first = try Self.record(2, "1") + "\n" + Self.record(3, #""two""#) + "\n"
        let middle = first.index(first.startIndex, offsetBy: 30)
        let answers = [
            ScriptedServer.Answer(body: [String(first[..<middle]), String(first[middle...])]),
            .json(try Self.record(4, "3")),
        ]
        var texts: [String] = []
        let (_, requests) = try await self.ask(answers) { ledger in
            try await ledger.forEachRecord(from: 2, count: 3) { record throws(CommandFailure) in
                texts.append(record.record.text)
            }
        }
        #expect(texts == ["1", "\"two\"", "3"])
        #expect(requests.map(\.uri) == ["/v1/records?from=2&limit=3", "/v1/records?from=4&limit=1"])
    }

    @Test func aGapInAStreamIsRefused() async throws {
        let lines = try Self.record(2, "1") + "\n" + Self.record(4, "1") + "\n"
        await #expect(throws: CommandFailure.failed("URL gave record 4 where record 3 belongs")) {
            try await self.ask([.json(lines)]) { ledger in
                try await ledger.forEachRecord(from: 2, count: 3) { _ throws(CommandFailure) in }
            }
        }
    }

    @Test func blocksMustFollowOneAnother() async throws {
        func block(_ index: Int, previous: String) -> String {
            """
            {"index":\(index),"hash":"\(Self.hash)","timestamp":"t","previous_hash":"\(previous)","tree_size":1,
             "tree_root":"\(Self.hash)","record_count":1}
            """
        }
        let zero = String(repeating: "0", count: 64)
        let good = #"{"blocks":[\#(block(0, previous: zero)),\#(block(1, previous: Self.hash))]}"#
        let (blocks, requests) = try await self.ask([.json(good)]) { try await $0.blocks(0...1) }
        #expect(blocks.map(\.index) == [0, 1])
        #expect(requests.map(\.uri) == ["/v1/blocks?from=0&limit=2"])
        let bad = #"{"blocks":[\#(block(0, previous: zero)),\#(block(1, previous: zero))]}"#
        await #expect(throws: CommandFailure.failed("URL gave a block 1 that does not follow the one before it")) {
            try await self.ask([.json(bad)]) { try await $0.blocks(0...1) }
        }
    }

    @Test func aProofOfSomethingElseIsRefused() async throws {
        let body = #"{"number":1,"leaf_hash":"\#(Self.hash)","tree_size":3,"root":"\#(Self.hash)","path":[]}"#
        let (proof, requests) = try await self.ask([.json(body)]) { try await $0.inclusionProof(of: 1, in: 3) }
        #expect(!proof.isValid)
        #expect(requests.map(\.uri) == ["/v1/records/1/proof?tree_size=3"])
        await #expect(throws: CommandFailure.failed("URL gave a proof of something else than was asked for")) {
            try await self.ask([.json(body)]) { try await $0.inclusionProof(of: 2, in: 3) }
        }
    }
}
