internal import DequeModule
internal import NIOCore
internal import NIOHTTP1

/// Lets one request in at a time: the next one of a pipelining client (RFC 9112, section 9.3.2) waits until the one
/// before is answered.
///
/// SwiftNIO's `HTTPServerPipelineHandler` does the same, and stops reading from the socket while a request is answered:
/// two system calls a request that only a pipelining client has a use for. This one stops only when requests gather.
final class PipelineGate: ChannelDuplexHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias InboundOut = HTTPServerRequestPart
    package typealias OutboundIn = HTTPServerResponsePart
    package typealias OutboundOut = HTTPServerResponsePart

    /// Parts that may gather before reading stops. What one read yields may come on top.
    private static let waitingPartsMax = 16

    /// Of the request that was let in: whether its end and its answer's end are still to come.
    private var awaitsRequestEnd = false
    private var awaitsAnswerEnd = false
    private var waiting: Deque<HTTPServerRequestPart> = []
    /// What the decoder could not read, behind everything that waits. Nothing follows it.
    private var waitingError: (any Error)?
    /// The client closed its side behind everything that waits.
    private var waitingEnd = false
    private var holdsRead = false
    private var isUpgraded = false
    /// Of the request that is being read, which may be one that waits: its head has come and its end has not.
    private(set) var isInBody = false
    /// How many requests were read to their end, one after the other.
    private(set) var endings: UInt64 = 0
    /// How many parts of bodies were read.
    private(set) var bodyParts: UInt64 = 0
    private var isPassing = false

    private var isOpen: Bool { !self.awaitsRequestEnd && !self.awaitsAnswerEnd }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = self.unwrapInboundIn(data)
        switch part {
        case .head(let head):
            self.isInBody = true
            if head.asksForAnotherProtocol { self.isUpgraded = true }
        case .body: self.bodyParts &+= 1
        case .end:
            self.isInBody = false
            self.endings &+= 1
        }
        if self.waiting.isEmpty, self.isOpen || self.awaitsRequestEnd {
            self.pass(part, context)
        } else {
            self.waiting.append(part)
        }
    }

    private func pass(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head:
            self.awaitsRequestEnd = true
            self.awaitsAnswerEnd = true
        case .body: break
        case .end: self.awaitsRequestEnd = false
        }
        context.fireChannelRead(self.wrapInboundOut(part))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError, !self.waiting.isEmpty || self.awaitsAnswerEnd, !self.awaitsRequestEnd {
            self.waitingError = error
        } else {
            context.fireErrorCaught(error)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed, !self.waiting.isEmpty || self.waitingError != nil {
            self.waitingEnd = true
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func read(context: ChannelHandlerContext) {
        // Behind a request for another protocol the decoder reads nothing more.
        guard !self.isUpgraded else { return }
        if self.waiting.count < Self.waitingPartsMax {
            context.read()
        } else {
            self.holdsRead = true
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let isEnd = if case .end = self.unwrapOutboundIn(data) { true } else { false }
        context.write(data, promise: promise)
        guard isEnd else { return }
        self.awaitsAnswerEnd = false
        self.passWaiting(context)
    }

    /// Hands the next request on, as far as it is there. An answer from within that comes back here, and is left to the
    /// loop that is running.
    private func passWaiting(_ context: ChannelHandlerContext) {
        guard !self.isPassing, !self.waiting.isEmpty || self.waitingError != nil else { return }
        self.isPassing = true
        var hasPassed = false
        while self.isOpen || self.awaitsRequestEnd, let part = self.waiting.popFirst() {
            self.pass(part, context)
            hasPassed = true
        }
        self.isPassing = false
        if self.waiting.isEmpty, self.isOpen || self.awaitsRequestEnd, let error = self.waitingError {
            self.waitingError = nil
            context.fireErrorCaught(error)
        }
        if hasPassed { context.fireChannelReadComplete() }
        if self.waitingEnd, self.waiting.isEmpty, self.waitingError == nil {
            self.waitingEnd = false
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
        if self.holdsRead, self.waiting.count < Self.waitingPartsMax {
            self.holdsRead = false
            context.read()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.waiting.removeAll()
        context.fireChannelInactive()
    }
}
