import CairnLedger
import CairnNode
import CairnServer
import NIOHTTP1
import Testing

/// No web page can read from or write to a node on a loopback address.
struct SiteTests {
    private func status(_ server: TestServer, _ headers: String, _ request: String = "GET /v1/node") async throws
        -> String
    {
        let answer = try await server.exchange("\(request) HTTP/1.1\r\n\(headers)\r\nConnection: close\r\n\r\n")
        return String(answer.dropFirst("HTTP/1.1 ".count).prefix(3))
    }

    @Test(arguments: [
        "localhost", "LOCALHOST:5000", "localhost.", "127.0.0.1", "127.0.0.1:5000", "127.8.9.10", "[::1]", "[::1]:5000",
        "ledger.example", "Ledger.Example:8080",
    ])
    func hostsOfOurs(host: String) async throws {
        try await withServer(allowedHosts: ["ledger.example"]) { server in
            let status = try await self.status(server, "Host: \(host)")
            #expect(status == "200")
        }
    }

    @Test(arguments: [
        "evil.example", "localhost.evil.example", "192.168.1.1", "127.0.0.1.evil.example", "0.0.0.0", "[::2]", "",
        "localhost..", "127.0.0.1.", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]", "local%68ost",
    ])
    func otherHosts(host: String) async throws {
        try await withServer { server in
            let status = try await self.status(server, "Host: \(host)")
            #expect(status == "421")
        }
    }

    @Test(
        "C8: a header that begins with our name and goes on isn't ours",
        arguments: [
            "localhost:evil.com", "localhost@evil.com", "localhost:80@evil.com", "localhost:80:evil.com",
            "user@localhost",
            "[::1]evil.com", "[::1].evil.com", "[::1", "::1", "localhost/evil.com", "localhost evil.com",
            "localhost\r\nHost: evil.com", "localhost\r\nHost: localhost",
        ])
    func hostsWithMore(host: String) async throws {
        try await withServer { server in
            let status = try await self.status(server, "Host: \(host)")
            #expect(status == "400")
        }
    }

    @Test(
        "C8: the absolute form of a target names the host as well",
        arguments: [
            ("http://localhost/v1/node", "localhost", "200"), ("HTTP://127.0.0.1:5000/v1/node", "localhost", "200"),
            ("http://evil.com/v1/node", "localhost", "421"), ("http://localhost/v1/node", "evil.com", "421"),
            ("http://localhost@evil.com/v1/node", "localhost", "400"),
            ("http://user@localhost/v1/node", "localhost", "400"),
            ("http://localhost:evil.com/v1/node", "localhost", "400"), ("http:///v1/node", "localhost", "400"),
            ("http://evil.com?/v1/node", "localhost", "421"),
        ])
    func absoluteTargets(target: String, host: String, expected: String) async throws {
        try await withServer { server in
            let status = try await self.status(server, "Host: \(host)", "GET \(target)")
            #expect(status == expected)
        }
    }

    @Test func aHostIsCheckedForEachRequestOfAConnection() async throws {
        try await withServer { server in
            let answer = try await server.exchange(
                "GET /v1/node HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /v1/node HTTP/1.1\r\nHost: evil.example\r\n\r\n",
                "GET /v1/node HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            #expect(answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) } == ["200", "421", "200"])
        }
    }

    @Test(arguments: [
        ("http://localhost:5000", "200"), ("https://localhost:5000", "200"), ("http://localhost:3000", "403"),
        ("http://localhost", "403"), ("http://evil.example", "403"), ("null", "403"), ("", "403"),
    ])
    func origins(origin: String, expected: String) async throws {
        try await withServer { server in
            let status = try await self.status(server, "Host: localhost:5000\r\nOrigin: \(origin)")
            #expect(status == expected)
        }
    }

    @Test func noOtherPageAppends() async throws {
        try await withServer { server in
            for (path, type) in [
                ("/v1/records", "application/json"), ("/block", "text/plain"), ("/data", "text/plain"),
                ("/mineBlock", "application/json"), ("/peers", "text/plain"),
            ] {
                let answer = try await server.post(
                    path, #"{"data":1}"#, type: type, headers: [("origin", "http://evil.example")])
                #expect(answer.status == 403, "\(path)")
            }
            #expect(server.node.head.treeSize == 0)
        }
    }

    @Test(arguments: [
        ("GET /v1/node", "same-origin", "cors", "empty", "200"),
        ("GET /v1/node", "none", "navigate", "document", "200"),
        ("GET /v1/node", "cross-site", "cors", "empty", "403"),
        ("GET /v1/node", "same-site", "no-cors", "image", "403"),
        ("GET /tamper", "cross-site", "navigate", "document", "403"),
        ("GET /", "cross-site", "navigate", "document", "200"),
        ("GET /", "cross-site", "no-cors", "image", "403"), ("GET /", "cross-site", "navigate", "iframe", "403"),
    ])
    func fetchMetadata(request: String, site: String, mode: String, destination: String, expected: String) async throws
    {
        try await withServer { server in
            let headers =
                "Host: localhost\r\nSec-Fetch-Site: \(site)\r\nSec-Fetch-Mode: \(mode)\r\nSec-Fetch-Dest: \(destination)"
            let status = try await self.status(server, headers, request)
            #expect(status == expected)
        }
    }
}
