internal import CairnConsensus
package import CairnLedger
internal import CairnLock
internal import Logging
package import NIOCore
internal import NIOPosix

/// Taking connections, and making them.
extension PeerNetwork {
    package func listen(on address: PeerAddress) async throws -> any Channel {
        try await ServerBootstrap(group: self.loop)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptBackoff { [weak self] problem in
                            self?.log(
                                level: .error, "can't take links", ofStranger: "not taken",
                                metadata: ["why": "\(problem)"])
                        })
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.take(channel) }
            }
            .bind(host: address.host, port: Int(address.port)).get()
    }

    private func take(_ channel: any Channel) throws {
        let host = channel.remoteAddress?.ipAddress ?? "?"
        let source = SourceNetwork(host)
        let now = self.clock.now().instant
        let begun: (id: UInt64, leaving: (any Channel)?, wait: Duration)? = self.state.withLock { state in
            let isKnown = state.isKnown(source)
            guard !state.isClosing, isKnown || state.handshakePace.take(0, now: now) <= Self.holdMax else { return nil }
            let id = state.nextID()
            let leaving = state.handshakes.begin(id: id, from: source, isKnown: isKnown)
            let wait = isKnown ? .zero : state.handshakePace.take(1, now: now)
            return (id, leaving.flatMap { state.channels[$0] }, wait)
        }
        guard let begun else { throw LinkEnd.noRoom }
        begun.leaving?.pipeline.fireUserInboundEventTriggered(LinkEnd.crowdedOut)
        if begun.wait > .zero { Self.hold(channel, begun.wait) }
        try self.configure(channel, id: begun.id, direction: .incoming, host: host, target: nil)
    }

    /// Who would have to wait for longer is sent away.
    private static let holdMax = Duration.seconds(2)

    /// Reads nothing for a while: handshakes take time of the thread that decides.
    private static func hold(_ channel: any Channel, _ wait: Duration) {
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        channel.eventLoop.scheduleTask(in: TimeAmount(wait)) {
            try? channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }

    private func configure(
        _ channel: any Channel, id: UInt64, direction: PeerStatus.Direction, host: String, target: DialTarget?
    ) throws {
        self.state.withLock { $0.channels[id] = channel }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { state in
                state.channels[id] = nil
                state.handshakes.end(id: id)
            }
        }
        let handler = LinkHandler(host: self, id: id, direction: direction, remoteHost: host, dialed: target)
        try LinkPipeline.configure(
            channel, handler: handler, security: self.security, now: { [clock] in clock.now().timestamp })
    }

    package func dial(_ target: DialTarget) {
        self.logger.debug("looking for a node", metadata: ["address": "\(target.address)"])
        ClientBootstrap(group: self.loop)
            .connectTimeout(TimeAmount(self.times.handshake))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let id: UInt64? = self.state.withLock { $0.isClosing ? nil : $0.nextID() }
                    guard let id else { throw LinkEnd.shutdown }
                    try self.configure(
                        channel, id: id, direction: .outgoing, host: target.address.host, target: target)
                }
            }
            .connect(host: target.address.host, port: Int(target.address.port))
            .whenFailure { error in
                self.failed(target, met: nil, problem: PlainWords.text(of: error), isFailure: true)
            }
    }

    package func failed(_ target: DialTarget, met node: PublicKey?, problem: String, isFailure: Bool) {
        let now = self.clock.now()
        let (isNew, isOurs) = self.state.withLock { state in
            let place = state.book.places[target]
            state.book.failed(
                at: target, met: node, problem: problem, isFailure: isFailure, now: now, using: &state.random)
            let isMember = target.node.map { state.roster.members.contains($0) } ?? false
            return (place?.problem != problem, place?.isConfigured == true || isMember)
        }
        // Looking again and again in vain is worth one line.
        let metadata: Logger.Metadata = ["address": "\(target.address)", "why": "\(problem)"]
        guard isNew else { return self.logger.debug("no link", metadata: metadata) }
        self.log(level: .notice, "no link", ofStranger: isOurs ? nil : "nobody met", metadata: metadata)
    }

    // MARK: Looking

    func lookSoon() {
        self.loop.execute { self.look() }
    }

    /// Dials who is due, passes on news, saves what was learned.
    package func look() {
        let now = self.clock.now()
        self.tellSummary(now.instant)
        let (targets, gossip, isSaveDue) = self.state.withLock { state in
            guard !state.isClosing else { return ([DialTarget](), [(Link, [AddressRecord])](), false) }
            if state.book.forgetUnmet(now: now.instant) { state.isSaveDue = true }
            let bans = state.bans
            let targets = state.book.takeDue(
                AddressBook.Situation(
                    now: now.instant, linked: Set(state.roster.active.keys), members: state.roster.members,
                    banned: { bans.reason(for: $0, now: now.instant) != nil }))
            let gossip = state.takeGossip()
            let isSaveDue = state.isSaveDue && state.nextSave <= now.instant
            if isSaveDue {
                state.isSaveDue = false
                state.nextSave = now.instant + self.times.save
            }
            return (targets, gossip, isSaveDue)
        }
        for target in targets { self.dial(target) }
        for (link, records) in gossip { self.send(records, on: link) }
        if isSaveDue { self.saveAddresses() }
    }
}
