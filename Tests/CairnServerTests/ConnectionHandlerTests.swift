import CairnNode
import CairnServer
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOPosix
import Testing

/// A connection with a clock that the test sets.
struct ConnectionHandlerTests {
    private struct Connection {
        let channel: EmbeddedChannel
        let state: ServerState

        init(_ node: Node) throws {
            self.channel = EmbeddedChannel()
            self.state = ServerState(connectionsMax: 10, group: self.channel.embeddedEventLoop)
            let application = Application(
                node: node, configuration: ServerConfiguration(), state: self.state, readers: .singleton,
                validations: ValidationQueue(), logger: quietLogger)
            try HTTPServer.configure(self.channel, application, HTTPTimeouts())
            try self.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        func send(_ text: String) throws {
            try self.channel.writeInbound(ByteBuffer(string: text))
        }

        func pass(_ seconds: Int64) { self.channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

        func answer() throws -> String {
            var text = ""
            while let part = try self.channel.readOutbound(as: IOData.self) {
                if case .byteBuffer(let buffer) = part { text += String(buffer: buffer) }
            }
            return text
        }
    }

    /// A client that takes nothing for now.
    private final class Holding: ChannelOutboundHandler {
        typealias OutboundIn = IOData
        typealias OutboundOut = IOData

        private var held: [(data: NIOAny, promise: EventLoopPromise<Void>?)] = []
        private var isHolding = true

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            if self.isHolding {
                self.held.append((data, promise))
            } else {
                context.write(data, promise: promise)
            }
        }

        func flush(context: ChannelHandlerContext) {
            if !self.isHolding { context.flush() }
        }

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            let held = self.held
            self.held = []
            for (_, promise) in held { promise?.fail(ChannelError.ioOnClosedChannel) }
            context.close(mode: mode, promise: promise)
        }

        /// Takes everything from now on.
        func release(_ context: ChannelHandlerContext) {
            self.isHolding = false
            let held = self.held
            self.held = []
            for (data, promise) in held { context.write(data, promise: promise) }
            context.flush()
        }
    }

    private func withNode(_ test: (Node) throws -> Void) async throws {
        let node = try makeTestNode()
        // Without a pause: an embedded event loop stays on its thread.
        let result = Result { try test(node) }
        await node.shutdown()
        try result.get()
    }

    private static let slowHead =
        "POST /v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"

    @Test func aHeadThatDoesNotComeInTime() async throws {
        try await self.withNode { node in
            let connection = try Connection(node)
            try connection.send("GET /healthz HT")
            connection.pass(9)
            #expect(connection.channel.isActive)
            connection.pass(1)
            #expect(!connection.channel.isActive)
        }
    }

    @Test func aBodyThatDribbles() async throws {
        try await self.withNode { node in
            let connection = try Connection(node)
            try connection.send(Self.slowHead)
            for _ in 0..<59 {
                try connection.send(" ")
                connection.pass(1)
            }
            #expect(try connection.answer().isEmpty)
            #expect(connection.state.budget.heldBytes == 59)
            connection.pass(1)
            let answer = try connection.answer()
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            #expect(answer.contains("connection: close\r\n") && answer.contains("urn:cairn:problem:body-too-slow"))
            #expect(connection.state.budget.heldBytes == 0)
            // What still comes is read over for a while.
            try connection.send(" ")
            #expect(connection.channel.isActive)
            connection.pass(2)
            #expect(!connection.channel.isActive)
        }
    }

    @Test func anIdleConnectionEnds() async throws {
        try await self.withNode { node in
            let connection = try Connection(node)
            try connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try connection.answer().hasPrefix("HTTP/1.1 200 "))
            connection.pass(59)
            try connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try connection.answer().hasPrefix("HTTP/1.1 200 "))
            connection.pass(59)
            #expect(connection.channel.isActive)
            connection.pass(1)
            #expect(!connection.channel.isActive)
        }
    }

    @Test func bodiesShareABudget() async throws {
        try await self.withNode { node in
            let connection = try Connection(node)
            #expect(connection.state.budget.take(HTTPLimits.heldBodyBytesMax - 10))
            try connection.send(Self.slowHead)
            try connection.send(String(repeating: " ", count: 10))
            #expect(try connection.answer().isEmpty)
            try connection.send(" ")
            let answer = try connection.answer()
            #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("retry-after: 1\r\n"))
            #expect(connection.state.budget.heldBytes == HTTPLimits.heldBodyBytesMax - 10)
        }
    }

    @Test func aClientThatLeavesGivesItsMemoryBack() async throws {
        try await self.withNode { node in
            let connection = try Connection(node)
            try connection.send(Self.slowHead + "   ")
            #expect(connection.state.budget.heldBytes == 3)
            _ = try connection.channel.finish()
            #expect(connection.state.budget.heldBytes == 0)
        }
    }

    @Test("the last answer of a connection has a deadline, too")
    func aLastAnswerThatIsNotTaken() async throws {
        try await self.withNode { node in
            let connection = try Connection(node)
            try connection.channel.pipeline.syncOperations.addHandler(Holding(), position: .first)
            try connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            connection.pass(29)
            #expect(connection.channel.isActive)
            connection.pass(1)
            #expect(!connection.channel.isActive)
        }
    }

    @Test("answers that are made are sent before a connection is drained")
    func drainingBehindAnswers() async throws {
        try await self.withNode { node in
            let connection = try Connection(node)
            let holding = Holding()
            try connection.channel.pipeline.syncOperations.addHandler(holding, position: .first)
            let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
            try connection.send(request + request + request)
            connection.channel.pipeline.fireUserInboundEventTriggered(DrainEvent())
            #expect(connection.channel.isActive)
            #expect(try connection.answer().isEmpty)
            holding.release(try connection.channel.pipeline.syncOperations.context(handler: holding))
            let answer = try connection.answer()
            #expect(answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) } == ["200", "200", "200"])
            #expect(!connection.channel.isActive)
        }
    }

    @Test("a connection that makes room ends soon, also when its client takes nothing")
    func makingRoom() async throws {
        try await self.withNode { node in
            let connection = try Connection(node)
            try connection.channel.pipeline.syncOperations.addHandler(Holding(), position: .first)
            try connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            connection.channel.pipeline.fireUserInboundEventTriggered(MakeRoomEvent())
            connection.pass(1)
            #expect(connection.channel.isActive)
            connection.pass(1)
            #expect(!connection.channel.isActive)
        }
    }

    @Test func drainingClosesIdleConnectionsAtOnce() async throws {
        try await self.withNode { node in
            let idle = try Connection(node)
            idle.channel.pipeline.fireUserInboundEventTriggered(DrainEvent())
            #expect(!idle.channel.isActive)
            let busy = try Connection(node)
            try busy.send(Self.slowHead)
            busy.channel.pipeline.fireUserInboundEventTriggered(DrainEvent())
            #expect(busy.channel.isActive)
        }
    }
}
