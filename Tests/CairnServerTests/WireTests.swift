import CairnLedger
import CairnNode
import CairnServer
import Foundation
import NIOHTTP1
import Testing

/// HTTP as bytes: what a client library would never send, or never show.
struct WireTests {
    private static let close = "Host: localhost\r\nConnection: close\r\n\r\n"
    private static let keep = "Host: localhost\r\n\r\n"

    private func post(_ body: String, _ more: String = "", close: Bool = true) -> String {
        "POST /v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\(more)"
            + (close ? "Connection: close\r\n" : "") + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test func splitIntoBytes() async throws {
        try await withServer { server in
            let connection = try await RawConnection(to: server.address.port)
            for byte in self.post(#"{"a":"é"}"#).utf8 { try await connection.send(byte: byte) }
            let answer = await connection.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 201 Created\r\n"))
            #expect(try server.node.record(0).record.text == #"{"a":"é"}"#)
        }
    }

    @Test func chunks() async throws {
        try await withServer { server in
            let answer = try await server.exchange(
                "POST /v1/records HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\(Self.close)",
                "3\r\n[1,\r\n", "2;x=y\r\n2]\r\n", "0\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 201 Created\r\n"))
            #expect(try server.node.record(0).record.text == "[1,2]")
        }
    }

    @Test func endlessChunks() async throws {
        try await withServer { server in
            let connection = try await RawConnection(to: server.address.port)
            try await connection.send(
                "POST /v1/records HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\(Self.keep)"
            )
            let chunk = "10000\r\n" + String(repeating: " ", count: 0x10000) + "\r\n"
            for _ in 0..<9 { try? await connection.send(chunk) }
            let answer = await connection.read(until: "}")
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.contains("connection: close\r\n"))
            try? await connection.close()
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await withServer { server in
            var text = ""
            for number in 0..<50 {
                text += self.post("\(number)", close: false)
                text += "GET /v1/records/\(number) HTTP/1.1\r\n\(Self.keep)"
                text += "GET /healthz HTTP/1.1\r\n\(Self.keep)"
            }
            let answer = try await server.exchange(text + "GET /v1/node HTTP/1.1\r\n\(Self.close)")
            let statuses = answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
            #expect(statuses == Array(repeating: ["201", "200", "200"], count: 50).flatMap { $0 } + ["200"])
            #expect(server.node.head.treeSize == 50)
        }
    }

    /// Deep recursion would end the process.
    @Test func thousandsOfRequestsBehindASlowOne() async throws {
        try await withServer { server in
            let many = String(repeating: "GET /healthz HTTP/1.1\r\nHost:localhost\r\n\r\n", count: 5_000)
            let answer = try await server.exchange(
                self.post("1", close: false) + many + "GET /healthz HTTP/1.1\r\n\(Self.close)")
            #expect(answer.split(separator: "HTTP/1.1 ").count == 5_002)
        }
    }

    @Test func head() async throws {
        try await withServer { server in
            try await server.append("1")
            for path in ["/v1/records/0", "/healthz", "/v1/records/7", "/"] {
                let got = try await server.get(path)
                let head = try await server.send(.HEAD, path)
                #expect(head.status == got.status)
                #expect(head.body.isEmpty)
                #expect(head.contentType == got.contentType)
                #expect(head.headers.first(name: "content-length") == got.headers.first(name: "content-length"))
            }
            // Bytes behind the headers would be taken for the next answer.
            let raw = try await server.exchange(
                "HEAD / HTTP/1.1\r\n\(Self.keep)HEAD /v1/node HTTP/1.1\r\n\(Self.keep)GET /healthz HTTP/1.1\r\n\(Self.close)"
            )
            #expect(raw.components(separatedBy: "\r\n\r\nHTTP/1.1 200").count == 3)
        }
    }

    @Test func optionsAndMethods() async throws {
        try await withServer { server in
            let options = try await server.send(.OPTIONS, "/v1/records")
            #expect(options.status == 204)
            #expect(options.headers.first(name: "allow") == "POST, GET, HEAD, OPTIONS")
            #expect(options.headers.first(name: "access-control-allow-origin") == nil)
            let delete = try await server.send(.DELETE, "/v1/records/1")
            #expect(delete.status == 405)
            #expect(delete.problem == "method-not-allowed")
            #expect(delete.headers.first(name: "allow") == "GET, HEAD, OPTIONS")
            #expect(try await server.send(.GET, "/mineBlock").status == 405)
            let star = try await server.exchange("OPTIONS * HTTP/1.1\r\n\(Self.close)")
            #expect(star.hasPrefix("HTTP/1.1 204 "))
        }
    }

    @Test(arguments: [
        "/v2/records", "/v1", "/v1/", "/v1/records/", "/v1/records/1/", "/v1//records", "/V1/records", "/..",
    ])
    func unknownPaths(path: String) async throws {
        try await withServer { server in
            let answer = try await server.exchange("GET \(path) HTTP/1.1\r\n\(Self.close)")
            #expect(answer.hasPrefix("HTTP/1.1 404 "))
            #expect(answer.contains("urn:cairn:problem:no-such-route"))
        }
    }

    @Test(arguments: ["/v1/n%6fde", "/%76%31/node", "http://localhost/v1/node", "HTTPS://localhost:1/v1/node"])
    func spellingsOfAPath(path: String) async throws {
        try await withServer { server in
            let answer = try await server.exchange("GET \(path) HTTP/1.1\r\n\(Self.close)")
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test(arguments: ["/v1%2Fnode", "/v1/records%2f0"])
    func anEncodedSlashSeparatesNothing(path: String) async throws {
        try await withServer { server in
            let answer = try await server.exchange("GET \(path) HTTP/1.1\r\n\(Self.close)")
            #expect(answer.hasPrefix("HTTP/1.1 404 "))
        }
    }

    @Test(arguments: ["/v1/records/%", "/v1/records/%f", "/v1/records/%gg", "/v1/records/%ff"])
    func percentSignsThatMeanNothing(path: String) async throws {
        try await withServer { server in
            let answer = try await server.exchange("GET \(path) HTTP/1.1\r\n\(Self.close)")
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            #expect(answer.contains("urn:cairn:problem:bad-target"))
        }
    }

    @Test(arguments: [
        "nonsense\r\n\r\n", "GET /healthz HTTP/9.9\r\n\r\n", "GET /healthz HTTP/1.1\r\nBad Header: 1\r\n\r\n",
        "POST /v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        "POST /v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12",
        "POST /v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /healthz HTTP/1.1\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
    ])
    func malformed(request: String) async throws {
        try await withServer { server in
            let connection = try await RawConnection(to: server.address.port)
            try await connection.send(request)
            let answer = await connection.read(until: "}")
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            #expect(answer.contains("content-type: application/problem+json\r\n"))
            #expect(answer.contains("urn:cairn:problem:bad-http"))
            try? await connection.close()
        }
    }

    @Test func malformedBehindAGoodOne() async throws {
        try await withServer { server in
            let connection = try await RawConnection(to: server.address.port)
            try await connection.send(self.post("1", close: false) + "nonsense\r\n\r\n")
            let answer = await connection.read(until: "bad-http")
            #expect(answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) } == ["201", "400"])
            try? await connection.close()
            #expect(server.node.head.treeSize == 1)
        }
    }

    @Test func largeHeaders() async throws {
        try await withServer { server in
            for headers in [
                "X: " + String(repeating: "x", count: 20_000) + "\r\n",
                String(repeating: "X: " + String(repeating: "x", count: 1_000) + "\r\n", count: 40),
                String(repeating: "X: y\r\n", count: 150),
            ] {
                let connection = try await RawConnection(to: server.address.port)
                try await connection.send("GET /healthz HTTP/1.1\r\n\(headers)\(Self.close)")
                let answer = await connection.read(until: "}")
                #expect(answer.hasPrefix("HTTP/1.1 431 "))
                try? await connection.close()
            }
        }
    }

    @Test func aBodyIsAskedForOnlyWhenItIsWanted() async throws {
        try await withServer { server in
            let connection = try await RawConnection(to: server.address.port)
            try await connection.send(
                "POST /v1/records HTTP/1.1\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\(Self.close)"
            )
            #expect(await connection.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try await connection.send("1")
            #expect(await connection.readToEnd().hasPrefix("HTTP/1.1 201 "))

            for (expectation, type, length, status) in [
                ("100-continue", "application/json", 99_999_999, "413"), ("100-continue", "text/plain", 1, "415"),
                ("200-maybe", "application/json", 1, "417"),
            ] {
                let refused = try await RawConnection(to: server.address.port)
                try await refused.send(
                    "POST /v1/records HTTP/1.1\r\nContent-Type: \(type)\r\nExpect: \(expectation)\r\nContent-Length: \(length)\r\n\(Self.keep)"
                )
                let answer = await refused.read(until: "}")
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
                #expect(answer.contains("connection: close\r\n"))
                try? await refused.close()
            }
        }
    }

    @Test func aSmallRefusedBodyKeepsTheConnection() async throws {
        try await withServer { server in
            let answer = try await server.exchange(
                "POST /v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
                "GET /healthz HTTP/1.1\r\nContent-Length: 3\r\n\(Self.keep)abc",
                "GET /healthz HTTP/1.1\r\n\(Self.close)")
            #expect(answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) } == ["415", "200", "200"])
        }
    }

    @Test func oldHTTP() async throws {
        try await withServer { server in
            try await server.append("1")
            let one = try await server.exchange("GET /v1/records/0 HTTP/1.0\r\n\r\n")
            #expect(one.hasPrefix("HTTP/1.1 200 ") && one.contains("connection: close\r\n"))
            let stream = try await server.exchange("GET /blocks HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(!stream.contains("chunked") && stream.hasSuffix("}]"))
            let kept = try await server.exchange(
                "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /healthz HTTP/1.0\r\n\r\n")
            #expect(kept.contains("connection: keep-alive\r\n"))
            #expect(kept.split(separator: "HTTP/1.1 ").count == 2)
        }
    }

    @Test func aClientThatLeavesAStream() async throws {
        try await withServer { server in
            let large = "\"" + String(repeating: "x", count: 60_000) + "\""
            for _ in 0..<4 { try await server.appendBatch(Array(repeating: large, count: 60)) }
            for _ in 0..<5 {
                let connection = try await RawConnection(to: server.address.port)
                try await connection.send("GET /v1/records HTTP/1.1\r\nAccept: application/x-ndjson\r\n\(Self.keep)")
                _ = await connection.read(until: "200 OK")
                try await connection.close()
            }
            let all = try await server.get("/v1/records", headers: [("accept", "application/x-ndjson")])
            #expect(all.body.utf8.count > 240 * 60_000)
        }
    }

    @Test func damageInAStreamBreaksItOff() async throws {
        try await withServer(demo: true) { server in
            let large = "\"" + String(repeating: "x", count: 60_000) + "\""
            try await server.append(large)
            for _ in 0..<3 { try await server.append(large) }
            _ = try await server.post("/v1/tamper", "", type: nil)
            let answer = try await server.exchange(
                "GET /v1/records HTTP/1.1\r\nAccept: application/x-ndjson\r\n\(Self.close)")
            // Damage in the first piece is an error, later the connection ends without the last chunk.
            #expect(answer.hasPrefix("HTTP/1.1 500 ") || !answer.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func tooManyConnections() async throws {
        try await withServer(connectionsMax: 1) { server in
            let first = try await RawConnection(to: server.address.port)
            try await first.send("GET /healthz HTTP/1.1\r\n\(Self.keep)")
            _ = await first.read(until: "}")
            // The one that has no request makes room.
            let second = try await RawConnection(to: server.address.port)
            try await second.send("GET /healthz HTTP/1.1\r\n\(Self.keep)")
            #expect(await second.read(until: "}").contains("200 OK"))
            #expect(await first.readToEnd().isEmpty)
            try await second.close()
        }
    }
}
