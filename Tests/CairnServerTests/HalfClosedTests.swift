import CairnLedger
import CairnNode
import CairnServer
import NIOCore
import Testing

/// A client that has sent all it wants to say may close its side, and reads on (RFC 9112, section 9.6).
struct HalfClosedTests {
    private static let keep = "Host: localhost\r\n\r\n"

    private func post(_ body: String) -> String {
        "POST /v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// Sends all, closes, and returns what comes.
    private func exchange(_ server: TestServer, _ text: String) async throws -> String {
        let connection = try await RawConnection(to: server.address.port)
        try await connection.send(text)
        do {
            try await connection.closeOutput()
        } catch ChannelError.alreadyClosed {
            // The server was quicker: it has answered, and closed after its answer.
        }
        return await connection.readToEnd()
    }

    private func statuses(_ answer: String) -> [Substring] {
        answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
    }

    @Test("D1: what was asked before the client closed its side is answered")
    func requests() async throws {
        try await withServer { server in
            #expect(try await self.statuses(self.exchange(server, self.post("1"))) == ["201"])
            #expect(server.node.head.treeSize == 1)
            for path in [
                "/healthz", "/v1/validate", "/v1/records", "/v1/records/0/tlog-proof", "/", "/metrics", "/nowhere",
            ] {
                let answer = try await self.exchange(server, "GET \(path) HTTP/1.1\r\n\(Self.keep)")
                #expect(self.statuses(answer) == [path == "/nowhere" ? "404" : "200"], "\(path)")
            }
            let events = try await self.exchange(
                server, "GET /v1/validate HTTP/1.1\r\nAccept: text/event-stream\r\n\(Self.keep)")
            #expect(events.contains("event: result\n") && events.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test("D1: all requests of a pipeline are answered, in order")
    func pipelines() async throws {
        try await withServer { server in
            var text = ""
            for number in 0..<30 {
                text += self.post("\(number)") + "GET /v1/records/\(number) HTTP/1.1\r\n\(Self.keep)"
            }
            let answer = try await self.exchange(server, text)
            #expect(self.statuses(answer) == Array(repeating: ["201", "200"], count: 30).flatMap { $0 })
        }
    }

    @Test("D1: half a request is answered with what it is")
    func halfRequests() async throws {
        try await withServer { server in
            let halves: [String] = [
                String(self.post("123").dropLast()), String(self.post("1").dropLast(3)),
                "GET /healthz HTTP/1.1\r\nHost: loc",
                "POST /v1/records HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                    + "Content-Type: application/json\r\n\r\n3\r\n[1]",
            ]
            for half in halves {
                let alone = try await self.exchange(server, half)
                #expect(self.statuses(alone) == ["400"], "\(half)")
                let behind = try await self.exchange(server, self.post("1") + half)
                #expect(self.statuses(behind) == ["201", "400"], "\(half)")
            }
            let nothing = try await self.exchange(server, "")
            #expect(nothing.isEmpty)
        }
    }

    @Test("D1: a long answer comes whole")
    func longAnswers() async throws {
        try await withServer { server in
            let large = "\"" + String(repeating: "x", count: 60_000) + "\""
            for _ in 0..<2 { try await server.appendBatch(Array(repeating: large, count: 60)) }
            for request in [
                "GET /v1/records?limit=60 HTTP/1.1\r\n\(Self.keep)",
                "GET /v1/records HTTP/1.1\r\nAccept: application/x-ndjson\r\n\(Self.keep)",
                "GET /blocks HTTP/1.0\r\n\(Self.keep)",
            ] {
                let answer = try await self.exchange(server, request)
                #expect(answer.utf8.count > 60 * 60_000)
                #expect(answer.hasSuffix("}") || answer.hasSuffix("]") || answer.hasSuffix("0\r\n\r\n"))
            }
        }
    }
}
