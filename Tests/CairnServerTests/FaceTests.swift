import CairnHash
import CairnLedger
import CairnNode
import CairnServer
import Foundation
import NIOHTTP1
import Testing

/// The requests of the originals' own descriptions, and answers of the same names and types.
struct FaceTests {
    private func hash(_ server: TestServer, _ index: BlockIndex) throws -> JSON {
        .text(try server.node.block(index).block.header.hash.description)
    }

    // MARK: API Star

    @Test(arguments: ["", "/faces/apistar"])
    func apiStar(prefix: String) async throws {
        try await withServer { server in
            let type = prefix.isEmpty ? "application/x-www-form-urlencoded" : "application/json"
            let block = try await server.post(prefix + "/block", #"{"foo": ["bar", 1]}"#, type: type)
            #expect(block.status == 200)
            #expect(block.contentType == "application/json")
            #expect(block.json.names == ["index", "timestamp", "data", "previous_hash", "hash"])
            #expect(block.json["index"].int == 1)
            #expect(block.json["data"] == .object(["foo": .array([.text("bar"), .number(1)])]))
            #expect(block.json["hash"] == (try self.hash(server, 1)))
            let read = try await server.get("/v1/records/0").json["data"]
            #expect(read == block.json["data"])

            try await server.appendBatch(["1", "\"two\""])
            let chain = try await server.get(prefix.isEmpty ? "/" : prefix)
            #expect(chain.contentType == "application/json")
            #expect(chain.json.names == ["length", "chain"])
            #expect(chain.json["length"].int == 3)
            let blocks = try #require(chain.json["chain"].array)
            #expect(blocks.map { $0["index"].int } == [0, 1, 2])
            #expect(blocks[0]["data"].text == server.node.genesisSettings.message)
            #expect(blocks[1] == block.json)
            #expect(blocks[2]["data"] == .array([.number(1), .text("two")]))
            for position in 1..<3 { #expect(blocks[position]["previous_hash"] == blocks[position - 1]["hash"]) }
            #expect(blocks[0]["timestamp"].text?.hasPrefix("20") == true)
        }
    }

    @Test func apiStarValidation() async throws {
        try await withServer(demo: true) { server in
            for number in 0..<3 { _ = try await server.post("/block", "\(number)") }
            let good = try await server.get("/validate").json
            #expect(good.names == ["valid", "execution_time"])
            #expect(good["valid"] == .bool(true))
            #expect(good["execution_time"].double.map { $0 >= 0 } == true)
            let tampered = try await server.get("/tamper").json
            #expect(tampered.names == ["index", "timestamp", "data", "previous_hash", "hash"])
            let bad = try await server.get("/faces/apistar/validate").json
            #expect(bad.names == ["valid", "execution_time", "failed_block"])
            #expect(bad["valid"] == .bool(false))
            #expect(bad["failed_block"].names == tampered.names)
            #expect(bad["failed_block"]["index"] == tampered["index"])
            // B3: what was altered is shown nowhere.
            #expect(tampered["data"] == .null && bad["failed_block"]["data"] == .null)
            let block = try await server.get("/v1/blocks/\(tampered["index"].int ?? 0)?records=true")
            #expect(block.status == 500 && block.json["block"] == tampered["index"])
        }
    }

    @Test func apiStarErrors() async throws {
        try await withServer { server in
            try await server.append("1")
            let answer = try await server.get("/tamper")
            #expect(answer.status == 403)
            #expect(answer.json.names == ["message"])
            let bad = try await server.post("/block", "{")
            #expect(bad.status == 400)
            #expect(bad.json.names == ["message"])
            #expect(server.node.head.treeSize == 1)
        }
    }

    // MARK: PyNaiveChain

    @Test(arguments: ["", "/faces/pynaivechain"])
    func pyNaiveChain(prefix: String) async throws {
        try await withServer { server in
            let added = try await server.post(
                prefix + "/data", #"{"data": "Testing String Again"}"#, headers: [("Cache-Control", "no-cache")])
            #expect(added.status == 200)
            #expect(added.contentType == "application/json")
            #expect(added.json == .object(["status": .text("OK"), "data": .bool(true)]))
            let read = try await server.get("/v1/records/0").json["data"]
            #expect(read == .text("Testing String Again"))

            let data = try await server.get(prefix + "/data").json
            #expect(data.names == ["status", "data"])
            #expect(data["status"] == .text("OK"))
            let blocks = try #require(data["data"].array)
            #expect(blocks.count == 2)
            for block in blocks { #expect(block.names == ["index", "previous_hash", "data", "curr_hash"]) }
            #expect(blocks[1]["index"].int == 1)
            #expect(blocks[1]["data"] == .text("\"Testing String Again\""))
            #expect(blocks[1]["previous_hash"] == blocks[0]["curr_hash"])
            #expect(blocks[0]["data"] == .text("\"\(server.node.genesisSettings.message)\""))

            let node = try await server.get(prefix + "/node").json
            #expect(node["status"] == .text("OK"))
            #expect(node["data"].names == ["peer_id", "data_count", "health", "rpc_port", "age"])
            #expect(node["data"]["peer_id"] == .text(server.node.status.key.description))
            #expect(node["data"]["data_count"].int == 2)
            #expect(node["data"]["health"] == .bool(true))
            #expect(node["data"]["rpc_port"] == .text("\(server.address.port)"))
            let age = try #require(node["data"]["age"].text)
            #expect(age.wholeMatch(of: /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}/) != nil)

            let peers = try await server.get(prefix + "/peers").json
            #expect(peers == .object(["status": .text("OK"), "data": .object([:])]))
            // The test's node has no links.
            let peer = try await server.post(prefix + "/peers", #"{"peer_host":"127.0.0.1","peer_port":9803}"#)
            #expect(peer.status == 409)
            #expect(peer.json.names == ["status", "message"])
            #expect(try await server.post(prefix + "/peers", #"{"peer_id":"x"}"#).status == 400)
        }
    }

    @Test(arguments: ["{}", "[]", "1", "", "{\"data\":}", #"{"data":1e400}"#])
    func pyNaiveChainErrors(body: String) async throws {
        try await withServer { server in
            let answer = try await server.post("/data", body)
            #expect(answer.status == 400)
            #expect(answer.contentType == "application/json")
            #expect(answer.json["status"] == .text("ERROR"))
            #expect(answer.json["message"].text?.isEmpty == false)
        }
    }

    // MARK: naivechain

    @Test(arguments: ["", "/faces/naivechain"])
    func naivechain(prefix: String) async throws {
        try await withServer { server in
            // As curl sends it: the header's name in its own case.
            let mined = try await server.post(
                prefix + "/mineBlock", #"{"data" : "Some data to the first block"}"#, type: nil,
                headers: [("Content-type", "application/json")])
            #expect(mined.status == 200)
            #expect(mined.body.isEmpty)
            let blocks = try #require(try await server.get(prefix + "/blocks").json.array)
            #expect(blocks.count == 2)
            for block in blocks { #expect(block.names == ["index", "previousHash", "timestamp", "data", "hash"]) }
            #expect(blocks[1]["data"] == .text("Some data to the first block"))
            #expect(blocks[1]["previousHash"] == blocks[0]["hash"])
            let seconds = Double(server.node.head.timestamp.microseconds) / 1e6
            #expect(blocks[1]["timestamp"].double == seconds)

            let peer = try await server.post(prefix + "/addPeer", #"{"peer" : "ws://localhost:6001"}"#)
            // The test's node has no links.
            #expect(peer.status == 409)
            #expect(peer.json.names == ["error"])
            #expect(try await server.post(prefix + "/addPeer", #"{"peer":"ws://"}"#).status == 400)
        }
    }

    @Test func naivechainPeersAndErrors() async throws {
        try await withServer { server in
            let peers = try await server.get("/faces/naivechain/peers")
            #expect(peers.json == .array([]))
            #expect(try await server.get("/blocks?t=1234").status == 200)
            #expect(try await server.post("/mineBlock", #"{"data":1}"#, type: "text/plain").status == 415)
            #expect(try await server.post("/mineBlock", "{}").json.names == ["error"])
        }
    }

    /// A wrapped record may be as large, and nest as deep, as any other.
    @Test func wrappedRecordsOfAllSizes() async throws {
        try await withServer { server in
            let large = "\"" + String(repeating: "x", count: 65_533) + "\""
            let deep =
                String(repeating: "[", count: Limits.nestingMax) + String(repeating: "]", count: Limits.nestingMax)
            for data in [large, deep] {
                let mined = try await server.post("/mineBlock", "{\"data\":\(data)}")
                #expect(mined.status == 200)
                #expect(try await server.post("/data", "{\"data\":\(data)}").status == 200)
            }
            #expect(try await server.post("/data", "{\"data\":[\(deep)]}").status == 400)
            #expect(try await server.post("/data", "{\"data\":[\(large)]}").status == 413)
        }
    }

    @Test func longChainsStream() async throws {
        try await withServer { server in
            for number in 0..<300 {
                try await server.append("{\"n\":\(number),\"x\":\"\(String(repeating: "y", count: 500))\"}")
            }
            let chain = try await server.get("/")
            #expect(chain.headers.first(name: "transfer-encoding") == "chunked")
            #expect(chain.json["chain"].array?.map { $0["index"].int } == (0...300).map { $0 })
            #expect(try await server.get("/blocks").json.array?.count == 301)
        }
    }

    // MARK: Explorer

    @Test func theExplorerIsForBrowsers() async throws {
        try await withServer { server in
            let page = try await server.get(
                "/", headers: [("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")])
            #expect(page.contentType == "text/html; charset=utf-8")
            #expect(page.headers.first(name: "content-security-policy")?.contains("default-src 'none'") == true)
            #expect(page.body.hasPrefix("<!doctype html>"))
            // Nothing from elsewhere, and nothing but the API.
            #expect(!page.body.contains("://") && !page.body.contains("src="))
            for match in page.body.matches(of: /api\(["'`](\/[a-z0-9]*)/) { #expect(match.1 == "/v1") }
            #expect(try await server.get("/", headers: [("accept", "*/*")]).contentType == "application/json")
            #expect(try await server.get("/faces/apistar", headers: [("accept", "text/html")]).json["length"].int == 1)
        }
    }
}
