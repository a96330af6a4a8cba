import CairnLedger
import CairnNode
import Testing

/// A server without threads of its own: the node's deciding one reads and writes HTTP.
struct SharedLoopTests {
    @Test func appendsAndReadsOnTheNodesThread() async throws {
        try await withServer(threads: 0) { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<32 { group.addTask { try await server.append("\(number)") } }
                try await group.waitForAll()
            }
            let lines = (0..<100).map { "\($0)" }
            try await server.appendBatch(lines)
            #expect(server.node.status.head.treeSize == 132)
            #expect(try await server.get("/v1/records/131").status == 200)
            // What takes long is done elsewhere, and comes back.
            let validation = try await server.get("/v1/validate")
            #expect(validation.status == 200 && validation.body.contains("true"))
        }
    }
}
