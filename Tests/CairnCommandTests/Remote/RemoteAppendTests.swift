import CairnCommand
import CairnHash
import CairnLedger
import NIOHTTP1
import Testing

struct RemoteAppendTests {
    private static let hash = String(repeating: "a", count: 64)
    private static let block = #""block_index":4,"block_hash":"\#(hash)","timestamp":"t""#
    private static let full = ScriptedServer.Answer.json(
        #"{"title":"Full"}"#, status: .serviceUnavailable, headers: [("Retry-After", "0")])

    private static func answer(_ status: HTTPResponseStatus = .created) throws -> ScriptedServer.Answer {
        .json(#"{"number":7,"leaf_hash":"\#(try Record(json: "1").leafHash)",\#(Self.block)}"#, status: status)
    }

    /// Appends records to a server that answers so.
    private func append(
        _ records: [String], key: String? = nil, _ answers: [ScriptedServer.Answer]
    ) async throws -> (Result<AppendedBatch, CommandFailure>, [ScriptedServer.Request]) {
        var entries = Entries()
        for record in records { entries.append(try Record(json: record)) }
        var outcome: (Result<AppendedBatch, CommandFailure>, [ScriptedServer.Request])?
        try await ScriptedServer.with(answers) { server in
            let ledger = RemoteLedger(
                address: try NodeAddress(server.url), retry: RetryRule(attemptsMax: 3, delayFirst: .zero))
            let result: Result<AppendedBatch, CommandFailure>
            do throws(CommandFailure) {
                result = .success(try await ledger.append(entries, idempotencyKey: key))
            } catch {
                result = .failure(.failed(error.message.replacing(server.url, with: "URL")))
            }
            await ledger.close()
            outcome = (result, server.requests)
        }
        return try #require(outcome)
    }

    @Test func one() async throws {
        let (result, requests) = try await self.append(["1"], key: "k", [try Self.answer()])
        let batch = try result.get()
        #expect(batch.firstRecord == 7)
        #expect(batch.blockIndex == 4)
        #expect(
            requests == [
                .init(
                    method: "POST", uri: "/v1/records", contentType: "application/json", idempotencyKey: "k", body: "1")
            ])
    }

    @Test func many() async throws {
        let answer = ScriptedServer.Answer.json(#"{"first_number":7,"count":2,\#(Self.block)}"#, status: .created)
        let (result, requests) = try await self.append(["1", #"{"a": 2}"#], [answer])
        #expect(try result.get().text == "records 7-8  block 4 \(Self.hash)")
        #expect(
            requests == [
                .init(
                    method: "POST", uri: "/v1/records", contentType: "application/x-ndjson", idempotencyKey: nil,
                    body: "1\n{\"a\":2}\n")
            ])
    }

    @Test func aRepetitionIsSaid() async throws {
        var answer = try Self.answer(.ok)
        answer.headers = [("Idempotent-Replayed", "true")]
        let (result, _) = try await self.append(["1"], key: "k", [answer])
        #expect(try result.get().isRepeat)
    }

    @Test func aFullNodeIsAskedAgain() async throws {
        let (result, requests) = try await self.append(["1"], [Self.full, Self.full, try Self.answer()])
        #expect(try result.get().firstRecord == 7)
        #expect(requests.count == 3)
        #expect(Set(requests.map(\.body)) == ["1"])
    }

    @Test func notForEver() async throws {
        let (result, requests) = try await self.append(["1"], key: "k", [Self.full, Self.full, Self.full, Self.full])
        #expect(throws: CommandFailure.failed("Full (HTTP 503 from URL)")) { try result.get() }
        #expect(requests.count == 3)
    }

    @Test func otherRefusalsAreFinal() async throws {
        let (result, requests) = try await self.append(
            ["1"], key: "k", [.json(#"{"title":"No"}"#, status: .unprocessableEntity)])
        #expect(throws: CommandFailure.failed("No (HTTP 422 from URL)")) { try result.get() }
        #expect(requests.count == 1)
    }

    @Test func theHashOfAnotherRecordIsRefused() async throws {
        let (result, _) = try await self.append(["2"], [try Self.answer()])
        #expect(throws: CommandFailure.self) { try result.get() }
    }
}
