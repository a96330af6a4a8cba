package import NIOCore
package import NIOHTTP1

/// An answer that is whole.
package struct Response: Sendable {
    package var status: HTTPResponseStatus
    /// Nil when there is no body.
    package var contentType: String?
    package var headers: [(String, String)] = []
    package var body: ByteBuffer

    package init(_ status: HTTPResponseStatus, contentType: String? = nil, body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    package static func json(_ status: HTTPResponseStatus = .ok, _ json: JSONWriter) -> Response {
        Response(status, contentType: "application/json", body: json.buffer)
    }

    /// One JSON object, about `capacity` bytes long.
    package static func json<Failure: Error>(
        _ status: HTTPResponseStatus = .ok, capacity: Int = 512,
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) -> Response {
        var json = JSONWriter(capacity: capacity)
        try json.object(body)
        return Response(status, contentType: "application/json", body: json.buffer)
    }
}

/// What a route gives back.
package enum Answer: Sendable {
    case response(Response)
    /// Later, on the connection's event loop. It must not fail.
    case future(EventLoopFuture<Response>)
    /// Work that waits for the disk: done on a reader's thread.
    case blocking(@Sendable () throws(Problem) -> Response)
    /// An answer of unknown length, read piece by piece as the client takes it.
    case stream(contentType: String, headers: [(String, String)] = [], any ChunkSource)
    /// Server-sent events, as they happen.
    case events(any EventSource)
    /// What to answer shows only later, on the connection's event loop. It must not fail.
    case later(EventLoopFuture<Result<Answer, Problem>>)
}

extension Answer {
    /// The same answer with one header more, unless it is an error.
    package func with(header: (String, String)) -> Answer {
        @Sendable func adding(_ response: Response) -> Response {
            var response = response
            if response.status.code < 400 { response.headers.append(header) }
            return response
        }
        switch self {
        case .response(let response): return .response(adding(response))
        case .future(let future): return .future(future.map { adding($0) })
        case .blocking(let work): return .blocking { () throws(Problem) in adding(try work()) }
        case .stream(let contentType, let headers, let source):
            return .stream(contentType: contentType, headers: headers + [header], source)
        case .events: return self
        case .later(let future): return .later(future.map { $0.map { $0.with(header: header) } })
        }
    }
}

/// Where a streamed answer comes from.
package protocol ChunkSource: Sendable {
    /// The next piece, nil at the end. Waits for the disk; called on readers' threads, never twice at once.
    mutating func next() throws(Problem) -> ByteBuffer?
}

/// Where a streamed answer comes from that isn't read but happens: no thread waits for it.
package protocol EventSource: AnyObject, Sendable {
    /// The next piece, nil at the end; on `eventLoop`, when there is one. Called again only after that.
    func next(on eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer?>
}
