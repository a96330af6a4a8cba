internal import CairnConsensus
internal import NIOCore
internal import NIOSSL
internal import NIOWebSocket

extension LinkHandler {
    /// A frame that may be looked at now.
    func handle(_ frame: WebSocketFrame) {
        switch frame.opcode {
        case .binary:
            // The key 0 changes nothing.
            let isPlain = frame.maskKey.map { key in key.allSatisfy { $0 == 0 } } ?? true
            self.handle(message: isPlain ? frame.data : frame.unmaskedData)
        case .ping:
            self.spend(bytes: 64)
            // Who asks without listening gets no answer: answers don't pile up.
            if let context = self.context, context.channel.isWritable {
                self.writeControl(.pong, data: frame.unmaskedData, context: context)
            }
        case .pong:
            self.handle(pong: frame.unmaskedData)
        case .connectionClose:
            self.endReason = self.endReason ?? .closedByPeer(Self.closeReason(in: frame.unmaskedData))
            self.context?.close(promise: nil)
        case .text:
            self.end(.protocolViolation("a text message"))
        default:
            self.end(.protocolViolation("a frame of an unknown kind"))
        }
    }

    private func handle(message bytes: ByteBuffer) {
        let size = bytes.readableBytes
        switch self.state {
        case .handshake:
            guard size <= MessageLimits.helloBytesMax else {
                return self.end(.message(.tooLarge(bytes: size, limit: MessageLimits.helloBytesMax)))
            }
            switch self.decode(bytes) {
            case .hello(let hello): self.greeted(hello)
            case nil: break
            default: self.end(.message(.outOfPlace(field: "a message before the greeting")))
            }
        case .active(let link):
            link.update { $0.bytesIn += UInt64(size) }
            switch self.decode(bytes) {
            case .node(let message):
                if !message.isAnswer { self.spend(bytes: size) }
                self.host.received(message, on: link, credit: link.window.open(bytes: size))
            case .addresses(let records):
                self.spend(bytes: size)
                // Each costs a check of a signature. Those that are too many are not missed: others bring them too.
                if self.recordBudget?.take(records.count, now: self.now) == .zero {
                    self.host.received(records, on: link)
                }
            case .hello: self.end(.message(.outOfPlace(field: "a second greeting")))
            case nil: break
            }
        case .waiting, .over: break
        }
    }

    /// Nil when it can't be read, which ends the link.
    private func decode(_ bytes: ByteBuffer) -> WireMessage? {
        do throws(WireError) {
            return try WireMessage(decoding: bytes)
        } catch {
            self.end(.message(error))
            return nil
        }
    }

    // MARK: Budget

    /// Counts a message against the node's budget; while that is used up, the link is not read.
    private func spend(bytes: Int) {
        guard case .active(let link) = self.state, let context = self.context else { return }
        let now = self.now
        if self.messageBudget == nil || self.isBudgetOfMember != link.isMember {
            self.isBudgetOfMember = link.isMember
            let budget = link.isMember ? self.host.limits.memberBudget : self.host.limits.otherBudget
            self.messageBudget = TokenBucket(perSecond: budget.messagesPerSecond, now: now)
            self.byteBudget = TokenBucket(perSecond: budget.bytesPerSecond, now: now)
            self.recordBudget = TokenBucket(perSecond: self.host.limits.addressesPerSecond, now: now)
        }
        let wait = max(
            self.messageBudget?.take(1, now: now) ?? .zero, self.byteBudget?.take(bytes, now: now) ?? .zero)
        guard wait > .zero else { return }
        link.window.pause(.budget)
        self.budgetTask?.cancel()
        self.budgetTask = context.eventLoop.scheduleTask(in: TimeAmount(wait)) { link.window.resume(.budget) }
    }

    // MARK: Signs of life

    func startPings() {
        guard let context = self.context else { return }
        let loopBound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let period = TimeAmount(self.host.times.ping)
        self.pingTask = context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: period) { _ in
            loopBound.value.ping()
        }
    }

    private func ping() {
        guard case .active(let link) = self.state, let context = self.context else { return }
        let silence = self.now.since(self.lastHeard)
        if link.window.isPaused {
            // What isn't read isn't heard.
            self.lastHeard = self.now
        } else if silence > self.host.times.silence {
            return self.end(.silence(silence))
        }
        self.writeControl(.ping, data: ByteBuffer(integer: self.now.nanoseconds), context: context)
    }

    private func handle(pong bytes: ByteBuffer) {
        var bytes = bytes
        guard case .active(let link) = self.state, let sent = bytes.readInteger(as: UInt64.self),
            bytes.readableBytes == 0, sent <= self.now.nanoseconds
        else { return }
        let roundTrip = self.now.since(Instant(nanoseconds: sent))
        link.update { $0.roundTrip = roundTrip }
    }

    // MARK: Control frames

    private func writeControl(_ opcode: WebSocketOpcode, data: ByteBuffer, context: ChannelHandlerContext) {
        let frame = WebSocketFrame(
            fin: true, opcode: opcode, maskKey: self.direction == .outgoing ? [0, 0, 0, 0] : nil, data: data)
        context.writeAndFlush(self.wrapOutboundOut(frame), promise: nil)
    }

    func sendClose(_ reason: LinkEnd, context: ChannelHandlerContext) {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: reason.isSuspicious ? .policyViolation : .goingAway)
        // A control frame has at most 125 bytes (RFC 6455, section 5.5).
        var text = String(describing: reason)
        while text.utf8.count > 120 { text.removeLast() }
        data.writeString(text)
        self.writeControl(.connectionClose, data: data, context: context)
    }

    private static func closeReason(in bytes: ByteBuffer) -> String {
        var bytes = bytes
        guard bytes.readWebSocketErrorCode() != nil else { return "" }
        let text = String(buffer: bytes)
        // It goes into the log.
        return String(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.map(Character.init))
    }
}

extension NodeMessage {
    /// Whether it was asked for: answers cost the one that gives them.
    fileprivate var isAnswer: Bool {
        switch self {
        case .vote(.block), .vote(.finals), .catchUp(.headers), .catchUp(.blocks), .catchUp(.unavailable),
            .snapshot(.snapshot), .snapshot(.outlines), .snapshot(.unavailable):
            true
        case .vote, .catchUp, .snapshot, .checkpoint: false
        }
    }
}

extension LinkEnd {
    init(_ error: any Error, isHandshake: Bool) {
        switch error {
        case let end as LinkEnd: self = end
        case is NIOWebSocketError, is NIOWebSocketFrameAggregator.Error: self = .protocolViolation("\(error)")
        case is NIOSSLError where "\(error)".contains("ALERT_CERTIFICATE_UNKNOWN"): self = .refusedByPeer
        default: self = isHandshake ? .handshake("\(error)") : .network("\(error)")
        }
    }
}
