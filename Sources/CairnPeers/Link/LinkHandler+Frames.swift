internal import CairnConsensus
internal import NIOCore
internal import NIOSSL
internal import NIOWebSocket

extension LinkHandler {
    /// A frame that may be looked at now.
    func handle(_ frame: WebSocketFrame) {
        switch frame.opcode {
        case .binary, .continuation:
            do throws(LinkEnd) {
                guard try self.parts.add(frame) else { return }
            } catch {
                return self.end(error)
            }
            let parts = self.parts
            self.parts = MessageParts()
            self.handle(parts)
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

    /// A whole message.
    private func handle(_ parts: MessageParts) {
        switch self.state {
        case .handshake: self.handleGreeting(parts)
        case .active(let link):
            link.update { $0.bytesIn += UInt64(parts.byteCount) }
            self.undecoded.append((parts, link.window.open(bytes: parts.byteCount)))
            self.decodeNext()
        case .waiting, .over: break
        }
    }

    private func handleGreeting(_ parts: MessageParts) {
        let size = parts.byteCount
        guard size <= MessageLimits.helloBytesMax else {
            return self.end(.message(.tooLarge(bytes: size, limit: MessageLimits.helloBytesMax)))
        }
        do throws(WireError) {
            guard case .hello(let hello) = try WireMessage(decoding: parts.joined) else {
                throw .outOfPlace(field: "a message before the greeting")
            }
            self.greeted(hello)
        } catch {
            self.end(.message(error))
        }
    }

    // MARK: Decoding

    /// Decodes what came, in its order: here what takes no time to speak of, elsewhere what does.
    private func decodeNext() {
        while !self.isDecoding, self.endReason == nil, case .active(let link) = self.state,
            let (parts, credit) = self.undecoded.popFirst()
        {
            do throws(WireError) {
                if let message = try Self.decodeHere(parts) {
                    self.receive(message, bytes: parts.byteCount, on: link, credit)
                } else {
                    self.decodeElsewhere(parts, on: link, credit)
                }
            } catch {
                credit.finish()
                self.refuse(error, bytes: parts.byteCount)
            }
        }
    }

    /// A message that can't be read ends the link, unless an honest node of a later version may have written it.
    private func refuse(_ error: WireError, bytes: Int) {
        if error.isOfNewerVersion { self.spend(bytes: bytes) } else { self.end(.message(error)) }
    }

    /// Nil for what takes too long here.
    private static func decodeHere(_ parts: MessageParts) throws(WireError) -> WireMessage? {
        guard parts.byteCount <= MessageLimits.hereBytesMax else { return nil }
        let bytes = parts.joined
        guard try WireScan.check(bytes.readableBytesSpan) <= MessageLimits.hereFieldsMax else { return nil }
        return try WireMessage(scanned: bytes)
    }

    private func decodeElsewhere(_ parts: MessageParts, on link: Link, _ credit: ReceiveCredit) {
        guard let context = self.context else { return credit.finish() }
        self.isDecoding = true
        let loop = context.eventLoop
        let loopBound = NIOLoopBound(self, eventLoop: loop)
        self.host.decode(isMember: link.isMember) {
            let result = Result { () throws(WireError) in try WireMessage(decoding: parts.joined) }
            loop.execute { loopBound.value.decoded(result, bytes: parts.byteCount, credit) }
        }
    }

    private func decoded(_ result: Result<WireMessage, WireError>, bytes: Int, _ credit: ReceiveCredit) {
        self.isDecoding = false
        guard case .active(let link) = self.state else { return credit.finish() }
        switch result {
        case .success(let message): self.receive(message, bytes: bytes, on: link, credit)
        case .failure(let error):
            credit.finish()
            self.refuse(error, bytes: bytes)
        }
        self.decodeNext()
    }

    private func receive(_ message: WireMessage, bytes: Int, on link: Link, _ credit: ReceiveCredit) {
        switch message {
        case .node(let message):
            // What was asked for costs the one that gives it.
            if !message.isAnswer || !link.takeAnswer() { self.spend(bytes: bytes) }
            self.host.received(message, on: link, credit: credit)
        case .addresses(let records):
            self.spend(bytes: bytes)
            // Each costs a check of a signature. Those that are too many are not missed: others bring them too.
            if self.recordBudget?.take(records.count, now: self.now) == .zero {
                self.host.received(records, on: link)
            }
            credit.finish()
        case .hello:
            credit.finish()
            self.end(.message(.outOfPlace(field: "a second greeting")))
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
            self.messageBudget?.take(1, now: now) ?? .zero, self.byteBudget?.take(bytes, now: now) ?? .zero,
            link.isMember ? .zero : self.host.othersBudget.take(messages: 1, bytes: bytes, now: now))
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
    /// Whether one answer of those below comes to it.
    var isRequest: Bool {
        switch self {
        case .vote(.request(.block)), .vote(.finalsRequest), .catchUp(.headersRequest), .catchUp(.blocksRequest),
            .snapshot(.request), .snapshot(.outlinesRequest):
            true
        case .vote, .catchUp, .snapshot, .checkpoint: false
        }
    }

    /// Whether it may have been asked for.
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
    package init(_ error: any Error, isHandshake: Bool) {
        switch error {
        case let end as LinkEnd: self = end
        case is NIOWebSocketError: self = .protocolViolation("a frame that WebSocket doesn't allow")
        case is NIOSSLError where "\(error)".contains("ALERT_CERTIFICATE_UNKNOWN"): self = .refusedByPeer
        default:
            let text = PlainWords.text(of: error)
            self = isHandshake ? .handshake(text) : .network(text)
        }
    }
}
