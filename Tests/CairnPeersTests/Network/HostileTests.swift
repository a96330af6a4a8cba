import CairnConsensus
import CairnLedger
import CairnPeers
import NIOCore
import NIOPosix
import NIOSSL
import TestSupport
import Testing

/// Whoever breaks the protocol loses its own connection, and nobody else's.
@Suite(.timeLimit(.minutes(1)))
struct HostileTests {
    /// Two nodes with a link, to see that it stays.
    private struct Pair {
        let one: TestNode
        let two: TestNode

        init(_ change: (inout PeerConfiguration) -> Void = { _ in }) async throws {
            self.one = try await TestNode(seed: 1, change)
            self.two = try await TestNode(seed: 2, listens: false, join: [try self.one.address])
            await self.one.waitForLink(to: self.two)
        }

        /// Sees that the link works, and ends it.
        func finish() async {
            self.two.network.sendToAll(Samples.status(77))
            await self.one.waitForMessage(Samples.status(77), from: self.two)
            #expect(!self.one.receiver.events.all.contains(.unlinked(self.two.key)))
            await self.one.network.shutdown()
            await self.two.network.shutdown()
        }
    }

    /// A plain TCP connection, which ends when the node ends it.
    private func connect(_ address: PeerAddress) async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: address.host, port: Int(address.port)).get()
    }

    @Test func bytesThatAreNoTLS() async throws {
        let pair = try await Pair()
        var random = SplitMix64(seed: 4)
        for count in [1, 5, 100, 10_000] {
            let channel = try await self.connect(try pair.one.address)
            let bytes =
                [0x16, 0x03] + (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
                + [UInt8](repeating: 0, count: 20_000)
            try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
            try? await channel.closeFuture.get()
        }
        await pair.one.waitForLine("no link")
        await pair.finish()
    }

    @Test func connectionsThatSayNothing() async throws {
        let pair = try await Pair {
            $0.times.incomingHandshake = .milliseconds(300)
            $0.limits.handshakesPerHost = 4
        }
        var channels: [any Channel] = []
        for _ in 0..<20 { channels.append(try await self.connect(try pair.one.address)) }
        for channel in channels { try await channel.closeFuture.get() }
        await pair.one.waitForLine("it didn't introduce itself in time")
        await pair.finish()
    }

    @Test func aManInTheMiddle() async throws {
        let pair = try await Pair()
        // What a node shows can be seen by whoever it talks to; its TLS key can't.
        let expiry = PeerClock.system.now().timestamp + .seconds(1_000)
        let victim = Samples.identity(3)
        let forged = try LinkCertificate(expiry: expiry) { tlsKey in
            var value: [UInt8] = []
            value.append(victim.chain)
            value.append(contentsOf: victim.publicKey.bytes)
            value.append(bigEndian: expiry.microseconds)
            // A signature of the victim's, but for another TLS key.
            let message = LinkCertificate.message(chain: victim.chain, expiry: expiry, tlsKey: tlsKey + [0])
            return value + victim.key.sign(message).bytes
        }
        let contexts = try LinkSecurity.makeContexts(
            certificate: forged.der, privateKey: forged.privateKeyDER, renewAt: expiry)
        let address = try pair.one.address
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(
                            context: contexts.client, serverHostname: nil,
                            customVerificationCallback: { $1.succeed(.certificateVerified) }))
                }
            }
            .connect(host: address.host, port: Int(address.port)).get()
        try? await channel.closeFuture.get()
        await pair.one.waitForLine("didn't sign for this TLS key: somebody may be in the middle")
        await pair.finish()
    }

    @Test func messagesThatAreNone() async throws {
        let pair = try await Pair()
        let raw = RawPeer(seed: 9)
        try await raw.link(to: pair.one)
        raw.write([0xFF, 0xFF, 0xFF])
        let end = await raw.waitForEnd()
        #expect("\(try #require(end))".contains("it sent a message that can't be read"))
        await pair.one.receiver.events.wait { $0.contains(.unlinked(Samples.key(9).publicKey)) }
        await pair.finish()
    }

    @Test func lengthsThatAreTooLarge() async throws {
        let pair = try await Pair()
        let raw = RawPeer(seed: 9)
        try await raw.link(to: pair.one)
        // A frame of 2^62 bytes.
        raw.writeRaw([0x82, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        _ = await raw.waitForEnd()
        await pair.one.receiver.events.wait { $0.contains(.unlinked(Samples.key(9).publicKey)) }
        await pair.finish()
    }

    @Test func framesThatAreNotMasked() async throws {
        let pair = try await Pair()
        let raw = RawPeer(seed: 9)
        try await raw.link(to: pair.one)
        raw.writeRaw([0x82, 0x00])
        _ = await raw.waitForEnd()
        await pair.finish()
    }

    @Test func otherVersions() async throws {
        let pair = try await Pair()
        let raw = RawPeer(seed: 9) { $0.versions = 3...4 }
        try await raw.dial(try pair.one.address)
        let end = await raw.waitForEnd()
        #expect("\(try #require(end))".contains("speaks versions 3 to 4 of the protocol, and this node 2 to 2"))
        await pair.finish()
    }

    @Test func addressesThatSomebodyElseSigned() async throws {
        let pair = try await Pair()
        let raw = RawPeer(seed: 9) { $0.address = Samples.record(8, [PeerAddress(host: "a", port: 1)]) }
        try await raw.dial(try pair.one.address)
        let end = await raw.waitForEnd()
        #expect("\(try #require(end))".contains("not signed by it"))
        await pair.finish()
    }

    @Test func greetingsThatAreSentTwice() async throws {
        let pair = try await Pair()
        let raw = RawPeer(seed: 9)
        try await raw.link(to: pair.one)
        raw.write(Array(buffer: try WireMessage.hello(raw.hello).encoded()))
        let end = await raw.waitForEnd()
        #expect("\(try #require(end))".contains("a second greeting"))
        await pair.finish()
    }
}
