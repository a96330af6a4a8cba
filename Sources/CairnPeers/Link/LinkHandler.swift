package import CairnConsensus
package import CairnLedger
package import NIOCore
package import NIOWebSocket

/// One connection to another node, from its first byte to its end: greets, hands messages up, watches that the other
/// end lives.
///
/// It is made with the connection and stands in the pipeline once that speaks WebSocket. All of it happens on one
/// event loop.
package final class LinkHandler: ChannelInboundHandler {
    package typealias InboundIn = WebSocketFrame
    package typealias OutboundOut = WebSocketFrame

    package enum State {
        /// TLS and HTTP are under way, or the other end's greeting is.
        case handshake
        /// Both have greeted; another link has to end first.
        case waiting(Link, greeting: Hello)
        case active(Link)
        case over
    }

    package let host: any LinkHost
    package let id: UInt64
    package let direction: PeerStatus.Direction
    package let remoteHost: String
    package let dialed: DialTarget?
    package let output: LinkOutput

    /// Whether there ever was a connection, and not just an attempt.
    package var isConnected = false
    /// Whose key the other end proved, in the TLS handshake.
    package var node: PublicKey?
    /// Whether that is this very process.
    package var isThisProcess = false
    package var number: UInt64?
    package var state = State.handshake
    /// The first reason for the connection's end is the true one.
    var endReason: LinkEnd?
    package var context: ChannelHandlerContext?
    /// Frames that came while another link to the node ended.
    var heldFrames: [WebSocketFrame] = []
    /// What came of a message that isn't whole yet.
    var parts = MessageParts()
    /// Messages behind one that is being decoded on another thread: they are handed up in the order in which they came.
    var undecoded: CircularBuffer<(parts: MessageParts, credit: ReceiveCredit)> = []
    var isDecoding = false
    var lastHeard = Instant(nanoseconds: 0)
    var pingTask: RepeatedTask?
    var messageBudget: TokenBucket?
    var byteBudget: TokenBucket?
    var isBudgetOfMember = false
    var recordBudget: TokenBucket?
    var budgetTask: Scheduled<Void>?
    var deadline: Scheduled<Void>?

    package init(
        host: any LinkHost, id: UInt64, direction: PeerStatus.Direction, remoteHost: String, dialed: DialTarget?
    ) {
        self.host = host
        self.id = id
        self.direction = direction
        self.remoteHost = remoteHost
        self.dialed = dialed
        self.output = LinkOutput(isMasking: direction == .outgoing)
    }

    package var now: Instant {
        Instant(nanoseconds: self.context?.eventLoop.now.uptimeNanoseconds ?? self.lastHeard.nanoseconds)
    }

    // MARK: Pipeline

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.lastHeard = self.now
        // Without the custom check of certificates there is no key: nothing else may tell who this is.
        guard let node = self.node else { return self.end(.handshake("no certificate was checked")) }
        guard node != self.host.identity.publicKey else { return self.end(self.isThisProcess ? .itself : .sameKey) }
        // A greeting could end the link that there is, in favour of one that nobody looked for.
        if let expected = self.dialed?.node, expected != node, self.host.isLinked(to: node) {
            return self.end(.another)
        }
        let greeting = self.host.greeting(for: node)
        self.number = greeting.number
        self.send(.hello(greeting))
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = self.unwrapInboundIn(data)
        self.lastHeard = self.now
        // TLS takes a moment to say goodbye: what comes meanwhile is nothing that anybody waits for.
        guard self.endReason == nil else { return }
        // A client masks its frames, a server doesn't (RFC 6455, section 5.1).
        guard (frame.maskKey != nil) == (self.direction == .incoming) else {
            return self.end(.protocolViolation("frames that are masked, or not, as the other side's"))
        }
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            return self.end(.protocolViolation("a frame of an extension"))
        }
        switch self.state {
        case .over: return
        case .waiting: self.heldFrames.append(frame)
        case .handshake, .active: self.handle(frame)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.end(LinkEnd(error, isHandshake: self.isHandshake))
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let reason = event as? LinkEnd, self.isHandshake { self.end(reason) }
        context.fireUserInboundEventTriggered(event)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        self.channelClosed()
    }

    private var isHandshake: Bool {
        if case .handshake = self.state { true } else { false }
    }

    // MARK: Beginning

    /// Lets messages through.
    package func activate() {
        guard case .waiting(let link, let greeting) = self.state else { return }
        self.activate(link, greeting: greeting)
        link.window.resume(.admission)
        let frames = self.heldFrames
        self.heldFrames = []
        for frame in frames {
            guard case .active = self.state else { return }
            self.handle(frame)
        }
    }

    private func activate(_ link: Link, greeting: Hello) {
        self.state = .active(link)
        self.startPings()
        self.host.activated(link, greeting: greeting)
        self.writeQueue()
    }

    /// The other end's greeting.
    func greeted(_ hello: Hello) {
        guard let context = self.context, let node = self.node, let number = self.number else { return }
        let identity = self.host.identity
        guard hello.chain == identity.chain else {
            return self.end(.otherChain(expected: identity.chain, found: hello.chain))
        }
        guard hello.versions.overlaps(Hello.versionsSpoken) else {
            return self.end(.versions(ours: Hello.versionsSpoken, theirs: hello.versions))
        }
        if let record = hello.address {
            guard record.node == node, record.isValid(chain: identity.chain) else {
                return self.end(.protocolViolation("the addresses in its greeting are not signed by it"))
            }
        }
        self.deadline?.cancel()
        let link = Link(
            id: self.id, node: node, direction: self.direction, number: number, numberThere: hello.number,
            remoteHost: self.remoteHost, dialed: self.dialed, since: self.host.timestamp, channel: context.channel,
            handler: self, limits: self.host.limits)
        switch self.host.admit(link, openFrom: hello.openFrom) {
        case .accept:
            self.activate(link, greeting: hello)
        case .wait:
            self.state = .waiting(link, greeting: hello)
            link.window.pause(.admission)
        case .refuse(let reason):
            self.end(reason)
        }
    }

    // MARK: Sending

    package func send(_ message: WireMessage) {
        // What this node says about itself is never too large.
        guard let bytes = try? message.encoded() else { return }
        self.output.write([bytes], promise: nil)
    }

    func writeQueue() {
        guard case .active(let link) = self.state, let context = self.context else { return }
        let messages = link.takeQueue()
        guard !messages.isEmpty else { return }
        let size = messages.reduce(0) { $0 + $1.readableBytes }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in link.wrote(bytes: size) }
        self.output.write(messages, promise: promise)
    }

    // MARK: Ending

    /// Ends the connection, and tells the other end why.
    package func end(_ reason: LinkEnd) {
        guard self.endReason == nil else { return }
        self.endReason = reason
        guard let context = self.context, context.channel.isActive else { return }
        self.sendClose(reason, context: context)
        context.close(promise: nil)
    }

    /// The connection is closed, by whomever.
    func channelClosed() {
        if case .over = self.state { return }
        let before = self.state
        self.state = .over
        self.deadline?.cancel()
        self.pingTask?.cancel()
        self.budgetTask?.cancel()
        self.heldFrames = []
        self.parts = MessageParts()
        for (_, credit) in self.undecoded { credit.finish() }
        self.undecoded = []
        var link: Link?
        var wasActive = false
        switch before {
        case .handshake, .over: break
        case .waiting(let waiting, _): link = waiting
        case .active(let active):
            link = active
            wasActive = true
        }
        link?.closeQueue()
        guard self.isConnected else { return }
        self.host.ended(
            EndedConnection(
                id: self.id, node: self.node, number: self.number, link: link, wasActive: wasActive,
                direction: self.direction,
                remoteHost: self.remoteHost, dialed: self.dialed,
                reason: self.endReason ?? .network("the other end closed it without a word")))
    }
}
