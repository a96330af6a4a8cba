import CairnHash
import CairnLedger
import CairnNode
import CairnServer
import NIOHTTP1
import Testing

struct ProofTests {
    @Test func inclusion() async throws {
        try await withServer { server in
            try await server.appendBatch((0..<7).map(String.init))
            for size in [4, 7] {
                let proof = try await server.get("/v1/records/3/proof?tree_size=\(size)").json
                #expect(proof.names == ["number", "leaf_hash", "tree_size", "root", "path"])
                let path = try #require(proof["path"].array).compactMap { $0.text.flatMap { Digest(hex: $0) } }
                let root = try #require(proof["root"].text.flatMap { Digest(hex: $0) })
                let leaf = try Record(json: "3").leafHash
                #expect(proof["leaf_hash"].text == leaf.description)
                #expect(MerkleProof.verifyInclusion(of: leaf, at: 3, in: TreeSize(size), path: path, root: root))
            }
            let now = try await server.get("/v1/records/3/proof").json
            #expect(now["root"].text == server.node.head.treeRoot.description)
            #expect(try await server.get("/v1/records/3/proof?tree_size=3").problem == "no-such-tree")
            #expect(try await server.get("/v1/records/3/proof?tree_size=8").problem == "no-such-tree")
        }
    }

    @Test func consistency() async throws {
        try await withServer { server in
            try await server.appendBatch((0..<7).map(String.init))
            let proof = try await server.get("/v1/consistency?from=3").json
            #expect(proof.names == ["from", "to", "from_root", "to_root", "path"])
            let path = try #require(proof["path"].array).compactMap { $0.text.flatMap { Digest(hex: $0) } }
            let from = try #require(proof["from_root"].text.flatMap { Digest(hex: $0) })
            let to = try #require(proof["to_root"].text.flatMap { Digest(hex: $0) })
            #expect(MerkleProof.verifyConsistency(from: 3, root: from, to: 7, root: to, path: path))
            #expect(try await server.get("/v1/consistency?from=4&to=3").problem == "bad-parameter")
            #expect(try await server.get("/v1/consistency").json["parameter"].text == "from")
        }
    }

    @Test("D3: from no records on, the proof is empty")
    func consistencyFromTheBeginning() async throws {
        try await withServer { server in
            let empty = MerkleFrontier.emptyRoot.description
            func proof(_ query: String) async throws -> JSON { try await server.get("/v1/consistency?\(query)").json }
            let none = try await proof("from=0")
            #expect(none["path"].array == [] && none["from_root"].text == empty && none["to_root"].text == empty)
            try await server.appendBatch((0..<7).map(String.init))
            let all = try await proof("from=0")
            #expect(all["from"].int == 0 && all["to"].int == 7 && all["path"].array == [])
            #expect(all["from_root"].text == empty)
            #expect(all["to_root"].text == server.node.head.treeRoot.description)
            #expect(try await proof("from=0&to=0")["to_root"].text == empty)
            let three = try await proof("from=3")["from_root"]
            #expect(try await proof("from=0&to=3")["to_root"] == three)
            #expect(try await server.get("/v1/consistency?from=0&to=8").problem == "no-such-tree")
            #expect(try await server.get("/v1/consistency?from=1&to=0").problem == "bad-parameter")
        }
    }
}
