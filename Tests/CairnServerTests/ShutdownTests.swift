import CairnLedger
import CairnNode
import CairnServer
import Testing

struct ShutdownTests {
    private static let keep = "Host: localhost\r\n\r\n"

    @Test(arguments: [2, 0])
    func requestsInFlightAreAnswered(threads: Int) async throws {
        try await withServer(threads: threads) { server in
            let busy = try await RawConnection(to: server.address.port)
            try await busy.send(
                "POST /v1/records HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\(Self.keep)")
            try await busy.send("1")
            let idle = try await RawConnection(to: server.address.port)
            try await idle.send("GET /healthz HTTP/1.1\r\n\(Self.keep)")
            _ = await idle.read(until: "}")

            async let stopped: Void = server.server.stop()
            #expect(await idle.readToEnd().isEmpty)
            try await busy.send("2")
            let answer = await busy.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 201 ") && answer.contains("connection: close\r\n"))
            await stopped
            #expect(try server.node.record(0).record.text == "12")
            await #expect(throws: (any Error).self) { _ = try await RawConnection(to: server.address.port) }
        }
    }

    @Test func runEndsWithItsTask() async throws {
        var configuration = ServerConfiguration()
        configuration.port = 0
        let node = try makeTestNode()
        let server = HTTPServer(node: node, configuration: configuration, logger: quietLogger)
        try await server.start()
        let task = Task { try await server.run() }
        task.cancel()
        try await task.value
        await node.shutdown()
    }

    @Test func anAddressThatIsTaken() async throws {
        try await withServer { server in
            var configuration = ServerConfiguration()
            configuration.port = server.address.port
            let second = HTTPServer(node: server.node, configuration: configuration, logger: quietLogger)
            await #expect {
                try await second.run()
            } throws: { error in
                "\(error)".hasPrefix("can't listen on 127.0.0.1, port \(server.address.port): ")
            }
            configuration.port = 70_000
            let third = HTTPServer(node: server.node, configuration: configuration, logger: quietLogger)
            await #expect(throws: ServerError.badPort(70_000)) { try await third.run() }
        }
    }
}
