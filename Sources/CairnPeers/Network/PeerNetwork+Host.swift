internal import CairnConsensus
internal import CairnLedger
internal import Logging
internal import NIOCore
internal import Synchronization

extension PeerNetwork: LinkHost {
    var limits: PeerLimits { self.configuration.limits }
    var times: PeerTimes { self.configuration.times }
    var timestamp: Timestamp { self.clock.now().timestamp }

    func greeting(for node: PublicKey) -> Hello {
        self.state.withLock { state in
            let (number, openFrom) = state.greet(node)
            return Hello(
                chain: self.identity.chain, number: number, openFrom: openFrom, address: state.record,
                agent: self.configuration.agent)
        }
    }

    func admit(_ link: Link, openFrom: UInt64) -> LinkAdmission {
        let now = self.clock.now()
        let (admission, ending) = self.state.withLock { state -> (LinkAdmission, [(Link, LinkEnd)]) in
            state.handshakes.end(id: link.id)
            if state.isClosing { return (.refuse(.shutdown), []) }
            if let reason = state.bans.reason(for: link.node, now: now.instant) {
                return (.refuse(.banned(reason)), [])
            }
            let entry = Roster.Entry(
                id: link.id, number: link.number, numberThere: link.numberThere, direction: link.direction)
            let (decision, ending) = state.roster.admit(entry, of: link.node, openFrom: openFrom)
            if case .refuse(let reason) = decision { return (.refuse(reason), []) }
            link.isMember = state.roster.members.contains(link.node)
            state.links[link.id] = link
            let links = ending.compactMap { end in state.links[end.id].map { ($0, end.reason) } }
            return (decision == .wait ? .wait : .accept, links)
        }
        for (other, reason) in ending { other.close(reason) }
        return admission
    }

    func activated(_ link: Link, greeting: Hello) {
        let now = self.clock.now()
        let records = self.state.withLock { state in
            var random = SystemRandomNumberGenerator()
            if let target = link.dialed { state.book.met(link.node, at: target, now: now, using: &random) }
            if let record = greeting.address, state.book.learn(record, isKept: true, now: now) {
                state.book.observe(link.node, at: link.remoteHost, now: now)
                state.news[link.node] = link.id
                state.isSaveDue = true
            }
            return state.records(for: link, greeting: greeting, using: &random)
        }
        self.logger.info(
            "linked",
            metadata: [
                "node": "\(link.node)", "direction": "\(link.direction.rawValue)",
                "address": "\(link.dialed.map { "\($0.address)" } ?? link.remoteHost)",
                "agent": "\(greeting.agent.debugDescription)",
            ])
        self.receiver.linked(to: link.node)
        self.send(records, on: link)
    }

    func received(_ message: NodeMessage, on link: Link, credit: ReceiveCredit) {
        self.receiver.received(message, from: link.node, credit: credit)
    }

    func ended(_ connection: EndedConnection) {
        let now = self.clock.now()
        let successor = self.state.withLock { state -> Link? in
            if let node = connection.node, let number = connection.number {
                state.closed(number: number, of: node)
            }
            guard let link = connection.link else { return nil }
            state.links[link.id] = nil
            if connection.wasActive {
                var random = SystemRandomNumberGenerator()
                let lived = now.timestamp.microseconds.subtractingReportingOverflow(link.since.microseconds)
                let isShort = lived.overflow || lived.partialValue < self.times.handshake.microseconds
                state.book.lost(
                    link.node, problem: "\(connection.reason)", isFailure: isShort, now: now, using: &random)
            }
            return state.roster.remove(id: link.id, of: link.node).flatMap { state.links[$0.id] }
        }
        self.log(connection)
        if connection.wasActive, let node = connection.node {
            self.receiver.unlinked(from: node)
        } else if let target = connection.dialed {
            let isFailure = connection.reason != .duplicate && connection.reason != .replaced
            self.failed(target, met: connection.node, problem: "\(connection.reason)", isFailure: isFailure)
        }
        successor?.activate()
    }

    private func log(_ connection: EndedConnection) {
        var metadata: Logger.Metadata = [
            "address": "\(connection.dialed.map { "\($0.address)" } ?? connection.remoteHost)",
            "why": "\(connection.reason)",
        ]
        if let node = connection.node { metadata["node"] = "\(node)" }
        if connection.wasActive {
            self.logger.info("unlinked", metadata: metadata)
            return
        }
        // A failed dial has its line in `failed`.
        guard connection.dialed == nil || connection.reason.isSuspicious else { return }
        let now = self.clock.now().instant
        // Whoever knocks in vain doesn't fill the log.
        let isQuiet = self.state.withLock { $0.logBudget.take(1, now: now) > .zero }
        let level: Logger.Level = isQuiet ? .debug : connection.reason.isSuspicious ? .warning : .notice
        self.logger.log(level: level, "no link", metadata: metadata)
    }
}

extension Duration {
    /// Whole microseconds of a duration that is not negative.
    var microseconds: UInt64 {
        UInt64(clamping: self.components.seconds) * 1_000_000
            + UInt64(clamping: self.components.attoseconds / 1_000_000_000_000)
    }
}
