import AsyncHTTPClient
import CairnLedger
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks a node over HTTP, and turns whatever goes wrong into one sentence.
struct NodeClient: Sendable {
    /// How long an answer may take: appending waits for a disk, and a busy one.
    private static let answerTimeout = TimeAmount.seconds(60)
    private static let answerBytesMax = 64 << 20

    let address: NodeAddress
    private let client: HTTPClient
    private let retry: RetryRule

    init(address: NodeAddress, retry: RetryRule = RetryRule()) {
        self.address = address
        self.retry = retry
        var configuration = HTTPClient.Configuration()
        // A read time-out, not only one of the whole answer: an export streams as long as it takes.
        configuration.timeout = .init(connect: .seconds(5), read: Self.answerTimeout)
        configuration.redirectConfiguration = .disallow
        self.client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func close() async {
        try? await self.client.shutdown()
    }

    func get(_ path: String) async throws(CommandFailure) -> JSONValue {
        let response = try await self.attempt(self.request(.GET, path)).get()
        return try await self.json(response, of: path)
    }

    /// An answer that isn't JSON.
    func bytes(
        _ path: String, accept: String = "text/plain", bytesMax: Int = answerBytesMax
    ) async throws(CommandFailure) -> [UInt8] {
        var request = self.request(.GET, path)
        request.headers.replaceOrAdd(name: "accept", value: accept)
        return try await self.body(try await self.attempt(request).get(), of: path, bytesMax: bytesMax)
    }

    /// Calls `body` with each line of an NDJSON answer.
    func lines(
        _ path: String, lineBytesMax: Int, _ body: (JSONValue) throws(CommandFailure) -> Void
    ) async throws(CommandFailure) {
        var request = self.request(.GET, path)
        request.headers.replaceOrAdd(name: "accept", value: "application/x-ndjson")
        let response = try await self.attempt(request, timeout: .hours(24 * 7)).get()
        var splitter = LineSplitter(lineBytesMax: lineBytesMax)
        do {
            for try await buffer in response.body {
                splitter.append(buffer.readableBytesView)
                while let line = try splitter.next() { try body(try self.parse(line, of: path)) }
            }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw .failed("\(self.address)\(path): the answer broke off (\(Self.reason(error)))")
        }
        if let rest = splitter.finish() { try body(try self.parse(rest, of: path)) }
    }

    /// Posts a body. A node that is full is asked again; one that was lost on the way only when `idempotencyKey` makes
    /// sure that nothing is written twice.
    func post(
        _ path: String, body: [UInt8], contentType: String, idempotencyKey: String?
    ) async throws(CommandFailure) -> AppendAnswer {
        var request = self.request(.POST, path)
        request.headers.replaceOrAdd(name: "content-type", value: contentType)
        if let idempotencyKey { request.headers.replaceOrAdd(name: "idempotency-key", value: idempotencyKey) }
        request.body = .bytes(ByteBuffer(bytes: body))
        var attempt = 1
        while true {
            let outcome = await self.attempt(request)
            guard let delay = self.retry.delay(after: outcome, attempt: attempt, isRepeatable: idempotencyKey != nil)
            else {
                let response = try outcome.get()
                let isRepeat = response.headers.first(name: "idempotent-replayed") == "true"
                return AppendAnswer(json: try await self.json(response, of: path), isRepeat: isRepeat)
            }
            do {
                try await Task.sleep(for: delay)
            } catch {
                throw .failed("interrupted")
            }
            attempt += 1
        }
    }

    /// Deletes something. The answer has no content.
    func delete(_ path: String) async throws(CommandFailure) {
        _ = try await self.attempt(self.request(.DELETE, path)).get()
    }

    // MARK: One exchange

    private func request(_ method: HTTPMethod, _ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: self.address.text + path)
        request.method = method
        request.headers.add(name: "accept", value: "application/json")
        request.headers.add(name: "user-agent", value: "cairn/\(Version.text)")
        return request
    }

    private func attempt(
        _ request: HTTPClientRequest, timeout: TimeAmount = answerTimeout
    ) async -> Result<HTTPClientResponse, ExchangeError> {
        do {
            let response = try await self.client.execute(request, timeout: timeout)
            guard (200..<300).contains(response.status.code) else {
                return .failure(.refused(await Problem(response, from: self.address)))
            }
            return .success(response)
        } catch {
            return .failure(.unreachable(self.address, reason: Self.reason(error)))
        }
    }

    private func json(_ response: HTTPClientResponse, of path: String) async throws(CommandFailure) -> JSONValue {
        try self.parse(try await self.body(response, of: path), of: path)
    }

    private func body(
        _ response: HTTPClientResponse, of path: String, bytesMax: Int = answerBytesMax
    ) async throws(CommandFailure) -> [UInt8] {
        do {
            return Array(try await response.body.collect(upTo: bytesMax).readableBytesView)
        } catch {
            throw .failed("\(self.address)\(path): the answer broke off (\(Self.reason(error)))")
        }
    }

    private func parse(_ text: [UInt8], of path: String) throws(CommandFailure) -> JSONValue {
        var canonical: [UInt8] = []
        // A record may nest as deep as records can, in an answer that nests it.
        let maxDepth = Limits.nestingMax + 8
        do throws(CanonicalJSONError) {
            try CanonicalJSON.canonicalize(text.span.bytes, into: &canonical, maxDepth: maxDepth)
            return try JSONValue(canonical: canonical.span.bytes, maxDepth: maxDepth)
        } catch {
            throw .failed("\(self.address)\(path): the answer is no JSON (\(error)); is this a Cairn node?")
        }
    }

    /// What a network error means, for a person.
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .connectTimeout: "no connection within 5 seconds"
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout: "no answer in time"
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { self.reason($0.error) } ?? "no connection"
        case let error as IOError: self.text(errno: error.errnoCode)
        default: "\(error)"
        }
    }

    private static func text(errno code: CInt) -> String {
        String(cString: strerror(code)).lowercased()
    }
}
