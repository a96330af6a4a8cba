import CairnHash
import CairnLedger
import CairnNode
import CairnServer
import NIOHTTP1
import Testing

struct RecordTests {
    @Test func record() async throws {
        try await withServer { server in
            try await server.append(#"{"b":[1,"\u20ac"],"a":null}"#)
            let answer = try await server.get("/v1/records/0")
            #expect(answer.status == 200)
            let stored = try server.node.record(0)
            let expected =
                #"{"number":0,"data":{"a":null,"b":[1,"€"]},"leaf_hash":""# + "\(stored.leafHash)"
                + #"","block":{"index":1,"hash":""# + "\(stored.block.hash)" + #"","timestamp":""#
                + "\(stored.block.timestamp)" + #""}}"#
            #expect(answer.body == expected)
        }
    }

    @Test(arguments: ["01", "-1", "1.0", "x", "18446744073709551616", "%201"])
    func numbersThatAreNone(text: String) async throws {
        try await withServer { server in
            let answer = try await server.get("/v1/records/\(text)")
            #expect(answer.status == 400)
            #expect(answer.problem == "bad-parameter")
            #expect(answer.json["parameter"].text == "number")
        }
    }

    @Test func missingThings() async throws {
        try await withServer { server in
            let hash = String(repeating: "a", count: 64)
            for (path, problem) in [
                ("/v1/records/0", "no-such-record"), ("/v1/records/18446744073709551615", "no-such-record"),
                ("/v1/records?from=1", "no-such-record"), ("/v1/blocks/7", "no-such-block"),
                ("/v1/blocks/\(hash)", "no-such-block"), ("/v1/blocks?from=2", "no-such-block"),
                ("/v1/records/0/proof", "no-such-record"), ("/v1/consistency?from=0&to=9", "no-such-tree"),
                ("/v1/validate?to=3", "no-such-block"),
            ] {
                let answer = try await server.get(path)
                #expect(answer.status == 404, "\(path)")
                #expect(answer.problem == problem, "\(path)")
            }
        }
    }

    @Test func pages() async throws {
        try await withServer { server in
            try await server.append("0")
            try await server.appendBatch((1..<250).map(String.init))
            let first = try await server.get("/v1/records").json
            #expect(first["records"].array?.count == 100)
            #expect(first["next"].int == 100)
            let last = try await server.get("/v1/records?from=240&limit=1000").json
            #expect(last["records"].array?.map { $0["data"].int } == (240..<250).map { $0 })
            #expect(last["next"] == .null)
            let end = try await server.get("/v1/records?from=250").json
            #expect(end == .object(["records": .array([]), "next": .null]))
            let one = try await server.get("/v1/records?limit=1&from=1").json
            #expect(one["records"][0]["number"].int == 1)
            #expect(one["next"].int == 2)
        }
    }

    @Test(arguments: [
        "limit=0", "limit=1001", "limit=abc", "from=-1", "form=3", "from=1&from=2", "limit=", "leaf_hash=12",
        "leaf_hash=\(String(repeating: "a", count: 64))&from=1", "from=%zz",
    ])
    func parametersThatAreWrong(query: String) async throws {
        try await withServer { server in
            let answer = try await server.get("/v1/records?\(query)")
            #expect(answer.status == 400)
            #expect(answer.problem == "bad-parameter" || answer.problem == "bad-target")
        }
    }

    @Test func pagesOfLargeRecordsEndEarly() async throws {
        try await withServer { server in
            let large = "\"" + String(repeating: "x", count: 60_000) + "\""
            for _ in 0..<2 { try await server.appendBatch(Array(repeating: large, count: 60)) }
            var next = 0
            var pages = 0
            var count = 0
            while true {
                let page = try await server.get("/v1/records?limit=1000&from=\(next)").json
                count += page["records"].array?.count ?? 0
                pages += 1
                guard let following = page["next"].int else { break }
                #expect(following == count)
                next = following
            }
            #expect(count == 120)
            #expect(pages == 2)
        }
    }

    @Test func lines() async throws {
        try await withServer { server in
            try await server.appendBatch((0..<3_000).map(String.init))
            try await server.append("\"last\"")
            let all = try await server.get("/v1/records", headers: [("accept", "application/x-ndjson")])
            #expect(all.contentType == "application/x-ndjson")
            #expect(all.headers.first(name: "transfer-encoding") == "chunked")
            let lines = all.body.split(separator: "\n").map { JSON(parsing: String($0)) }
            #expect(lines.map { $0["number"].int } == (0...3_000).map { $0 })
            #expect(lines.last?["data"].text == "last")
            #expect(all.body.last == "\n")
            let some = try await server.get(
                "/v1/records?from=10&limit=2500", headers: [("accept", "application/x-ndjson")])
            #expect(some.body.split(separator: "\n").count == 2_500)
            let none = try await server.get("/v1/records?from=3001", headers: [("accept", "application/x-ndjson")])
            #expect(none.status == 200 && none.body.isEmpty)
        }
    }

    @Test func recordsByLeafHash() async throws {
        try await withServer { server in
            for json in ["1", "2", "1"] { try await server.append(json) }
            let hash = try Record(json: "1").leafHash.description
            let found = try await server.get("/v1/records?leaf_hash=\(hash.uppercased())").json
            #expect(found == .object(["leaf_hash": .text(hash), "numbers": .array([.number(0), .number(2)])]))
            let none = try await server.get("/v1/records?leaf_hash=\(String(repeating: "0", count: 64))").json
            #expect(none["numbers"] == .array([]))
        }
    }
}
