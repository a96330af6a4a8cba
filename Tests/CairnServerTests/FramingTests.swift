import CairnLedger
import CairnNode
import CairnServer
import Testing

/// Header fields and the framing of bodies, to the letter of RFC 9110 and RFC 9112.
struct FramingTests {
    private func status(_ server: TestServer, _ fields: String, _ body: String = "1") async throws -> String {
        let connection = try await RawConnection(to: server.address.port)
        try await connection.send("POST /v1/records HTTP/1.1\r\n\(fields)\r\n\r\n\(body)")
        let answer = await connection.read(until: "}")
        try? await connection.close()
        return String(answer.dropFirst("HTTP/1.1 ".count).prefix(3))
    }

    @Test(
        "D2: white space around a value is no part of it",
        arguments: [" ", "  ", "\t", " \t ", "\t\t"])
    func whiteSpace(blank: String) async throws {
        try await withServer { server in
            let (host, type) = ("Host: localhost", "Content-Type: application/json")
            for fields in [
                "\(host)\(blank)\r\n\(type)\r\nContent-Length: 1", "\(host)\r\n\(type)\(blank)\r\nContent-Length: 1",
                "\(host)\r\n\(type)\r\nContent-Length: 1\(blank)", "\(host)\r\n\(type)\r\nContent-Length:\(blank)1",
                "\(host)\r\n\(type)\r\nContent-Length: 1\r\nIdempotency-Key: a\(blank)",
                "\(host)\r\n\(type)\r\nContent-Length: 1\r\nIdempotency-Key:\(blank)\"a\"\(blank)",
                "\(host)\r\n\(type)\r\nContent-Length: 1\r\nOrigin: http://localhost\(blank)",
                "\(host)\r\n\(type)\r\nContent-Length: 1\r\nSec-Fetch-Site: same-origin\(blank)",
            ] {
                let status = try await self.status(server, fields)
                #expect(status == "201" || status == "200", "\(fields)")
            }
            let chunked = "\(host)\r\n\(type)\r\nTransfer-Encoding: chunked\(blank)"
            #expect(try await self.status(server, chunked, "1\r\n1\r\n0\r\n\r\n") == "201")
            let closed = try await server.exchange(
                "GET /healthz HTTP/1.1\r\n\(host)\r\nConnection: close\(blank)\r\n\r\n")
            #expect(closed.contains("connection: close\r\n"))
        }
    }

    @Test("D2: fields that come in pieces")
    func whiteSpaceInPieces() async throws {
        try await withServer { server in
            let request =
                "POST /v1/records HTTP/1.1\r\nHost:\tlocalhost\t\r\nContent-Type: application/json\t \r\nContent-Length: 7\t\r\n\r\n"
                + "\"a\\t\tb\""
            let connection = try await RawConnection(to: server.address.port)
            for byte in request.utf8 { try await connection.send(byte: byte) }
            // In the body, a tab is a tab: not allowed in a text.
            let answer = await connection.read(until: "}")
            #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("bad-json"))
            try await connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection:\tclose\t\r\n\r\n")
            #expect(await connection.readToEnd().hasSuffix(#"{"alive":true}"#))
        }
    }

    @Test("a tab in a request line separates nothing", arguments: ["GET\t/healthz HTTP/1.1", "GET\t/a:b HTTP/1.1"])
    func tabsInTheRequestLine(line: String) async throws {
        try await withServer { server in
            let alone = try await RawConnection(to: server.address.port)
            try await alone.send("\(line)\r\nHost:\tlocalhost\t\r\n\r\n")
            #expect(await alone.read(until: "}").hasPrefix("HTTP/1.1 400 "))
            try? await alone.close()
            // Behind a body that looks like a field.
            let behind = try await RawConnection(to: server.address.port)
            try await behind.send(
                "POST /v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 2\r\n\r\na:")
            #expect(await behind.read(until: "}").hasPrefix("HTTP/1.1 400 "))
            try await behind.send("\(line)\r\nHost: localhost\r\n\r\n")
            let answer = await behind.read(until: "}")
            #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("connection: close\r\n"))
            try? await behind.close()
        }
    }

    @Test("a field is one behind a request without a body, and behind one with one")
    func tabsInLaterRequests() async throws {
        try await withServer { server in
            let first = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let post =
                "POST /v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Type:\tapplication/json\r\n"
                + "Content-Length:\t1\t\r\n\r\n1"
            let connection = try await RawConnection(to: server.address.port)
            try await connection.send(first)
            #expect(await connection.read(until: "}").hasPrefix("HTTP/1.1 200 "))
            for status in ["201", "201"] {
                try await connection.send(post)
                #expect(await connection.read(until: "}").hasPrefix("HTTP/1.1 \(status) "))
            }
            // The piece in which one ends, and another begins up to the middle of a field.
            let length = "Content-Length:"
            let middle = try #require(post.firstRange(of: length)?.upperBound)
            let beginning = String(post[..<middle]).replacing("\t", with: " ")
            try await connection.send(first + beginning)
            #expect(await connection.read(until: "}").hasPrefix("HTTP/1.1 200 "))
            try await connection.send(String(post[middle...]))
            #expect(await connection.read(until: "}").hasPrefix("HTTP/1.1 201 "))
            try await connection.close()
        }
    }

    @Test(
        "D4: transfer codings",
        arguments: [
            ("gzip, chunked", "501"), ("gzip,chunked", "501"), ("gzip\r\nTransfer-Encoding: chunked", "501"),
            ("identity, chunked", "501"), ("x;a=b, chunked", "501"), ("GZIP, CHUNKED", "501"),
            ("a, b, c, chunked", "501"),
            ("gzip", "400"), ("identity", "400"), ("chunked, gzip", "400"), ("chunked, chunked", "400"),
            ("chunked\r\nTransfer-Encoding: chunked", "400"), ("chunked;a=b", "400"), ("", "400"), (",", "400"),
            ("xchunked", "400"), ("chunkedx", "400"), ("chunked\r\nContent-Length: 3", "400"),
            ("chunked", "201"), ("Chunked", "201"), (", chunked", "201"),
        ])
    func transferCodings(codings: String, expected: String) async throws {
        try await withServer { server in
            let fields = "Host: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: \(codings)"
            let status = try await self.status(server, fields, "1\r\n1\r\n0\r\n\r\n")
            #expect(status == expected)
            #expect(server.node.head.treeSize == (expected == "201" ? 1 : 0))
        }
    }

    @Test("D4: HTTP/1.0 has no chunks")
    func oldHTTP() async throws {
        try await withServer { server in
            let answer = try await server.exchange(
                "POST /v1/records HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n1\r\n1\r\n0\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("connection: close\r\n"))
        }
    }

    @Test("a request for another protocol is answered, and nothing is read behind it")
    func upgrades() async throws {
        try await withServer { server in
            let answer = try await server.exchange(
                "GET /healthz HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: x, Upgrade\r\n\r\n"
                    + "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(answer.hasSuffix(#"{"alive":true}"#) && answer.contains("connection: close\r\n"))
            let tunnel = try await server.exchange("CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(tunnel.hasPrefix("HTTP/1.1 400 ") && tunnel.contains("connection: close\r\n"))
        }
    }
}
