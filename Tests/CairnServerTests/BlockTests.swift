import CairnHash
import CairnLedger
import CairnNode
import CairnServer
import NIOHTTP1
import Testing

struct BlockTests {
    @Test func blocks() async throws {
        try await withServer { server in
            try await server.appendBatch(["1", "2"])
            let head = try await server.get("/v1/blocks/head")
            let hash = server.node.headReference.hash.description
            for name in ["1", hash, hash.uppercased()] {
                #expect(try await server.get("/v1/blocks/\(name)").json == head.json)
            }
            let block = head.json
            #expect(
                block.names == [
                    "index", "hash", "timestamp", "previous_hash", "tree_size", "tree_root", "annex_hash", "annex",
                    "proposer", "epoch", "first_record", "record_count", "certificate", "header",
                ])
            #expect(block["index"].int == 1)
            #expect(block["tree_size"].int == 2 && block["first_record"].int == 0 && block["record_count"].int == 2)
            #expect(block["annex"] == .null)
            #expect(block["annex_hash"].text == String(repeating: "0", count: 64))
            #expect(block["certificate"].names == ["epoch", "kind", "view", "votes"])
            #expect(block["certificate"]["kind"].text == "finalise")
            #expect(block["certificate"]["votes"][0]["signature"].text?.count == 128)
            let header = try #require(Hex.decode(block["header"].text ?? ""))
            #expect(header.count == 176)
            #expect(Digest(hashing: header).description == hash)
            #expect(try BlockHeader(decoding: header.span.bytes) == server.node.head)
        }
    }

    @Test func theirOwnBytes() async throws {
        try await withServer { server in
            try await server.appendBatch(["1", "2"])
            let type = "application/octet-stream"
            let head = server.node.headReference
            for name in ["1", head.hash.description, "head"] {
                let bytes = try await server.bytes("/v1/blocks/\(name)", accept: type)
                #expect(try BlockAnswer.decode(bytes.span.bytes) == server.node.block(1))
                let answer = try await server.get("/v1/blocks/\(name)", headers: [("accept", type)])
                #expect(answer.contentType == type)
                #expect(answer.headers.first(name: "etag") == "\"\(head.hash)\"")
                let isForGood = answer.headers.first(name: "cache-control")?.contains("immutable") == true
                #expect(isForGood == (name != "head"))
            }
            let genesis = try await server.bytes("/v1/blocks/0", accept: type)
            #expect(try BlockAnswer.decode(genesis.span.bytes) == server.node.block(0))
        }
    }

    @Test func genesis() async throws {
        try await withServer { server in
            let block = try await server.get("/v1/blocks/genesis").json
            #expect(block["index"].int == 0)
            #expect(block["previous_hash"].text == String(repeating: "0", count: 64))
            #expect(block["annex"]["genesis"]["message"].text == server.node.genesisSettings.message)
            #expect(block["certificate"] == .null)
            let node = try await server.get("/v1/node").json
            #expect(block["hash"] == node["chain"])
        }
    }

    @Test func blockWithRecords() async throws {
        try await withServer { server in
            try await server.append("0")
            try await server.appendBatch([#"{"a":1}"#, "2"])
            let block = try await server.get("/v1/blocks/2?records=true").json
            let leafHash = try Record(json: #"{"a":1}"#).leafHash
            #expect(block["records"][1]["number"].int == 2)
            #expect(block["records"][0]["data"]["a"].int == 1)
            #expect(block["records"][0]["leaf_hash"].text == leafHash.description)
        }
    }

    @Test func blockPages() async throws {
        try await withServer { server in
            for number in 0..<5 { try await server.append("\(number)") }
            let page = try await server.get("/v1/blocks?from=1&limit=2").json
            #expect(page["blocks"].array?.map { $0["index"].int } == [1, 2])
            #expect(page["next"].int == 3)
            let rest = try await server.get("/v1/blocks?from=3").json
            #expect(rest["blocks"].array?.count == 3)
            #expect(rest["next"] == .null)
            #expect(try await server.get("/v1/blocks?from=6").json["blocks"] == .array([]))
        }
    }

    @Test(arguments: ["latest", "-1", "00", "abcdef", "%2e%2e"])
    func namesThatAreNoBlocks(name: String) async throws {
        try await withServer { server in
            let answer = try await server.get("/v1/blocks/\(name)")
            #expect(answer.problem == "bad-parameter")
        }
    }
}
