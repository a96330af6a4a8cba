import CairnConsensus
import CairnHash
import CairnLedger
import CairnPeers
import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing

/// A link's handler behind the WebSocket codec, with a clock that stands until it is moved.
struct LinkHandlerTests {
    private struct Setup {
        let channel = EmbeddedChannel()
        let host: RawPeer
        let handler: LinkHandler

        init(_ host: RawPeer = RawPeer(seed: 1), direction: PeerStatus.Direction = .outgoing) throws {
            self.host = host
            self.handler = LinkHandler(host: host, id: 1, direction: direction, remoteHost: "192.0.2.1", dialed: nil)
            self.handler.node = Samples.key(2).publicKey
            self.handler.isConnected = true
            self.channel.connect(to: try SocketAddress(ipAddress: "192.0.2.1", port: 1), promise: nil)
            let operations = self.channel.pipeline.syncOperations
            try operations.addHandler(WebSocketFrameEncoder())
            try operations.addHandler(
                ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: MessageLimits.bytesMax)))
            try LinkPipeline.addMessageHandlers(operations, handler: self.handler)
        }

        /// A whole frame, masked with a key that isn't 0 when it comes from a client.
        func frame(_ opcode: WebSocketOpcode, _ data: [UInt8], fin: Bool = true) throws -> ByteBuffer {
            let encoder = EmbeddedChannel(handler: WebSocketFrameEncoder())
            let key: WebSocketMaskingKey? = self.handler.direction == .incoming ? [1, 2, 3, 4] : nil
            try encoder.writeOutbound(
                WebSocketFrame(fin: fin, opcode: opcode, maskKey: key, data: ByteBuffer(bytes: data)))
            var bytes = ByteBuffer()
            while var part = try encoder.readOutbound(as: ByteBuffer.self) { bytes.writeBuffer(&part) }
            return bytes
        }

        func receive(_ message: WireMessage) throws {
            try self.channel.writeInbound(self.frame(.binary, Array(buffer: message.encoded())))
        }

        func greet(_ change: (inout Hello) -> Void = { _ in }) throws {
            var hello = Hello(chain: Samples.chain, number: 1, openFrom: 1, agent: "")
            change(&hello)
            try self.receive(.hello(hello))
        }

        /// What was written since, frame by frame.
        func sent() throws -> [WebSocketFrame] {
            let decoder = EmbeddedChannel(
                handler: ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: MessageLimits.bytesMax)))
            while let bytes = try self.channel.readOutbound(as: ByteBuffer.self) { try decoder.writeInbound(bytes) }
            var frames: [WebSocketFrame] = []
            while let frame = try decoder.readInbound(as: WebSocketFrame.self) { frames.append(frame) }
            return frames
        }

        func advance(_ duration: Duration) { self.channel.embeddedEventLoop.advanceTime(by: TimeAmount(duration)) }

        var received: [NodeMessage] {
            self.host.events.all.compactMap { if case .received(let message) = $0 { message } else { nil } }
        }

        var end: LinkEnd? {
            for case .ended(let reason) in self.host.events.all { return reason }
            return nil
        }
    }

    @Test func itGreetsFirst() throws {
        let setup = try Setup()
        let frames = try setup.sent()
        #expect(frames.count == 1)
        #expect(try WireMessage(decoding: try #require(frames.first).unmaskedData) == .hello(setup.host.hello))
        try setup.greet()
        #expect(setup.host.events.all.count == 1)
    }

    @Test(arguments: [PeerStatus.Direction.incoming, .outgoing])
    func fragmentsAreJoined(direction: PeerStatus.Direction) throws {
        let setup = try Setup(direction: direction)
        try setup.greet()
        let message = NodeMessage.vote(.block(Samples.block(records: 9, byteCount: 900)))
        let bytes = Array(buffer: try WireMessage.node(message).encoded())
        try setup.channel.writeInbound(setup.frame(.binary, Array(bytes[..<3_000]), fin: false))
        // Control frames may stand between.
        try setup.channel.writeInbound(setup.frame(.ping, [5]))
        try setup.channel.writeInbound(setup.frame(.continuation, Array(bytes[3_000..<6_000]), fin: false))
        try setup.channel.writeInbound(setup.frame(.continuation, Array(bytes[6_000...])))
        #expect(setup.received == [message])
        #expect(try setup.sent().contains { $0.opcode == .pong && Array(buffer: $0.unmaskedData) == [5] })
    }

    /// Members of a later version hand their changes to all: who doesn't know the settings stays linked, and waits for the block.
    @Test func aChangeOfALaterVersionIsPassedBy() throws {
        let setup = try Setup()
        try setup.greet()
        let bytes = Array(buffer: try WireMessage.node(.vote(.change(Samples.changeOfSettings))).encoded())
        let place = try #require(bytes.firstRange(of: Array("simplex-1".utf8))).upperBound - 1
        var newer = bytes
        newer[place] = UInt8(ascii: "3")
        try setup.channel.writeInbound(setup.frame(.binary, newer))
        try setup.receive(.node(Samples.status(1)))
        #expect(setup.received == [Samples.status(1)] && setup.end == nil)
        // Any other fault ends the link.
        var bad = bytes
        bad[try #require(bytes.firstRange(of: Array("joining".utf8))).lowerBound] ^= 1
        try setup.channel.writeInbound(setup.frame(.binary, bad))
        setup.channel.embeddedEventLoop.run()
        #expect(setup.end != nil)
    }

    @Test func bytesThatComeOneByOne() throws {
        let setup = try Setup(direction: .incoming)
        try setup.greet()
        for byte in Array(
            buffer: try setup.frame(.binary, Array(buffer: WireMessage.node(Samples.status(1)).encoded())))
        {
            try setup.channel.writeInbound(ByteBuffer(bytes: [byte]))
        }
        #expect(setup.received == [Samples.status(1)])
    }

    @Test func pingsTellTheRoundTripAndSilenceEnds() throws {
        let setup = try Setup()
        try setup.greet()
        setup.advance(.zero)
        let ping = try #require(try setup.sent().first { $0.opcode == .ping })
        setup.advance(.milliseconds(30))
        try setup.channel.writeInbound(setup.frame(.pong, Array(buffer: ping.unmaskedData)))
        #expect(setup.host.link?.status.roundTrip == .milliseconds(30))
        setup.advance(.seconds(19))
        #expect(setup.end == nil)
        setup.advance(.seconds(10))
        setup.channel.embeddedEventLoop.run()
        guard case .silence = setup.end else {
            Issue.record("it ended for \(String(describing: setup.end))")
            return
        }
    }

    @Test func whatIsNotReadIsNotSilent() throws {
        let setup = try Setup()
        try setup.greet()
        setup.host.link?.window.pause(.unfinished)
        setup.advance(.seconds(100))
        #expect(setup.end == nil)
    }

    @Test func aGreetingOfAnotherLedger() throws {
        let setup = try Setup()
        try setup.greet { $0.chain = Samples.otherChain }
        setup.channel.embeddedEventLoop.run()
        #expect(setup.end == .otherChain(expected: Samples.chain, found: Samples.otherChain))
        let close = try #require(try setup.sent().first { $0.opcode == .connectionClose })
        #expect(String(buffer: close.unmaskedData).contains("it is of ledger"))
    }

    @Test func aGreetingThatIsTooLarge() throws {
        let setup = try Setup()
        try setup.channel.writeInbound(
            setup.frame(.binary, [UInt8](repeating: 0, count: MessageLimits.helloBytesMax + 1)))
        setup.channel.embeddedEventLoop.run()
        #expect(
            setup.end
                == .message(.tooLarge(bytes: MessageLimits.helloBytesMax + 1, limit: MessageLimits.helloBytesMax)))
    }

    @Test func messagesBeforeTheGreeting() throws {
        let setup = try Setup()
        try setup.receive(.node(Samples.status(1)))
        setup.channel.embeddedEventLoop.run()
        #expect(setup.end == .message(.outOfPlace(field: "a message before the greeting")))
        #expect(setup.received.isEmpty)
    }

    @Test func messagesWaitForTheOtherLinksEnd() throws {
        let setup = try Setup(RawPeer(seed: 1, admission: .wait))
        try setup.greet()
        try setup.receive(.node(Samples.status(1)))
        #expect(setup.host.events.all.isEmpty)
        setup.handler.activate()
        #expect(setup.received == [Samples.status(1)])
    }

    @Test func budgetsStopReading() throws {
        var limits = PeerLimits()
        limits.otherBudget = PeerBudget(messagesPerSecond: 10, bytesPerSecond: 1 << 20)
        let setup = try Setup(RawPeer(seed: 1, limits: limits))
        try setup.greet()
        for view in UInt64(0)..<20 { try setup.receive(.node(Samples.status(view))) }
        let window = try #require(setup.host.link?.window)
        #expect(!window.isPaused)
        // Twice what a second brings is used up.
        try setup.receive(.node(Samples.status(20)))
        #expect(window.isPaused)
        setup.advance(.milliseconds(90))
        #expect(window.isPaused)
        setup.advance(.milliseconds(10))
        #expect(!window.isPaused)
        // Answers cost nothing, as far as they were asked for.
        for _ in 0..<50 { setup.host.link?.noteAsked() }
        for _ in 0..<50 { try setup.receive(.node(.catchUp(.unavailable(from: 1)))) }
        #expect(!window.isPaused)
        try setup.receive(.node(.catchUp(.unavailable(from: 1))))
        #expect(window.isPaused)
    }

    // MARK: C1: what a message may cost

    private static let large = NodeMessage.vote(.block(Samples.block(records: 4, byteCount: 65_000)))

    @Test("C1: large messages are decoded elsewhere, and all come in their order")
    func largeMessagesAreDecodedElsewhere() throws {
        let setup = try Setup(direction: .incoming)
        try setup.greet()
        setup.host.holdDecoding()
        try setup.receive(.node(Samples.status(1)))
        try setup.receive(.node(Self.large))
        try setup.receive(.node(Samples.status(2)))
        setup.channel.embeddedEventLoop.run()
        #expect(setup.received == [Samples.status(1)])
        #expect(setup.host.elsewhere.all == [false])
        setup.host.decodeHeld()
        setup.channel.embeddedEventLoop.run()
        #expect(setup.received == [Samples.status(1), Self.large, Samples.status(2)])
    }

    @Test("C1: many fields count as much as many bytes")
    func manyFieldsAreDecodedElsewhere() throws {
        let setup = try Setup()
        try setup.greet()
        let final = FinalBlock(block: Samples.block(records: 0), certificate: nil)
        try setup.receive(.node(.vote(.finals(Array(repeating: final, count: 200)))))
        #expect(setup.host.elsewhere.all.count == 1)
    }

    @Test("C1: what is decoded elsewhere when the link ends comes to nothing")
    func linksThatEndWhileTheyDecode() throws {
        let setup = try Setup()
        try setup.greet()
        setup.host.holdDecoding()
        try setup.receive(.node(Self.large))
        try setup.receive(.node(Samples.status(2)))
        setup.handler.end(.shutdown)
        setup.channel.embeddedEventLoop.run()
        setup.host.decodeHeld()
        setup.channel.embeddedEventLoop.run()
        #expect(setup.received.isEmpty)
        #expect(setup.end == .shutdown)
    }

    /// Only the beginning of each comes: the link ends without waiting for the rest.
    @Test(
        "C1: a message larger than its kind ends the link at its first bytes",
        arguments: [
            // A vote, a status, a request, a field that isn't known, and a first message.
            (0x2A, true), (0x1A, true), (0x72, true), (0x7A, false), (0x0A, true),
        ])
    func messagesLargerThanTheirKind(tag: UInt8, ends: Bool) throws {
        let setup = try Setup()
        try setup.greet()
        let length = UInt32(MessageLimits.bytesMax).bigEndian
        let header = [0x82, 0x7F, 0, 0, 0, 0] + withUnsafeBytes(of: length) { Array($0) }
        try setup.channel.writeInbound(ByteBuffer(bytes: header + [tag, 0xFF]))
        setup.channel.embeddedEventLoop.run()
        #expect((setup.end != nil) == ends)
    }

    @Test("C1: nothing larger than a greeting is waited for before it")
    func nothingLargeBeforeTheGreeting() throws {
        let setup = try Setup()
        try setup.channel.writeInbound(ByteBuffer(bytes: [0x82, 0x7F, 0, 0, 0, 0, 0, 0x10, 0, 0, 0x0A]))
        setup.channel.embeddedEventLoop.run()
        #expect(setup.end == .message(.tooLarge(bytes: 1 << 20, limit: MessageLimits.helloBytesMax)))
    }
}
