import CairnServer
import NIOCore
import NIOPosix

/// A connection without any knowledge of HTTP.
struct RawConnection {
    private let channel: any Channel
    private let received: AsyncStream<ByteBuffer>

    init(to port: Int) async throws {
        let (stream, continuation) = AsyncStream<ByteBuffer>.makeStream()
        self.received = stream
        self.channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation: continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    func send(_ text: String) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(string: text))
    }

    func send(byte: UInt8) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(bytes: [byte]))
    }

    func close() async throws { try await self.channel.close() }

    /// Sends no more, and goes on reading.
    func closeOutput() async throws { try await self.channel.close(mode: .output) }

    /// All that comes until the server closes the connection.
    func readToEnd() async -> String {
        var text = ByteBuffer()
        for await part in self.received { text.writeImmutableBuffer(part) }
        return String(buffer: text)
    }

    /// What comes until `text` is in it; the rest stays for later only if it came in another piece.
    func read(until text: String) async -> String {
        var all = ByteBuffer()
        for await part in self.received {
            all.writeImmutableBuffer(part)
            if String(buffer: all).contains(text) { break }
        }
        return String(buffer: all)
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let continuation: AsyncStream<ByteBuffer>.Continuation

        init(continuation: AsyncStream<ByteBuffer>.Continuation) {
            self.continuation = continuation
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.continuation.yield(self.unwrapInboundIn(data))
        }

        func channelInactive(context: ChannelHandlerContext) { self.continuation.finish() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

extension TestServer {
    /// Sends pieces one after the other over one connection, and returns all that comes back until it is closed.
    func exchange(_ pieces: String...) async throws -> String {
        let connection = try await RawConnection(to: self.address.port)
        for piece in pieces { try await connection.send(piece) }
        return await connection.readToEnd()
    }
}
