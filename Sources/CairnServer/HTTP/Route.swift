package import CairnLedger
package import NIOCore
package import NIOHTTP1
package import NIOPosix

/// A complete request on its way to a route.
package struct Request {
    package var method: HTTPMethod
    /// What stands in the path where the pattern has a name in braces, in order.
    package var parameters: [String]
    package var query: Query
    package var headers: HTTPHeaders
    var mediaType: MediaType?
    package var body: ByteBuffer
}

/// What a route may use.
package struct RequestContext {
    package var eventLoop: any EventLoop
    package var loop: LoopState
    /// Threads that may wait for the disk.
    package var readers: NIOThreadPool
    /// Turns true when the client has gone.
    package var cancellation: Cancellation
    /// Who asks, as far as taking turns goes: the address at the other end.
    package var client: ClientID

    package init(
        eventLoop: any EventLoop, loop: LoopState, readers: NIOThreadPool, cancellation: Cancellation, client: ClientID
    ) {
        self.eventLoop = eventLoop
        self.loop = loop
        self.readers = readers
        self.cancellation = cancellation
        self.client = client
    }
}

/// What is served where, and how.
package struct Route: Sendable {
    package typealias Handler = @Sendable (Request, RequestContext) throws(Problem) -> Answer

    package let method: HTTPMethod
    /// A path with a name in braces where something stands for itself: `/v1/records/{number}`.
    package let pattern: String
    package let body: BodyRule
    /// The query's parameters; nil: whatever there is, nobody looks at it.
    package let parameters: [String]?
    /// How errors look.
    let form: ErrorForm
    /// The name in braces at the pattern's end stands for all that follows, slashes too, just as it was sent.
    let takesRest: Bool
    package let handle: Handler

    package init(
        _ method: HTTPMethod, _ pattern: String, body: BodyRule = .none, parameters: [String]? = [],
        form: ErrorForm = .problem, takesRest: Bool = false, handle: @escaping Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.body = body
        self.parameters = parameters
        self.form = form
        self.takesRest = takesRest
        self.handle = handle
    }
}

/// Which bodies a route takes.
package enum BodyRule: Sendable {
    /// None; one that comes all the same is read over.
    case none
    /// Any content type.
    case anyType(bytesMax: Int)
    case types([(type: MediaType, bytesMax: Int)])

    /// - Returns: the most bytes that the body may have.
    func check(_ headers: HTTPHeaders) throws(Problem) -> (bytesMax: Int, type: MediaType?) {
        switch self {
        case .none:
            return (HTTPLimits.unwantedBodyBytesMax, nil)
        case .anyType(let bytesMax):
            return (bytesMax, nil)
        case .types(let types):
            let text = headers.first(name: "content-type")
            if let text, let type = MediaType(contentType: text),
                let rule = types.first(where: { $0.type == type })
            {
                return (rule.bytesMax, type)
            }
            let names = types.map(\.type.rawValue)
            let given = text.map { "is \"\($0)\"" } ?? "is missing"
            throw Problem(
                .unsupportedMediaType,
                "The Content-Type \(given); it has to be \(names.joined(separator: " or "))."
            ).with(header: "accept-post", names.joined(separator: ", "))
        }
    }
}

package enum MediaType: String, Sendable {
    case json = "application/json"
    case ndjson = "application/x-ndjson"

    /// Nil for other types, and for a character set that isn't UTF-8.
    init?(contentType: String) {
        // The usual case, without any work.
        if contentType == Self.json.rawValue {
            self = .json
            return
        }
        var parts = contentType.lowercased().split(separator: ";").map { $0.trimmed }
        guard !parts.isEmpty, let type = MediaType(rawValue: parts.removeFirst()) else { return nil }
        for part in parts where !part.isEmpty {
            guard part == "charset=utf-8" || part == "charset=\"utf-8\"" else { return nil }
        }
        self = type
    }
}

extension StringProtocol {
    /// Without blanks at either end.
    var trimmed: String {
        var text = self[...]
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
