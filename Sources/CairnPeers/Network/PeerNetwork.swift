public import CairnConsensus
public import CairnLedger
package import CairnLock
public import Logging
public import NIOCore
internal import NIOPosix

/// A node's links to the other nodes of its ledger: takes them, looks for them, keeps them, and moves messages over
/// them.
///
/// It knows nothing of what messages mean. docs/links.md has the protocol.
public final class PeerNetwork: Links {
    package let configuration: PeerConfiguration
    package let identity: PeerIdentity
    package let storage: any AddressStorage
    package let receiver: any LinkReceiver
    package let logger: Logger
    package let clock: PeerClock
    package let security: LinkSecurity
    /// Where all links are read and written.
    let loop: any EventLoop
    /// What has to be shut down when the loop is this network's own.
    private let ownGroup: MultiThreadedEventLoopGroup?
    /// Where storage is waited for: one thread, so that the newest is saved last.
    let storageThread: NIOThreadPool
    /// Where large messages are decoded: one thread for members', one for all others'.
    let memberDecoder = NIOThreadPool(numberOfThreads: 1)
    let otherDecoder = NIOThreadPool(numberOfThreads: 1)
    package let othersBudget: SharedBudget
    package let state: Lock<PeerState>
    private let life = Lock(Life())

    private struct Life {
        var listener: (any Channel)?
        var look: RepeatedTask?
    }

    private init(
        _ configuration: PeerConfiguration, identity: PeerIdentity, storage: any AddressStorage,
        receiver: any LinkReceiver, loop: (any EventLoop)?, logger: Logger, clock: PeerClock
    ) {
        self.configuration = configuration
        self.identity = identity
        self.storage = storage
        self.receiver = receiver
        self.logger = logger
        self.clock = clock
        self.security = LinkSecurity(identity: identity)
        self.storageThread = NIOThreadPool(numberOfThreads: 1)
        self.storageThread.start()
        self.memberDecoder.start()
        self.otherDecoder.start()
        self.othersBudget = SharedBudget(configuration.limits.othersBudget, now: clock.now().instant)
        if let loop {
            self.loop = loop
            self.ownGroup = nil
        } else {
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            self.loop = group.next()
            self.ownGroup = group
        }
        self.state = Lock(PeerState(configuration: configuration, own: identity.publicKey, now: clock.now()))
    }

    /// Takes links and looks for other nodes from now on, until `shutdown`.
    ///
    /// - Parameter loop: where all links are read and written, and the receiver is called; one of its own if nil.
    /// - Throws: when the address can't be listened on.
    public static func start(
        _ configuration: PeerConfiguration, identity: PeerIdentity, storage: any AddressStorage,
        receiver: any LinkReceiver, loop: (any EventLoop)? = nil, logger: Logger
    ) async throws(PeerError) -> PeerNetwork {
        try await self.start(
            configuration, identity: identity, storage: storage, receiver: receiver, loop: loop, logger: logger,
            clock: .system)
    }

    package static func start(
        _ configuration: PeerConfiguration, identity: PeerIdentity, storage: any AddressStorage,
        receiver: any LinkReceiver, loop: (any EventLoop)? = nil, logger: Logger, clock: PeerClock
    ) async throws(PeerError) -> PeerNetwork {
        let network = PeerNetwork(
            configuration, identity: identity, storage: storage, receiver: receiver, loop: loop,
            logger: logger, clock: clock)
        do throws(PeerError) {
            try await network.begin()
        } catch {
            await network.shutdown()
            throw error
        }
        return network
    }

    private func begin() async throws(PeerError) {
        try self.configuration.validate()
        do {
            _ = try self.security.contexts(now: self.timestamp)
        } catch {
            throw .security(problem: "\(error)")
        }
        await self.loadAddresses()
        if let address = self.configuration.listen {
            let listener: any Channel
            do {
                listener = try await self.listen(on: address)
            } catch {
                throw .listen(address: address, problem: PlainWords.text(of: error))
            }
            self.life.withLock { $0.listener = listener }
            self.logger.info("taking links", metadata: ["address": "\(self.boundAddress ?? address)"])
        }
        self.makeRecord()
        let now = self.clock.now()
        self.state.withLock { state in
            // Kept at once: they have to outlast a node that is killed before it learns of anybody.
            for address in self.configuration.join where state.book.configure(address, now: now) {
                state.isSaveDue = true
            }
        }
        let task = self.loop.scheduleRepeatedTask(
            initialDelay: .zero, delay: TimeAmount(self.configuration.times.look)
        ) { [weak self] _ in self?.look() }
        self.life.withLock { $0.look = task }
    }

    /// Where links are taken; nil when they aren't.
    public var boundAddress: PeerAddress? {
        guard let address = self.life.withLock({ $0.listener?.localAddress }), let host = address.ipAddress,
            let port = address.port
        else { return nil }
        return PeerAddress(host: host, port: UInt16(clamping: port))
    }

    // MARK: Links

    @discardableResult
    public func send(_ message: NodeMessage, to nodes: [PublicKey]) -> Bool {
        let links = self.state.withLock { state in nodes.compactMap { state.activeLink(to: $0) } }
        return self.send(message, on: links) && links.count == nodes.count
    }

    public func sendToAll(_ message: NodeMessage) {
        _ = self.send(message, on: self.state.withLock(\.activeLinks))
    }

    /// Encodes a message once for all.
    private func send(_ message: NodeMessage, on links: [Link]) -> Bool {
        guard !links.isEmpty else { return true }
        do throws(WireError) {
            let bytes = try WireMessage.node(message).encoded()
            if message.isRequest { for link in links { link.noteAsked() } }
            return links.reduce(true) { $1.send(bytes) && $0 }
        } catch {
            self.logger.error("a message of this node's own can't be sent", metadata: ["error": "\(error)"])
            return false
        }
    }

    public func setMembers(_ members: [PublicKey]) {
        let members = Set(members)
        self.state.withLock { state in
            state.roster.members = members
            state.book.setMembers(members, linked: Set(state.roster.active.keys))
            for link in state.links.values { link.isMember = members.contains(link.node) }
        }
        self.lookSoon()
    }

    public func ban(_ node: PublicKey, because reason: String) {
        let now = self.clock.now()
        let (links, isMember) = self.state.withLock { state in
            state.bans.add(node, until: now.instant + self.times.ban, reason: reason)
            return (state.links.values.filter { $0.node == node }, state.roster.members.contains(node))
        }
        self.log(
            level: .warning, "keeping a node away", ofStranger: isMember ? nil : "kept away",
            metadata: ["node": "\(node)", "for": "\(self.times.ban)", "why": "\(reason)"])
        for link in links { link.close(.banned(reason)) }
    }

    public func add(_ address: PeerAddress) -> Bool {
        let now = self.clock.now()
        let isAdded = self.state.withLock { state in
            let isAdded = state.book.add(address, now: now)
            if isAdded { state.isSaveDue = true }
            return isAdded
        }
        if isAdded { self.lookSoon() }
        return isAdded
    }

    public func remove(_ address: PeerAddress) -> Bool {
        self.state.withLock { state in
            let isRemoved = state.book.remove(address)
            if isRemoved { state.isSaveDue = true }
            return isRemoved
        }
    }

    public func shutdown() async {
        let (links, channels) = self.state.withLock { state in
            state.isClosing = true
            return (state.links, state.channels)
        }
        let (listener, look) = self.life.withLock { ($0.listener, $0.look) }
        look?.cancel()
        try? await listener?.close()
        for (id, channel) in channels {
            if let link = links[id] { link.close(.shutdown) } else { channel.close(promise: nil) }
        }
        for channel in channels.values { try? await channel.closeFuture.get() }
        await self.saveAddresses().value
        try? await self.memberDecoder.shutdownGracefully()
        try? await self.otherDecoder.shutdownGracefully()
        try? await self.storageThread.shutdownGracefully()
        try? await self.ownGroup?.shutdownGracefully()
    }
}
