import CairnHash
import CairnLedger
import CairnNode
import NIOHTTP1
import Testing

struct TileRouteTests {
    @Test func checkpoint() async throws {
        try await withServer { server in
            let empty = try await server.get("/checkpoint")
            #expect(empty.status == 200)
            #expect(empty.contentType == "text/plain; charset=utf-8")
            #expect(empty.headers.first(name: "cache-control") == "max-age=1")
            let policy = try server.node.trustPolicy()
            #expect(try policy.verify(SignedCheckpoint(parsing: empty.body.utf8)).cosignatures.count == 1)

            try await server.appendBatch(["1", "2", "3"])
            let proof = try await server.get("/v1/records/2/tlog-proof")
            #expect(proof.contentType == "text/plain; charset=utf-8")
            let parsed = try TLogProof(parsing: proof.body.utf8)
            _ = try parsed.verify(leafHash: Record(json: "3").leafHash, policy: policy)
            let now = try SignedCheckpoint(parsing: try await server.get("/checkpoint").body.utf8)
            #expect(now.checkpoint == parsed.checkpoint.checkpoint)
            #expect(try await server.get("/v1/records/3/tlog-proof").problem == "no-such-record")
        }
    }

    @Test func tiles() async throws {
        try await withServer { server in
            try await server.appendBatch((0..<300).map(String.init))
            let leaves = try (0..<300).map { try Record(json: String($0)).leafHash }
            for (path, range) in [("0/000", 0..<256), ("0/000.p/17", 0..<17), ("0/001.p/44", 256..<300)] {
                // The second time it comes from memory.
                for _ in 0..<2 {
                    let bytes = try await server.bytes("/tile/" + path)
                    #expect(bytes == leaves[range].flatMap(\.bytes), "\(path)")
                }
            }
            #expect(
                try await server.bytes("/tile/1/000.p/1") == MerkleTree(leaves[..<256]).root(at: 256).bytes)
            let entries = try await server.bytes("/tile/entries/001.p/2")
            #expect(entries == [0, 3] + Array("256".utf8) + [0, 3] + Array("257".utf8))
            let answer = try await server.get("/tile/0/000.p/1")
            #expect(answer.contentType == "application/octet-stream")
            #expect(answer.headers.first(name: "cache-control") == "public, max-age=31536000, immutable")
            let head = try await server.send(.HEAD, "/tile/0/000")
            #expect(head.headers.first(name: "content-length") == "8192")
        }
    }

    @Test(arguments: [
        "0/001", "0/001.p/45", "1/000", "1/000.p/2", "2/000.p/1", "0/x001/000", "entries/001", "entries/002.p/1", "0/0",
        "0/000.p/256", "x/000", "0/../0/000", "", "0/000.p/1?x", "64/000",
    ])
    func whatIsNoTile(path: String) async throws {
        try await withServer { server in
            try await server.appendBatch((0..<300).map(String.init))
            let answer = try await server.get("/tile/" + path)
            if path.hasSuffix("?x") {
                #expect(answer.problem == "bad-parameter")
            } else {
                #expect(answer.status == 404)
                #expect(answer.problem == "no-such-tile")
                #expect(answer.headers.first(name: "cache-control") == nil)
            }
        }
    }

    @Test func noteKeys() async throws {
        try await withServer { server in
            let json = try await server.get("/v1/note-keys").json
            #expect(json["origin"].text == "test.example/ledger")
            #expect(json["chain"].text == server.node.chain.description)
            let keys = try #require(server.node.noteKeys.first)
            let member = json["members"][0]
            #expect(member["log_key"].text == keys.log.description)
            #expect(member["cosigner_key"].text == keys.cosigner.description)
            #expect(member["signature"].text == Hex.encode(keys.signature.bytes))
            #expect(keys.isValid(chain: server.node.chain))
        }
    }
}
