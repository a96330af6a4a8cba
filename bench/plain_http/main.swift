import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// What SwiftNIO alone does: its HTTP/1.1 codec and a handler that answers every request with the same bytes. bench/tiles.py
// compares a node's tiles with it.
//
// Run: plain-http THREADS BODY_BYTES; it prints its port.

/// Answers with a body that was made once.
private final class PlainHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let body: ByteBuffer
    private let headers: HTTPHeaders

    init(body: ByteBuffer) {
        self.body = body
        self.headers = [
            "content-type": "application/octet-stream", "content-length": "\(body.readableBytes)",
        ]
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = self.unwrapInboundIn(data) else { return }
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: self.headers)
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(self.wrapOutboundOut(.body(.byteBuffer(self.body))), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }
}

let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
guard numbers.count == 2 else { preconditionFailure("usage: plain-http THREADS BODY_BYTES") }
let body = ByteBuffer(repeating: 0x2E, count: numbers[1])
let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: numbers[0]))
    .serverChannelOption(.backlog, value: 1_024)
    .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
    .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.configureHTTPServerPipeline(withErrorHandling: false)
            try pipeline.addHandler(PlainHandler(body: body))
        }
    }
    .bind(host: "127.0.0.1", port: 0).get()
print("port=\(listener.localAddress?.port ?? 0)")
fflush(nil)
try await listener.closeFuture.get()
