import AsyncHTTPClient
import CairnNode
import CairnServer
import NIOCore
import NIOHTTP1

/// A server on a port of its own, and a client for it.
struct TestServer {
    let node: Node
    let server: HTTPServer
    let address: BoundAddress

    struct Answer {
        var status: Int
        var headers: HTTPHeaders
        var body: String

        var json: JSON { JSON(parsing: self.body) }
        var contentType: String? { self.headers.first(name: "content-type") }
        /// The last part of a problem's type.
        var problem: String? {
            guard self.contentType == "application/problem+json" else { return nil }
            return self.json["type"].text.map { String($0.dropFirst("urn:cairn:problem:".count)) }
        }
    }

    func send(
        _ method: HTTPMethod, _ path: String, headers: [(String, String)] = [], body: String? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: self.address.url + path)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 256 << 20)
        return Answer(status: Int(response.status.code), headers: response.headers, body: String(buffer: bytes))
    }

    func get(_ path: String, headers: [(String, String)] = []) async throws -> Answer {
        try await self.send(.GET, path, headers: headers)
    }

    /// The body of an answer that isn't text.
    func bytes(_ path: String, accept: String? = nil) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: self.address.url + path)
        if let accept { request.headers.add(name: "accept", value: accept) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        return Array(try await response.body.collect(upTo: 256 << 20).readableBytesView)
    }

    func post(
        _ path: String, _ body: String, type: String? = "application/json", headers: [(String, String)] = []
    ) async throws -> Answer {
        let type = type.map { [("content-type", $0)] } ?? []
        return try await self.send(.POST, path, headers: type + headers, body: body)
    }

    /// Appends a record and returns the answer.
    @discardableResult
    func append(_ json: String) async throws -> JSON {
        try await self.post("/v1/records", json).json
    }

    @discardableResult
    func appendBatch(_ lines: [String]) async throws -> JSON {
        try await self.post("/v1/records", lines.joined(separator: "\n"), type: "application/x-ndjson").json
    }
}

/// Runs a test against a server, which is stopped at the end.
func withServer(
    queueRecordsMax: Int = 65_536, demo: Bool = false, allowedHosts: [String] = [], connectionsMax: Int = 100,
    threads: Int = 2, _ test: (TestServer) async throws -> Void
) async throws {
    var configuration = ServerConfiguration()
    configuration.port = 0
    configuration.eventLoopThreads = threads
    configuration.demo = demo
    configuration.allowedHosts = allowedHosts
    configuration.connectionsMax = connectionsMax
    // What a slow client loses is the state machine's to test; here a busy machine must not be taken for one.
    configuration.timeouts.headSeconds = 600
    configuration.timeouts.bodySeconds = 600
    configuration.timeouts.idleSeconds = 600
    configuration.timeouts.stallSeconds = 600
    let node = try makeTestNode(queueRecordsMax: queueRecordsMax)
    let server = HTTPServer(node: node, configuration: configuration, logger: quietLogger)
    do {
        try await server.start()
        guard let address = server.boundAddress else { throw NoAddress() }
        try await test(TestServer(node: node, server: server, address: address))
    } catch {
        await server.stop()
        await node.shutdown()
        throw error
    }
    await server.stop()
    await node.shutdown()
}

private struct NoAddress: Error {}
