import CairnNode
import CairnServer
import NIOHTTP1
import Testing

/// Reads say how fresh they are, and wait until they are fresh enough.
struct FreshnessTests {
    private static let reads = [
        "/v1/records", "/v1/records/0", "/v1/records/0/proof", "/v1/records/0/tlog-proof", "/v1/consistency?from=1",
        "/v1/blocks", "/v1/blocks/head",
    ]

    @Test(arguments: reads)
    func answersSayHowFreshTheyAre(path: String) async throws {
        try await withServer { server in
            try await server.appendBatch(["1", "2"])
            let answer = try await server.get(path)
            #expect(answer.status == 200)
            #expect(answer.headers["cairn-tree-size"] == ["2"])
            let mark = path.contains("?") ? "&" : "?"
            #expect(try await server.get(path + "\(mark)at_least=1").body == answer.body)
        }
    }

    @Test func streamsToo() async throws {
        try await withServer { server in
            try await server.append("1")
            let answer = try await server.get(
                "/v1/records?at_least=0", headers: [("accept", "application/x-ndjson")])
            #expect(answer.headers["cairn-tree-size"] == ["1"])
            #expect(answer.headers.first(name: "transfer-encoding") == "chunked")
        }
    }

    @Test func aReadWaitsForItsRecord() async throws {
        try await withServer { server in
            try await server.append("1")
            async let read = server.get("/v1/records/2?at_least=2")
            async let stream = server.get(
                "/v1/records?from=1&at_least=2", headers: [("accept", "application/x-ndjson")])
            // Whichever comes first: the answer is the same.
            try await server.append("2")
            try await server.append("3")
            #expect(try await read.json["data"].int == 3)
            #expect(try await stream.body.split(separator: "\n").count == 2)
        }
    }

    @Test func whatNeverComesIsRefused() async throws {
        try await withServer { server in
            for query in ["blocks?at_least=18446744073709551615", "blocks?at_least=-1", "node?at_least=1"] {
                let answer = try await server.get("/v1/" + query)
                #expect(answer.problem == "bad-parameter", "\(query)")
            }
        }
    }

    /// A server that stops answers those that wait.
    @Test func waitingEndsWithTheNode() async throws {
        try await withServer { server in
            async let read = server.get("/v1/records/9?at_least=9")
            await server.node.shutdown()
            let answer = try await read
            #expect(answer.status == 504 && answer.problem == "behind")
            #expect(answer.headers.first(name: "retry-after") == "1")
            #expect(answer.json["tree_size"].int == 0)
        }
    }
}
