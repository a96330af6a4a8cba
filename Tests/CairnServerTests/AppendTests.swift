import CairnHash
import CairnLedger
import CairnNode
import NIOHTTP1
import Testing

struct AppendTests {
    @Test func oneRecord() async throws {
        try await withServer { server in
            let answer = try await server.post("/v1/records", #" { "b" : 1.0, "a" : "é" } "#)
            #expect(answer.status == 201)
            #expect(answer.contentType == "application/json")
            #expect(answer.headers.first(name: "location") == "/v1/records/0")
            let record = try Record(json: #"{"a":"é","b":1}"#)
            #expect(
                answer.json.names == ["number", "leaf_hash", "block_index", "block_hash", "timestamp"])
            #expect(answer.json["number"] == .number(0))
            #expect(answer.json["leaf_hash"] == .text(record.leafHash.description))
            #expect(answer.json["block_index"] == .number(1))
            let head = server.node.headReference
            #expect(answer.json["block_hash"] == .text(head.hash.description))
            #expect(answer.json["timestamp"] == .text(head.timestamp.description))
        }
    }

    @Test(arguments: ["application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\"", "application/json"])
    func contentTypes(type: String) async throws {
        try await withServer { server in
            let answer = try await server.post("/v1/records", "1", type: type)
            #expect(answer.status == 201)
        }
    }

    @Test func aReadAfterTheAnswerFindsTheRecord() async throws {
        try await withServer { server in
            try await withThrowingTaskGroup { group in
                for number in 0..<20 {
                    group.addTask {
                        let receipt = try await server.append("{\"n\":\(number)}")
                        let place = try #require(receipt["number"].int)
                        let read = try await server.get("/v1/records/\(place)")
                        #expect(read.json["data"]["n"].int == number)
                    }
                }
                try await group.waitForAll()
            }
            #expect(server.node.head.treeSize == 20)
        }
    }

    @Test(arguments: [
        ("{", "bad-json", 1), ("nope", "bad-json", 1), (#"{"a":1,"a":2}"#, "bad-json", 7),
        (#"["\ud800"]"#, "bad-json", 2), ("1e400", "bad-json", 0), ("9007199254740993", "bad-json", 0),
        ("0.1000000000000000055", "bad-json", 0), ("1 2", "bad-json", 2), ("\u{FEFF}1", "bad-json", 0),
    ])
    func textsThatAreNoRecord(text: String, problem: String, offset: Int) async throws {
        try await withServer { server in
            let answer = try await server.post("/v1/records", text)
            #expect(answer.status == 400)
            #expect(answer.problem == problem)
            #expect(answer.json["offset"].int == offset)
            #expect(answer.json["status"].int == 400)
            #expect(answer.json["title"].text != nil && answer.json["detail"].text != nil)
            #expect(server.node.head.treeSize == 0)
        }
    }

    @Test func emptyBodies() async throws {
        try await withServer { server in
            for (body, type) in [("", "application/json"), (" \n", "application/json"), ("", "application/x-ndjson")] {
                let answer = try await server.post("/v1/records", body, type: type)
                #expect(answer.status == 400)
                #expect(answer.problem == "empty-body")
            }
        }
    }

    @Test func sizes() async throws {
        try await withServer { server in
            // Quotes and all 65,535 bytes, then one more.
            let largest = "\"" + String(repeating: "x", count: 65_533) + "\""
            #expect(try await server.post("/v1/records", largest).status == 201)
            let tooLarge = "\"" + String(repeating: "x", count: 65_534) + "\""
            let answer = try await server.post("/v1/records", tooLarge)
            #expect(answer.status == 413)
            #expect(answer.problem == "record-too-large")
            #expect(answer.json["bytes"].int == 65_536)
            #expect(answer.json["limit"].int == 65_535)
            // Escapes and blanks that come to no more than a record.
            let escaped =
                "\"" + String(repeating: "\\u0078", count: 65_533) + "\"" + String(repeating: " ", count: 100_000)
            #expect(try await server.post("/v1/records", escaped).status == 201)
            let text = String(repeating: " ", count: Limits.recordTextBytesMax) + "1"
            let long = try await server.post("/v1/records", text)
            #expect(long.status == 413)
            #expect(long.problem == "body-too-large")
            #expect(long.json["limit"].int == Limits.recordTextBytesMax)
        }
    }

    @Test func nesting() async throws {
        try await withServer { server in
            func nested(_ depth: Int) -> String {
                String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            }
            #expect(try await server.post("/v1/records", nested(Limits.nestingMax)).status == 201)
            let answer = try await server.post("/v1/records", nested(Limits.nestingMax + 1))
            #expect(answer.problem == "bad-json")
            #expect(answer.json["reason"].text == "nested deeper than \(Limits.nestingMax)")
            #expect(try await server.post("/v1/records", nested(100_000)).status == 400)
        }
    }

    @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", nil])
    func otherContentTypes(type: String?) async throws {
        try await withServer { server in
            let answer = try await server.post("/v1/records", "{}", type: type)
            #expect(answer.status == 415)
            #expect(answer.problem == "unsupported-media-type")
            #expect(answer.headers.first(name: "accept-post") == "application/json, application/x-ndjson")
        }
    }

    // MARK: Batches

    @Test(arguments: ["1\n2\n3", "1\n2\n3\n", "1\r\n2\r\n3\r\n", " 1 \n\t2\n3"])
    func batches(text: String) async throws {
        try await withServer { server in
            try await server.append("0")
            let answer = try await server.post("/v1/records", text, type: "application/x-ndjson")
            #expect(answer.status == 201)
            #expect(answer.json.names == ["first_number", "count", "block_index", "block_hash", "timestamp"])
            #expect(answer.json["first_number"].int == 1)
            #expect(answer.json["count"].int == 3)
            #expect(answer.json["block_index"].int == 2)
            let last = try await server.get("/v1/records/3").json
            #expect(last["data"].int == 3)
        }
    }

    @Test func batchWithLeafHashes() async throws {
        try await withServer { server in
            let answer = try await server.post("/v1/records?leaf_hashes=true", "1\n2", type: "application/x-ndjson")
            let hashes = try ["1", "2"].map { JSON.text(try Record(json: $0).leafHash.description) }
            #expect(answer.json["leaf_hashes"] == .array(hashes))
            // D14: whatever the body is.
            let wrongJSON = try await server.post("/v1/records?leaf_hashes=AAA", "1")
            #expect(wrongJSON.status == 400 && wrongJSON.json["parameter"].text == "leaf_hashes")
            #expect(try await server.post("/v1/records?leaf_hashes=true", "1").status == 201)
            let wrong = try await server.post("/v1/records?leaf_hashes=yes", "1\n2", type: "application/x-ndjson")
            #expect(wrong.problem == "bad-parameter")
        }
    }

    @Test(arguments: [
        ("1\nx\n3", 2, 0), ("1\n\n3", 2, nil), ("\n", 1, nil), ("1\n2\n\n", 3, nil), ("1\n{\"a\":}", 2, 5),
    ])
    func batchesAreAllOrNothing(text: String, line: Int, offset: Int?) async throws {
        try await withServer { server in
            let answer = try await server.post("/v1/records", text, type: "application/x-ndjson")
            #expect(answer.status == 400)
            #expect(answer.problem == "bad-json")
            #expect(answer.json["line"].int == line)
            #expect(answer.json["offset"].int == offset)
            #expect(server.node.head.treeSize == 0)
        }
    }

    @Test func batchLimits() async throws {
        try await withServer { server in
            let most = Array(repeating: "1", count: 8_192)
            #expect(try await server.appendBatch(most)["count"].int == 8_192)
            let tooMany = try await server.post(
                "/v1/records", (most + ["1"]).joined(separator: "\n"), type: "application/x-ndjson")
            #expect(tooMany.status == 413)
            #expect(tooMany.problem == "batch-too-large")
            // Read beside the event loop, and too much for a block at its 64th line.
            let large = Array(repeating: "\"" + String(repeating: "x", count: 65_533) + "\"", count: 64)
            let tooLarge = try await server.post(
                "/v1/records", large.joined(separator: "\n"), type: "application/x-ndjson")
            #expect(tooLarge.status == 413)
            #expect(tooLarge.problem == "batch-too-large")
            #expect(try await server.appendBatch(Array(large.dropLast()))["count"].int == 63)
        }
    }

    // MARK: Idempotency

    @Test(arguments: [("abc", "\"abc\""), ("\"a\\\"b\"", "\"a\\\"b\"")])
    func repeats(first: String, second: String) async throws {
        try await withServer { server in
            let one = try await server.post("/v1/records", "[1]", headers: [("Idempotency-Key", first)])
            try await server.append("2")
            let two = try await server.post("/v1/records", "[1]", headers: [("Idempotency-Key", second)])
            #expect(one.status == 201 && two.status == 200)
            #expect(two.headers.first(name: "idempotent-replayed") == "true")
            #expect(one.json == two.json)
            #expect(server.node.head.treeSize == 2)
            let other = try await server.post("/v1/records", "[2]", headers: [("Idempotency-Key", first)])
            #expect(other.status == 422)
            #expect(other.problem == "idempotency-key-reused")
        }
    }

    @Test(arguments: ["", "a b", "\"a", "a\"b", "\"a\"b\"", "é", "\"\"", String(repeating: "k", count: 256)])
    func keysThatAreNone(key: String) async throws {
        try await withServer { server in
            let answer = try await server.post("/v1/records", "1", headers: [("Idempotency-Key", key)])
            #expect(answer.status == 400)
            #expect(answer.problem == "bad-idempotency-key")
        }
    }

    // MARK: The node refuses

    @Test func fullQueue() async throws {
        try await withServer(queueRecordsMax: 0) { server in
            let answer = try await server.post("/v1/records", "1")
            #expect(answer.status == 503)
            #expect(answer.problem == "queue-full")
            #expect(answer.headers.first(name: "retry-after") == "1")
            let metrics = try await server.get("/metrics").body
            #expect(metrics.contains("cairn_refused_appends_total{reason=\"queue-full\"} 1\n"))
        }
    }

    @Test func stoppedNode() async throws {
        try await withServer { server in
            await server.node.shutdown()
            let answer = try await server.post("/v1/records", "1")
            #expect(answer.status == 503)
            #expect(answer.problem == "stopped")
            let ready = try await server.get("/readyz")
            #expect(ready.status == 503 && ready.json["obstacles"].array?[0]["code"].text == "stopping")
            #expect(try await server.get("/healthz").status == 200)
        }
    }
}
