import CairnNode
import CairnServer
import Foundation
import Logging

/// A real node on a loopback port.
struct LiveNode {
    let node: Node
    let url: String

    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func create(_ directory: String) throws {
        _ = try Node.create(dataDirectory: directory, name: "test.example/ledger", message: "The first stone")
    }

    /// Serves a data directory for as long as `body` runs.
    static func with(_ directory: String, _ body: (LiveNode) async throws -> Void) async throws {
        let node = try Node.open(Node.Configuration(dataDirectory: directory), logger: Self.logger)
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.eventLoopThreads = 1
        let server = HTTPServer(node: node, configuration: configuration, logger: Self.logger)
        let result: Result<Void, any Error>
        do {
            try await server.start()
            guard let address = server.boundAddress else { throw NoAddress() }
            result = .success(try await body(LiveNode(node: node, url: address.url)))
        } catch {
            result = .failure(error)
        }
        await server.stop()
        await node.shutdown()
        try result.get()
    }

    private struct NoAddress: Error {}
}
