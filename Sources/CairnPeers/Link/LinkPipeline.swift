package import CairnLedger
package import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import NIOWebSocket

/// What a connection's bytes go through: TLS, one HTTP request that asks for WebSocket, then WebSocket messages.
package enum LinkPipeline {
    static let path = "/cairn/link/1"

    /// Sets up a connection that is about to begin. On the connection's event loop.
    ///
    /// - Parameter now: the time by which certificates are judged.
    package static func configure(
        _ channel: any Channel, handler: LinkHandler, security: LinkSecurity, now: @escaping @Sendable () -> Timestamp
    ) throws {
        let loopBound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        let times = handler.host.times
        let patience = handler.direction == .incoming ? times.incomingHandshake : times.handshake
        handler.deadline = channel.eventLoop.scheduleTask(in: TimeAmount(patience)) {
            let handler = loopBound.value
            handler.end(.handshakeTimeout)
            channel.close(promise: nil)
        }
        channel.closeFuture.whenComplete { _ in loopBound.value.channelClosed() }

        let contexts = try security.contexts(now: now())
        let verification = security.verification(now: now) { result in
            switch result {
            case .success(let node):
                handler.node = node.key
                handler.isThisProcess = node.isThisProcess
            case .failure(let error): handler.endReason = handler.endReason ?? .certificate(error)
            }
        }
        let operations = channel.pipeline.syncOperations
        switch handler.direction {
        case .incoming:
            try operations.addHandler(
                NIOSSLServerHandler(context: contexts.server, customVerificationCallback: verification))
            try self.addServerUpgrade(operations, handler: loopBound)
        case .outgoing:
            try operations.addHandler(
                NIOSSLClientHandler(
                    context: contexts.client, serverHostname: nil, customVerificationCallback: verification))
            try self.addClientUpgrade(operations, handler: loopBound)
        }
        try operations.addHandler(NotUpgraded(handler: handler))
    }

    private static func addServerUpgrade(
        _ operations: ChannelPipeline.SynchronousOperations, handler: NIOLoopBound<LinkHandler>
    ) throws {
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: MessageLimits.bytesMax, automaticErrorHandling: false,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(head.uri == Self.path ? HTTPHeaders() : nil)
            },
            upgradePipelineHandler: { channel, _ in Self.upgraded(channel, handler: handler) })
        try operations.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }), withErrorHandling: false)
    }

    private static func addClientUpgrade(
        _ operations: ChannelPipeline.SynchronousOperations, handler: NIOLoopBound<LinkHandler>
    ) throws {
        let upgrader = NIOWebSocketClientUpgrader(
            maxFrameSize: MessageLimits.bytesMax, automaticErrorHandling: false,
            upgradePipelineHandler: { channel, _ in Self.upgraded(channel, handler: handler) })
        try operations.addHTTPClientHandlers(
            leftOverBytesStrategy: .forwardBytes,
            withClientUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
        try operations.addHandler(UpgradeRequest())
    }

    /// What stands behind the codec of WebSocket frames.
    package static func addMessageHandlers(
        _ operations: ChannelPipeline.SynchronousOperations, handler: LinkHandler
    ) throws {
        let encoder = try operations.context(handlerType: WebSocketFrameEncoder.self).handler
        try operations.addHandler(handler.output, position: .before(encoder))
        let decoder = try operations.context(handlerType: ByteToMessageHandler<WebSocketFrameDecoder>.self).handler
        try operations.addHandler(FrameGate(handler: handler), position: .before(decoder))
        try operations.addHandler(handler)
    }

    /// Both speak WebSocket from now on.
    private static func upgraded(
        _ channel: any Channel, handler: NIOLoopBound<LinkHandler>
    ) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let operations = channel.pipeline.syncOperations
            try Self.addMessageHandlers(operations, handler: handler.value)
            if let leftover = try? operations.context(handlerType: NotUpgraded.self) {
                operations.removeHandler(context: leftover, promise: nil)
            }
        }
    }
}

/// Asks for WebSocket as soon as there is a connection.
private final class UpgradeRequest: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    func channelActive(context: ChannelHandlerContext) {
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: LinkPipeline.path,
            headers: ["host": "cairn", "content-length": "0"])
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }
}

/// Takes what comes to the pipeline's end as long as the connection is no WebSocket: an answer or a request of
/// something else, and errors.
private final class NotUpgraded: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Never

    private let handler: LinkHandler

    init(handler: LinkHandler) {
        self.handler = handler
    }

    func channelActive(context: ChannelHandlerContext) {
        self.handler.isConnected = true
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.end(
            .handshake("what is there takes no links on \(LinkPipeline.path), or asked for something else"), context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.end(LinkEnd(error, isHandshake: true), context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let reason = event as? LinkEnd { self.end(reason, context) }
        context.fireUserInboundEventTriggered(event)
    }

    private func end(_ reason: LinkEnd, _ context: ChannelHandlerContext) {
        self.handler.end(reason)
        context.close(promise: nil)
    }
}
