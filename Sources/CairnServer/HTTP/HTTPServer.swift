internal import CairnLock
public import CairnNode
internal import CairnPeers
public import Logging
package import NIOCore
internal import NIOHTTP1
internal import NIOPosix
public import ServiceLifecycle

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The HTTP server of a node (API, tiles, teaching faces, explorer and metrics on one port), or of a witness.
///
/// Event loops do everything that doesn't wait; what waits for the disk is done on a few readers' threads, and
/// validations one after the other on a thread of their own.
public final class HTTPServer: Service {
    private struct State {
        var listener: (any Channel)?
        var isStopped = false
    }

    private let configuration: ServerConfiguration
    private let logger: Logger
    private let group: any EventLoopGroup
    /// The group, unless it is another's.
    private let ownGroup: MultiThreadedEventLoopGroup?
    private let readers: NIOThreadPool
    private let validations: ValidationQueue
    private let serverState: ServerState
    private let application: Application
    /// Tells whose server this is that it is about to stop.
    private let announceStop: @Sendable () -> Void
    private let state = Lock(State())

    /// Threads are started here; `stop` (or the end of `run`) ends them.
    public convenience init(node: Node, configuration: ServerConfiguration, logger: Logger) {
        let loop = configuration.eventLoopThreads == 0 ? node.shareLoop() : nil
        let announceStop = { @Sendable in node.announceStop() }
        self.init(configuration: configuration, loop: loop, logger: logger, announceStop: announceStop) {
            state, readers, validations in
            Application(
                node: node, configuration: configuration, state: state, readers: readers, validations: validations,
                logger: logger)
        }
    }

    /// The server of a witness for other logs.
    public convenience init(witness: Witness, configuration: ServerConfiguration, logger: Logger) {
        self.init(configuration: configuration, logger: logger) { state, readers, _ in
            Application(
                routes: WitnessRoutes(witness: witness, state: state).routes, configuration: configuration,
                state: state, readers: readers, logger: logger)
        }
    }

    private init(
        configuration: ServerConfiguration, loop: (any EventLoop)? = nil, logger: Logger,
        announceStop: @escaping @Sendable () -> Void = {},
        application: (ServerState, NIOThreadPool, ValidationQueue) -> Application
    ) {
        self.configuration = configuration
        self.logger = logger
        self.announceStop = announceStop
        if let loop {
            self.group = loop
            self.ownGroup = nil
        } else {
            let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, configuration.eventLoopThreads))
            self.group = group
            self.ownGroup = group
        }
        self.readers = NIOThreadPool(numberOfThreads: HTTPLimits.readerThreads)
        self.readers.start()
        self.validations = ValidationQueue()
        self.serverState = ServerState(connectionsMax: configuration.connectionsMax, group: self.group)
        self.application = application(self.serverState, self.readers, self.validations)
    }

    /// Where the server listens; nil before `start`.
    public var boundAddress: BoundAddress? {
        self.state.withLock { state in
            guard let address = state.listener?.localAddress, let host = address.ipAddress, let port = address.port
            else { return nil }
            return BoundAddress(host: host, port: port)
        }
    }

    /// Listens until the task is cancelled or a graceful shutdown is triggered, then stops. Starts the server if
    /// `start` wasn't called before.
    public func run() async throws {
        do {
            if self.boundAddress == nil { try await self.start() }
            // Returns when asked to stop, throws when cancelled: both mean the same here.
            try? await gracefulShutdown()
        } catch {
            await self.stop()
            throw error
        }
        await self.stop()
    }

    /// Begins to listen. Afterwards, also on an error, `stop` is needed, unless `run` is called.
    ///
    /// - Throws: `ServerError` when the address is taken or can't be listened on.
    public func start() async throws(ServerError) {
        let (host, port) = (self.configuration.host, self.configuration.port)
        try await Self.listening(host, port) { try await self.listen(host: host, port: port) }
        self.logger.info("listening", metadata: ["address": "\(self.boundAddress?.url ?? "")"])
    }

    private static func listening(
        _ host: String, _ port: Int, _ body: () async throws -> Void
    ) async throws(ServerError) {
        guard (0...65_535).contains(port) else { throw .badPort(port) }
        do {
            try await body()
        } catch {
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)).lowercased() } ?? "\(error)"
            throw .cannotListen(host: host, port: port, reason: reason)
        }
    }

    /// Whether an address can be listened on: for whoever would do something for good first.
    ///
    /// - Throws: `ServerError` when it is taken, or can't be listened on.
    public static func checkAddress(host: String, port: Int) async throws(ServerError) {
        try await Self.listening(host, port) {
            let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port).get()
            try await listener.close().get()
        }
    }

    private func listen(host: String, port: Int) async throws {
        let application = self.application
        let timeouts = self.configuration.timeouts
        let listener = try await ServerBootstrap(group: self.group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptBackoff { problem in
                            application.strangers.note(
                                "connection not taken", level: .error, "can't take connections", ["why": "\(problem)"])
                        })
                }
            }
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            // A client that has sent all may close its side, and waits for the answer.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(
                .writeBufferWaterMark,
                value: .init(low: HTTPLimits.unsentBytesLow, high: HTTPLimits.unsentBytesHigh)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard application.state.connections.insert(channel) else {
                        application.strangers.note(
                            "connection refused", level: .warning, "all connections have requests under way",
                            ["connections": "\(application.state.connectionsMax)"])
                        throw TooManyConnections()
                    }
                    try Self.configure(channel, application, timeouts)
                }
            }
            .bind(host: host, port: port).get()
        self.serverState.port = listener.localAddress?.port ?? 0
        self.state.withLock { $0.listener = listener }
    }

    private struct TooManyConnections: Error {}

    /// Fills a connection's pipeline.
    package static func configure(_ channel: any Channel, _ application: Application, _ timeouts: HTTPTimeouts) throws {
        var decoding = NIOHTTPDecoderLimitConfiguration()
        decoding.maxHeaderFieldSize = HTTPLimits.headerFieldBytesMax
        decoding.maxHeaderListSize = HTTPLimits.headerBytesMax
        decoding.maxHeaderFieldCount = HTTPLimits.headerCountMax
        var encoding = HTTPResponseEncoder.Configuration()
        // The handler knows which answers have no body though their headers speak of one: those to HEAD.
        encoding.automaticallySetFramingHeaders = false
        let pipeline = channel.pipeline.syncOperations
        let gate = PipelineGate()
        try pipeline.addHandler(FieldTabs(gate: gate))
        try pipeline.configureHTTPServerPipeline(
            position: .last, withPipeliningAssistance: false, withServerUpgrade: nil,
            // Errors of the decoder are answered by the handler, with a body.
            withErrorHandling: false,
            // No answer's header has anything in it that came from outside.
            withOutboundHeaderValidation: false, withEncoderConfiguration: encoding,
            withDecoderLimitConfiguration: decoding)
        try pipeline.addHandler(gate)
        try pipeline.addHandler(
            ConnectionHandler(
                application: application, loop: application.state.loopState(of: channel.eventLoop),
                now: channel.eventLoop.now, timeouts: timeouts))
    }

    /// Stops listening, lets requests in flight finish (for `HTTPTimeouts.drainSeconds` at most), and ends.
    public func stop() async {
        let listener: (any Channel)?
        listener = self.state.withLock { state in
            guard !state.isStopped else { return nil }
            state.isStopped = true
            return state.listener
        }
        self.announceStop()
        self.serverState.drain()
        // One may take minutes. Their clients get an answer that says why.
        self.validations.cancelAll()
        try? await listener?.close().get()
        for channel in self.serverState.connections.all { channel.pipeline.fireUserInboundEventTriggered(DrainEvent()) }
        await self.waitForConnections()
        try? await self.ownGroup?.shutdownGracefully()
        try? await self.readers.shutdownGracefully()
        try? await self.validations.shutdown()
    }

    private func waitForConnections() async {
        let open = self.serverState.connections.all
        guard !open.isEmpty else { return }
        let closed = EventLoopFuture.andAllComplete(open.map(\.closeFuture), on: self.group.any())
        let timeout = self.group.any().scheduleTask(in: .seconds(self.configuration.timeouts.drainSeconds)) {
            for channel in open { channel.close(promise: nil) }
        }
        try? await closed.get()
        timeout.cancel()
    }
}

/// Why a server can't begin.
public enum ServerError: Error, Hashable, Sendable {
    case badPort(Int)
    case cannotListen(host: String, port: Int, reason: String)
}

extension ServerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .badPort(let port): "\(port) is no port; it has to be 0 to 65535"
        case .cannotListen(let host, let port, let reason): "can't listen on \(host), port \(port): \(reason)"
        }
    }
}

/// An address that a server listens on.
public struct BoundAddress: Hashable, Sendable {
    /// An IP address.
    public var host: String
    public var port: Int

    /// Whether only this machine reaches it: 127.0.0.0/8 (RFC 1122, section 3.2.1.3), ::1 (RFC 4291, section 2.5.3), or the
    /// former written as an IPv6 address (section 2.5.5.2).
    public var isLoopback: Bool {
        guard let address = try? SocketAddress(ipAddress: self.host, port: 0) else { return false }
        return address.isLoopback || self.host.lowercased().hasPrefix("::ffff:127.")
    }

    /// `http://127.0.0.1:5000`.
    public var url: String {
        self.host.contains(":") ? "http://[\(self.host)]:\(self.port)" : "http://\(self.host):\(self.port)"
    }
}
