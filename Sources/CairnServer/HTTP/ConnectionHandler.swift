internal import CairnLedger
internal import Logging
internal import NIOCore
internal import NIOHTTP1

/// Carries out what `ConnectionStateMachine` decides for one connection: keeps bodies, calls routes, writes answers.
final class ConnectionHandler: ChannelInboundHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias OutboundOut = HTTPServerResponsePart

    /// A request from its head to its answer.
    package struct Exchange {
        var head: HTTPRequestHead
        /// Nil when it was refused for its head.
        var match: Router.Match?
        var query = Query()
        var mediaType: MediaType?
        var bodyBytesMax = 0
        var refusal: Problem?
        var body: ByteBuffer?
        var heldBytes = 0
        var beganAt: NIODeadline
        var cancellation = Cancellation()
    }

    let application: Application
    let loop: LoopState
    var machine: ConnectionStateMachine
    var exchange: Exchange?
    /// Counts exchanges, so that an answer that comes after its connection's end is known as late.
    var exchangeNumber: UInt64 = 0
    /// A streamed answer that waits for the client to take what was sent.
    var waitingStream: StreamState?
    private(set) var client = ClientID(rawValue: 0)
    private var context: ChannelHandlerContext?
    private var timer: (task: Scheduled<Void>, deadline: NIODeadline)?
    /// The Host header that was found right last: clients send the same one again and again.
    var checkedHost: String?
    /// Answers that are being ended within one another.
    var nestedAnswers = 0

    init(application: Application, loop: LoopState, now: NIODeadline, timeouts: HTTPTimeouts) {
        self.application = application
        self.loop = loop
        self.machine = ConnectionStateMachine(timeouts: timeouts, now: now)
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if let address = context.remoteAddress?.ipAddress { self.client = ClientID(address: address) }
        if self.application.state.isDraining, self.machine.drain() { return context.close(promise: nil) }
        self.armTimer(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.machine.inactive()
        self.endExchange()
        self.waitingStream = nil
        self.timer?.task.cancel()
        self.timer = nil
        self.context = nil
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is DrainEvent {
            if self.machine.drain() { self.closeWhenSent(context) }
        } else if event is MakeRoomEvent {
            if self.machine.makeRoom(now: context.eventLoop.now) {
                self.armTimer(context)
                self.closeWhenSent(context)
            }
        } else if event as? ChannelEvent == .inputClosed {
            if self.machine.inputClosed(now: context.eventLoop.now) {
                self.closeWhenSent(context)
            } else {
                self.armTimer(context)
            }
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            // A connection that breaks is nothing unusual.
            self.application.logger.debug("connection failed", metadata: ["error": "\(error)"])
            context.close(promise: nil)
            return
        }
        switch self.machine.malformed(now: context.eventLoop.now) {
        case .refuse:
            let problem =
                error == .headerOverflow
                ? Problem(.headersTooLarge, "All headers together may have \(HTTPLimits.headerBytesMax) bytes.")
                : Problem(.badHTTP, "The request can't be read: \(error).")
            self.write(problem.response(), context)
        case .close:
            context.close(promise: nil)
        case .none:
            break
        }
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head): self.read(head, context)
        case .body(let part): self.read(part, context)
        case .end: self.readEnd(context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Here rather than at each part: most requests come in one piece, and need no timer.
        self.armTimer(context)
        context.fireChannelReadComplete()
    }

    private func read(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let now = context.eventLoop.now
        var head = head
        head.headers.trimValues()
        var exchange = Exchange(head: head, beganAt: now)
        do throws(Problem) {
            try TransferCoding.check(head)
            try self.checkSite(head, context)
            try self.route(&exchange)
        } catch {
            exchange.refusal = error
        }
        var facts = ConnectionStateMachine.Head()
        facts.bodyLimit = exchange.refusal == nil ? exchange.bodyBytesMax : nil
        facts.contentLength = Self.contentLength(head)
        facts.expectsContinue = head.headers.first(name: "expect") != nil
        facts.isKeepAlive = head.isKeepAlive && !head.asksForAnotherProtocol
        self.exchangeNumber += 1
        self.exchange = exchange
        switch self.machine.head(facts, now: now) {
        case .receive(sendContinue: true):
            let answer = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(self.wrapOutboundOut(.head(answer)), promise: nil)
        case .receive(sendContinue: false), .ignore:
            break
        case .refuseNow:
            self.refuse(exchange.refusal ?? Self.tooLarge(exchange.bodyBytesMax), context)
        }
    }

    private func read(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
        switch self.machine.body(bytes: part.readableBytes, now: context.eventLoop.now) {
        case .keep:
            guard self.application.state.budget.take(part.readableBytes) else {
                self.machine.refuseBody(now: context.eventLoop.now)
                let problem = Problem(.tooBusy, "The bodies of other requests take all memory there is for them.")
                self.refuse(problem.retry(afterSeconds: 1), context)
                return
            }
            self.exchange?.heldBytes += part.readableBytes
            self.exchange?.keep(part)
        case .drop:
            break
        case .refuseTooLarge:
            self.refuse(Self.tooLarge(self.exchange?.bodyBytesMax ?? 0), context)
        }
    }

    private func readEnd(_ context: ChannelHandlerContext) {
        switch self.machine.end(now: context.eventLoop.now) {
        case .handle:
            self.handle(context)
        case .answerRefusal:
            if let problem = self.exchange?.refusal { self.refuse(problem, context) }
        case .close:
            self.closeWhenSent(context)
        case .none:
            break
        }
    }

    private static func tooLarge(_ bytesMax: Int) -> Problem {
        Problem(.bodyTooLarge, "The body is larger than the \(bytesMax) bytes that are possible here.")
            .with("limit", bytesMax)
    }

    private static func contentLength(_ head: HTTPRequestHead) -> Int? {
        if head.headers.contains(name: "transfer-encoding") { return nil }
        // The decoder has checked that it is a number.
        return head.headers.first(name: "content-length").map { Int($0) ?? .max } ?? 0
    }

    // MARK: Ends

    /// Forgets the present exchange, and gives back what it held.
    func endExchange() {
        guard let exchange = self.exchange else { return }
        if exchange.heldBytes > 0 { self.application.state.budget.giveBack(exchange.heldBytes) }
        exchange.cancellation.cancel()
        self.exchange = nil
    }

    /// Closes the connection behind all that was handed to the channel.
    func closeWhenSent(_ context: ChannelHandlerContext) {
        // Not through the encoder, which would take it for a part of an answer.
        let encoder = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        let sent = context.eventLoop.makePromise(of: Void.self)
        let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
        sent.futureResult.whenComplete { _ in loopBound.value.close(promise: nil) }
        guard let encoder else { return sent.succeed(()) }
        encoder.writeAndFlush(NIOAny(IOData.byteBuffer(ByteBuffer())), promise: sent)
    }

    // MARK: Time

    /// One timer a connection: it is set anew only when it would come too late.
    func armTimer(_ context: ChannelHandlerContext) {
        guard let deadline = self.machine.deadline else { return }
        if let timer = self.timer, timer.deadline <= deadline { return }
        self.timer?.task.cancel()
        let loopBound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(deadline: deadline) { loopBound.value.timerFired() }
        self.timer = (task, deadline)
    }

    private func timerFired() {
        self.timer = nil
        guard let context = self.context else { return }
        let unsent = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        switch self.machine.timer(now: context.eventLoop.now, unsentBytes: unsent) {
        case .none:
            self.armTimer(context)
        case .refuseTooSlow:
            self.refuse(Problem(.bodyTooSlow, "The body took longer than is allowed."), context)
        case .close:
            context.close(promise: nil)
        }
    }
}
