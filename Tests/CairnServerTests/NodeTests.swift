import CairnHash
import CairnLedger
import CairnNode
import CairnServer
import NIOHTTP1
import Testing

struct NodeTests {
    @Test func validation() async throws {
        try await withServer(demo: true) { server in
            for number in 0..<3 { try await server.append("\(number)") }
            let good = try await server.get("/v1/validate").json
            #expect(good["valid"] == .bool(true))
            #expect(good["blocks"].int == 4 && good["records"].int == 3)
            #expect(good["execution_time"].double != nil)
            #expect(good["failed_block"] == .null && good["reason"] == .null)
            #expect(try await server.get("/v1/validate?from=2&to=2").json["blocks"].int == 1)
            #expect(try await server.get("/v1/validate?from=3&to=2").problem == "bad-parameter")

            let damaged = try await server.post("/v1/tamper", "", type: nil).json["block_index"]
            let bad = try await server.get("/v1/validate").json
            #expect(bad["valid"] == .bool(false))
            #expect(bad["failed_block"] == damaged)
            #expect(bad["reason"].text?.isEmpty == false)
        }
    }

    @Test func validationAsEvents() async throws {
        try await withServer { server in
            for number in 0..<3 { try await server.append("\(number)") }
            for accept in ["text/event-stream", "application/json, Text/Event-Stream;q=0.5"] {
                let answer = try await server.get("/v1/validate?to=2", headers: [("accept", accept)])
                #expect(answer.status == 200)
                #expect(answer.contentType == "text/event-stream")
                #expect(answer.body.hasPrefix("event: result\ndata: {\"valid\":true,\"blocks\":3,"))
                #expect(answer.body.hasSuffix("}\n\n"))
            }
            let refused = try await server.get("/v1/validate?to=9", headers: [("accept", "text/event-stream")])
            #expect(refused.status == 404)
            #expect(
                try await server.get("/v1/validate", headers: [("accept", "*/*")]).contentType == "application/json")
        }
    }

    @Test func tamperingNeedsADemo() async throws {
        try await withServer { server in
            try await server.append("1")
            let answer = try await server.post("/v1/tamper", "", type: nil)
            #expect(answer.status == 403)
            #expect(answer.problem == "not-a-demo")
            #expect(try await server.get("/v1/validate").json["valid"] == .bool(true))
        }
    }

    @Test func node() async throws {
        try await withServer { server in
            try await server.append("1")
            let node = try await server.get("/v1/node").json
            let status = server.node.status
            #expect(node["name"].text == status.name)
            #expect(node["chain"].text == status.chain.description)
            #expect(node["key"].text == status.key.description)
            #expect(node["head"]["index"].int == 1 && node["head"]["tree_size"].int == 1)
            #expect(node["epoch"].int == 0 && node["fault_model"].text == "majority")
            #expect(node["members"].array?.count == 1)
            #expect(node["members"].array?[0]["key"].text == status.key.description)
            #expect(node["members"].array?[0]["power"].int == 1)
            #expect(node["ready"] == .bool(true) && node["reason"] == .null)
            #expect(node["demo"] == .bool(false))
            #expect(node["role"].text == "member" && node["vote"].text == "votes" && node["lost_vote"] == .null)
            #expect(node["links"].int == 0 && node["listen"] == .null && node["evidence"] == .array([]))
            let ready = try await server.get("/readyz").json
            #expect(ready["ready"] == .bool(true) && ready["reason"] == .null)
            #expect(ready["obstacles"] == .array([]) && ready["warnings"] == .array([]))
            #expect(ready["role"].text == "member" && ready["epoch"].int == 0 && ready["links"].int == 0)
            #expect(try await server.get("/healthz").json == .object(["alive": .bool(true)]))
        }
    }

    @Test func metrics() async throws {
        try await withServer { server in
            try await server.appendBatch(["1", "2"])
            _ = try await server.get("/v1/records/1")
            _ = try await server.get("/v1/records/9")
            _ = try await server.get("/nothing")
            let answer = try await server.get("/metrics")
            #expect(answer.contentType == "text/plain; version=0.0.4; charset=utf-8")
            for line in [
                "cairn_head_block_index 1", "cairn_records 2", "cairn_appended_records_total 2", "cairn_ready 1",
                "cairn_votes 1", "cairn_epoch 0", "cairn_members 1", "cairn_links 0", "cairn_evidence 0",
                #"cairn_http_requests_total{method="POST",route="/v1/records",status="201"} 1"#,
                #"cairn_http_requests_total{method="GET",route="/v1/records/{number}",status="200"} 1"#,
                #"cairn_http_requests_total{method="GET",route="/v1/records/{number}",status="404"} 1"#,
                #"cairn_http_requests_total{method="any",route="none",status="404"} 1"#,
            ] {
                #expect(answer.body.contains(line + "\n"), "\(line)")
            }
        }
    }
}
