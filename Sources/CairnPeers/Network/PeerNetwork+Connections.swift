internal import CairnConsensus
internal import CairnLedger
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Taking connections, and making them.
extension PeerNetwork {
    func listen(on address: PeerAddress) async throws -> any Channel {
        try await ServerBootstrap(group: self.loop)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.take(channel) }
            }
            .bind(host: address.host, port: Int(address.port)).get()
    }

    private func take(_ channel: any Channel) throws {
        let host = channel.remoteAddress?.ipAddress ?? "?"
        let id: UInt64? = self.state.withLock { state in
            let id = state.nextID()
            guard !state.isClosing, state.handshakes.begin(id: id, host: host) else { return nil }
            return id
        }
        guard let id else { throw LinkEnd.noRoom }
        try self.configure(channel, id: id, direction: .incoming, host: host, target: nil)
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

    func dial(_ target: DialTarget) {
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
                self.failed(target, met: nil, problem: Self.describe(error), isFailure: true)
            }
    }

    func failed(_ target: DialTarget, met node: PublicKey?, problem: String, isFailure: Bool) {
        let now = self.clock.now()
        let isNew = self.state.withLock { state in
            let before = state.book.places[target]?.problem
            var random = SystemRandomNumberGenerator()
            state.book.failed(
                at: target, met: node, problem: problem, isFailure: isFailure, now: now, using: &random)
            return before != problem
        }
        // Looking again and again in vain is worth one line.
        self.logger.log(
            level: isNew ? .notice : .debug, "no link", metadata: ["address": "\(target.address)", "why": "\(problem)"])
    }

    private static func describe(_ error: any Error) -> String {
        guard let error = error as? NIOConnectionError else { return "\(error)" }
        if let attempt = error.connectionErrors.first { return "\(attempt.error)" }
        if let lookup = error.dnsAError ?? error.dnsAAAAError { return "the name can't be found: \(lookup)" }
        return "\(error)"
    }

    // MARK: Looking

    func lookSoon() {
        self.loop.execute { self.look() }
    }

    /// Dials who is due, passes on news, saves what was learned.
    func look() {
        let now = self.clock.now()
        let (targets, gossip, isSaveDue) = self.state.withLock { state in
            guard !state.isClosing else { return ([DialTarget](), [(Link, [AddressRecord])](), false) }
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
