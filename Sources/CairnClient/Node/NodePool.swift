internal import AsyncHTTPClient
internal import CairnLock
internal import NIOCore

/// The nodes of one ledger, the one that helped last first.
final class NodePool: Sendable {
    let nodes: [NodeConnection]
    let configuration: ClientConfiguration
    private let http: HTTPClient
    private let preferred = Lock(0)

    init(urls: [String], configuration: ClientConfiguration) throws(LedgerClientError) {
        guard !urls.isEmpty else { throw .noURL }
        var parsed: [NodeURL] = []
        for url in urls { parsed.append(try NodeURL(url)) }
        var settings = HTTPClient.Configuration()
        settings.timeout = .init(connect: TimeAmount(configuration.connectTimeout))
        settings.redirectConfiguration = .disallow
        // A node that isn't there is to fail at once: another one may help.
        settings.connectionPool.retryConnectionEstablishment = false
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        self.http = http
        self.configuration = configuration
        self.nodes = parsed.map { NodeConnection(url: $0, http: http, timeout: configuration.exchangeTimeout) }
    }

    deinit {
        // It keeps itself until its connections are closed.
        self.http.shutdown { _ in }
    }

    /// The nodes, beginning with the one that helped last.
    var inOrder: [NodeConnection] {
        let first = self.preferred.withLock { $0 }
        return Array(self.nodes[first...] + self.nodes[..<first])
    }

    func prefer(_ node: NodeConnection) {
        guard let place = self.nodes.firstIndex(where: { $0.url == node.url }) else { return }
        self.preferred.withLock { $0 = place }
    }

    /// Asks one node after another until one does what is asked of it.
    func any<Value>(
        _ body: (NodeConnection) async throws(LedgerClientError) -> Value
    ) async throws(LedgerClientError) -> Value {
        var failures: [NodeFailure] = []
        for node in self.inOrder {
            do throws(LedgerClientError) {
                let value = try await body(node)
                self.prefer(node)
                return value
            } catch {
                guard error.isOfOneNode else { throw error }
                let failure = NodeFailure(node: node.url, error: error)
                self.configuration.report(failure)
                failures.append(failure)
            }
        }
        if failures.count == 1 { throw failures[0].error }
        throw .allFailed(failures)
    }

    /// - Throws: `.cancelled`.
    static func sleep(_ duration: Duration) async throws(LedgerClientError) {
        do {
            try await Task.sleep(for: duration)
        } catch {
            throw .cancelled
        }
    }
}
