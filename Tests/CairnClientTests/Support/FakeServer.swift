import CairnLedger
import CairnLock
import NIOCore
import NIOHTTP1
import NIOPosix

/// A log behind HTTP on a loopback port.
final class FakeServer: Sendable {
    enum Answer: Sendable {
        case body(HTTPResponseStatus, [(String, String)], [UInt8])
        /// The connection stays open, and nothing comes.
        case silence

        static func ok(_ bytes: [UInt8]) -> Answer { .body(.ok, [], bytes) }
        static func json(_ text: String) -> Answer { .body(.ok, [], Array(text.utf8)) }
        static func status(_ code: Int, _ body: String = "", headers: [(String, String)] = []) -> Answer {
            .body(HTTPResponseStatus(statusCode: code), headers, Array(body.utf8))
        }
    }

    struct Request: Sendable, Equatable {
        var uri: String
        var idempotencyKey: String?
        var body: String
    }

    private struct State {
        var log: FakeLog
        /// Given first, one a request.
        var script: [Answer] = []
        var requests: [Request] = []
    }

    let url: String
    private let state: SharedState

    private final class SharedState: Sendable {
        let mutex: Lock<State>
        init(_ log: FakeLog) { self.mutex = Lock(State(log: log)) }
    }

    private init(url: String, state: SharedState) {
        self.url = url
        self.state = state
    }

    var requests: [Request] { self.state.mutex.withLock { $0.requests } }

    func change<Result>(_ body: (inout FakeLog) throws -> Result) rethrows -> Result {
        try self.state.mutex.withLock { try body(&$0.log) }
    }

    func say(first answers: [Answer]) {
        self.state.mutex.withLock { $0.script = answers }
    }

    /// Runs `body` with a server for each log, and stops them in any case.
    static func with(_ logs: FakeLog..., body: ([FakeServer]) async throws -> Void) async throws {
        var servers: [FakeServer] = []
        var channels: [any Channel] = []
        for log in logs {
            let state = SharedState(log)
            let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                        try channel.pipeline.syncOperations.addHandler(Handler(state: state))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            channels.append(channel)
            servers.append(FakeServer(url: "http://127.0.0.1:\(channel.localAddress?.port ?? 0)", state: state))
        }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(servers))
        } catch {
            result = .failure(error)
        }
        for channel in channels { try? await channel.close() }
        try result.get()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let state: SharedState
        private var head: HTTPRequestHead?
        private var body = ByteBuffer()

        init(state: SharedState) {
            self.state = state
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
                let request = Request(
                    uri: head.uri, idempotencyKey: head.headers.first(name: "idempotency-key"),
                    body: String(buffer: self.body))
                let answer = self.state.mutex.withLock { state in
                    state.requests.append(request)
                    return state.script.isEmpty ? state.log.answer(request.uri) : state.script.removeFirst()
                }
                guard case .body(let status, let headers, let bytes) = answer else { return }
                let length = [("content-length", "\(bytes.count)")]
                context.write(
                    self.wrapOutboundOut(
                        .head(HTTPResponseHead(version: .http1_1, status: status, headers: .init(headers + length)))),
                    promise: nil)
                context.write(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
                context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
