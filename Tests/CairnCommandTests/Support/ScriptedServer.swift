import CairnLock
import NIOCore
import NIOHTTP1
import NIOPosix

/// An HTTP server on a loopback port that answers requests, in order, with what a test wrote down.
final class ScriptedServer: Sendable {
    struct Answer: Sendable {
        var status = HTTPResponseStatus.ok
        var headers: [(String, String)] = []
        /// Sent piece by piece.
        var body: [String]

        static func json(
            _ body: String, status: HTTPResponseStatus = .ok, headers: [(String, String)] = []
        ) -> Answer {
            Answer(status: status, headers: headers, body: [body])
        }
    }

    struct Request: Sendable, Equatable {
        var method: String
        var uri: String
        var contentType: String?
        var idempotencyKey: String?
        var body: String
    }

    /// What is still to be answered, and what was asked.
    final class Script: Sendable {
        private let state: Lock<(answers: [Answer], requests: [Request])>

        init(_ answers: [Answer]) {
            self.state = Lock((answers, []))
        }

        var requests: [Request] { self.state.withLock { $0.requests } }

        func answer(_ request: Request) -> Answer {
            self.state.withLock { state in
                state.requests.append(request)
                guard !state.answers.isEmpty else {
                    return .json(#"{"title":"nothing is scripted"}"#, status: .internalServerError)
                }
                return state.answers.removeFirst()
            }
        }
    }

    let url: String
    private let script: Script

    var requests: [Request] { self.script.requests }

    private init(url: String, script: Script) {
        self.url = url
        self.script = script
    }

    /// Runs `body` with a server, and stops that in any case.
    static func with(_ answers: [Answer], _ body: (ScriptedServer) async throws -> Void) async throws {
        let script = Script(answers)
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(ScriptHandler(script: script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(
                ScriptedServer(url: "http://127.0.0.1:\(channel.localAddress?.port ?? 0)", script: script))
        } catch {
            try? await channel.close()
            throw error
        }
        try await channel.close()
    }
}

private final class ScriptHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let script: ScriptedServer.Script
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(script: ScriptedServer.Script) {
        self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            self.body.clear()
        case .body(var piece):
            self.body.writeBuffer(&piece)
        case .end:
            guard let head else { return }
            let answer = self.script.answer(
                ScriptedServer.Request(
                    method: head.method.rawValue, uri: head.uri, contentType: head.headers.first(name: "content-type"),
                    idempotencyKey: head.headers.first(name: "idempotency-key"), body: String(buffer: self.body)))
            let headers = HTTPHeaders(answer.headers)
            context.write(
                self.wrapOutboundOut(
                    .head(HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers))),
                promise: nil)
            for piece in answer.body {
                context.writeAndFlush(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: piece)))), promise: nil)
            }
            context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
