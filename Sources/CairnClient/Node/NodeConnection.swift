internal import AsyncHTTPClient
internal import CairnLedger
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// One node's HTTP interface. Every exchange ends in time, and no more of an answer is read than it may have.
struct NodeConnection: Sendable {
    /// Of an answer in JSON: proofs, receipts, the genesis block with its annex.
    static let jsonBytesMax = 8 << 20

    let url: NodeURL
    let http: HTTPClient
    /// Of a whole exchange.
    let timeout: Duration

    package struct Answer: Sendable {
        package var body: [UInt8]
        /// The node had the submission already.
        package var isRepeat: Bool
    }

    func get(
        _ path: String, accept: String = "application/json", bytesMax: Int = jsonBytesMax
    ) async throws(LedgerClientError) -> [UInt8] {
        var request = self.request(.GET, path)
        request.headers.add(name: "accept", value: accept)
        return try await self.exchange(request, path, bytesMax: bytesMax).body
    }

    func json(_ path: String) async throws(LedgerClientError) -> NodeAnswer {
        try self.parse(try await self.get(path), of: path)
    }

    func post(
        _ path: String, body: [UInt8], contentType: String, idempotencyKey: String
    ) async throws(LedgerClientError) -> (answer: NodeAnswer, isRepeat: Bool) {
        var request = self.request(.POST, path)
        request.headers.add(name: "accept", value: "application/json")
        request.headers.add(name: "content-type", value: contentType)
        request.headers.add(name: "idempotency-key", value: idempotencyKey)
        request.body = .bytes(ByteBuffer(bytes: body))
        let answer = try await self.exchange(request, path, bytesMax: Self.jsonBytesMax)
        return (try self.parse(answer.body, of: path), answer.isRepeat)
    }

    private func request(_ method: HTTPMethod, _ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: self.url.text + path)
        request.method = method
        request.headers.add(name: "user-agent", value: "CairnClient")
        return request
    }

    private func exchange(
        _ request: HTTPClientRequest, _ path: String, bytesMax: Int
    ) async throws(LedgerClientError) -> Answer {
        let result = await within(self.timeout) { () async -> Result<Answer, LedgerClientError> in
            do throws(LedgerClientError) {
                return .success(try await self.send(request, path, bytesMax: bytesMax))
            } catch {
                return .failure(error)
            }
        }
        if Task.isCancelled { throw .cancelled }
        guard let result else { throw .timedOut(self.url, path: path, after: self.timeout) }
        return try result.get()
    }

    private func send(
        _ request: HTTPClientRequest, _ path: String, bytesMax: Int
    ) async throws(LedgerClientError) -> Answer {
        let response: HTTPClientResponse
        do {
            response = try await self.http.execute(request, deadline: .distantFuture)
        } catch {
            throw .unreachable(self.url, reason: Self.reason(error))
        }
        let isGood = (200..<300).contains(response.status.code)
        let limit = isGood ? bytesMax : NodeProblem.bodyBytesMax
        let body: [UInt8]
        do {
            body = Array(try await response.body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw .tooLarge(self.url, path: path, limitBytes: limit)
        } catch {
            throw .unreachable(self.url, reason: "the answer broke off: \(Self.reason(error))")
        }
        guard isGood else {
            throw .refused(
                self.url,
                NodeProblem(
                    status: response.status.code, reasonPhrase: response.status.reasonPhrase,
                    retryAfter: response.headers.first(name: "retry-after"), body: body))
        }
        return Answer(body: body, isRepeat: response.headers.first(name: "idempotent-replayed") == "true")
    }

    private func parse(_ text: [UInt8], of path: String) throws(LedgerClientError) -> NodeAnswer {
        let json: JSONValue
        do throws(CanonicalJSONError) {
            // A record may nest as deep as records can, in an answer that nests it.
            let maxDepth = Limits.nestingMax + 8
            var canonical: [UInt8] = []
            try CanonicalJSON.canonicalize(text.span.bytes, into: &canonical, maxDepth: maxDepth)
            json = try JSONValue(canonical: canonical.span.bytes, maxDepth: maxDepth)
        } catch {
            throw .badAnswer(self.url, path: path, reason: "it is no JSON (\(error))")
        }
        return try NodeAnswer(json, from: self.url, path: path)
    }

    /// What a network error means, for a person.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { self.reason($0.error) } ?? "no connection"
        case let error as IOError:
            String(cString: strerror(error.errnoCode)).lowercased()
        default: "\(error)"
        }
    }
}
