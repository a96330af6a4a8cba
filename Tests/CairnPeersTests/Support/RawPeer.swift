import CairnConsensus
import CairnHash
import CairnLedger
import CairnLock
import CairnPeers
import NIOCore
import NIOPosix

/// The other end of a link, which does what a test wants: keeps the protocol as far as the test doesn't say otherwise.
final class RawPeer: LinkHost {
    enum Event: Sendable {
        case active(PublicKey)
        case received(NodeMessage)
        case addresses([AddressRecord])
        case ended(LinkEnd)
    }

    let identity: PeerIdentity
    let limits: PeerLimits
    let times = PeerTimes()
    let timestamp = Samples.start
    let othersBudget = SharedBudget(PeerLimits().othersBudget, now: Instant(nanoseconds: 0))
    let events = Events<Event>()
    /// How many messages were decoded elsewhere; what is decoded waits until a test lets it go on, if it holds it.
    let elsewhere = Events<Bool>()
    private let held = Lock<[@Sendable () -> Void]?>(nil)
    let hello: Hello
    let admission: LinkAdmission
    private let connection = Lock<(channel: any Channel, handler: NIOLoopBound<LinkHandler>)?>(nil)
    private let credits = Lock<[ReceiveCredit]>([])
    private let activeLink = Lock<Link?>(nil)

    init(
        seed: UInt8, chain: Digest = Samples.chain, admission: LinkAdmission = .accept,
        limits: PeerLimits = PeerLimits(),
        hello: (inout Hello) -> Void = { _ in }
    ) {
        self.identity = Samples.identity(seed, chain: chain)
        self.admission = admission
        self.limits = limits
        var greeting = Hello(chain: chain, number: 1, openFrom: 1, agent: "raw")
        hello(&greeting)
        self.hello = greeting
    }

    /// Opens a connection to a node.
    func dial(_ address: PeerAddress) async throws {
        let security = LinkSecurity(identity: self.identity)
        let now = PeerClock.system
        _ = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = LinkHandler(
                        host: self, id: 1, direction: .outgoing, remoteHost: address.host, dialed: nil)
                    self.connection.withLock {
                        $0 = (channel, NIOLoopBound(handler, eventLoop: channel.eventLoop))
                    }
                    try LinkPipeline.configure(
                        channel, handler: handler, security: security, now: { now.now().timestamp })
                }
            }
            .connect(host: address.host, port: Int(address.port)).get()
    }

    /// Opens a link to a node, and waits until both ends have it: this end may have the node's greeting before the node has
    /// read this end's.
    func link(to node: TestNode) async throws {
        try await self.dial(try node.address)
        await self.events.wait { $0.contains { if case .active = $0 { true } else { false } } }
        let key = self.identity.publicKey
        await node.receiver.events.wait { $0.contains(.linked(key)) }
    }

    var link: Link? { self.activeLink.withLock { $0 } }

    /// Writes a message that need not be one.
    func write(_ bytes: [UInt8]) {
        guard let (channel, handler) = self.connection.withLock({ $0 }) else { return }
        channel.eventLoop.execute { handler.value.output.write([ByteBuffer(bytes: bytes)], promise: nil) }
    }

    /// Writes into the TLS connection, whatever the bytes are in WebSocket.
    func writeRaw(_ bytes: [UInt8]) {
        guard let (channel, handler) = self.connection.withLock({ $0 }) else { return }
        channel.eventLoop.execute {
            guard let context = try? channel.pipeline.syncOperations.context(handler: handler.value.output) else {
                return
            }
            context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
        }
    }

    /// Stops or goes on with reading.
    func setReading(_ isReading: Bool) async throws {
        guard let (channel, _) = self.connection.withLock({ $0 }) else { return }
        try await channel.setOption(.autoRead, value: isReading).get()
    }

    func close() {
        self.connection.withLock { $0 }?.channel.close(promise: nil)
    }

    func waitForEnd() async -> LinkEnd? {
        let events = await self.events.wait { $0.contains { if case .ended = $0 { true } else { false } } }
        for case .ended(let reason) in events { return reason }
        return nil
    }

    // MARK: LinkHost

    /// Decodes nothing elsewhere until `decodeHeld`.
    func holdDecoding() { self.held.withLock { $0 = [] } }

    func decodeHeld() {
        let held = self.held.withLock { held in
            defer { held = nil }
            return held ?? []
        }
        for work in held { work() }
    }

    func decode(isMember: Bool, _ work: @escaping @Sendable () -> Void) {
        self.elsewhere.add(isMember)
        let isHeld = self.held.withLock { held in
            held?.append(work)
            return held != nil
        }
        if !isHeld { work() }
    }

    func greeting(for node: PublicKey) -> Hello { self.hello }
    func isLinked(to node: PublicKey) -> Bool { false }
    func admit(_ link: Link, openFrom: UInt64) -> LinkAdmission { self.admission }

    func activated(_ link: Link, greeting: Hello) {
        self.activeLink.withLock { $0 = link }
        self.events.add(.active(link.node))
    }

    func received(_ message: NodeMessage, on link: Link, credit: ReceiveCredit) {
        self.credits.withLock { $0.append(credit) }
        self.events.add(.received(message))
    }

    func received(_ records: [AddressRecord], on link: Link) { self.events.add(.addresses(records)) }
    func ended(_ connection: EndedConnection) { self.events.add(.ended(connection.reason)) }

    func finishCredits() {
        let credits = self.credits.withLock { credits in
            defer { credits = [] }
            return credits
        }
        for credit in credits { credit.finish() }
    }
}
