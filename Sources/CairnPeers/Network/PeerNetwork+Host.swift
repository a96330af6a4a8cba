package import CairnConsensus
package import CairnLedger
internal import CairnLock
internal import Logging
internal import NIOCore
internal import NIOPosix

extension PeerNetwork: LinkHost {
    package var limits: PeerLimits { self.configuration.limits }
    package var times: PeerTimes { self.configuration.times }
    package var timestamp: Timestamp { self.clock.now().timestamp }

    package func greeting(for node: PublicKey) -> Hello {
        self.state.withLock { state in
            let (number, openFrom) = state.greet(node)
            return Hello(
                chain: self.identity.chain, number: number, openFrom: openFrom, address: state.record,
                agent: self.configuration.agent)
        }
    }

    package func isLinked(to node: PublicKey) -> Bool { self.state.withLock { $0.roster.active[node] != nil } }

    package func admit(_ link: Link, openFrom: UInt64) -> LinkAdmission {
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

    package func activated(_ link: Link, greeting: Hello) {
        let now = self.clock.now()
        let records = self.state.withLock { state in
            if link.isMember, let host = link.channel.remoteAddress?.ipAddress {
                state.noteMember(at: SourceNetwork(host))
            }
            if let target = link.dialed { state.book.met(link.node, at: target, now: now, using: &state.random) }
            if let record = greeting.address, state.book.learn(record, isKept: true, now: now) {
                state.book.observe(link.node, at: link.remoteHost, now: now)
                state.news[link.node] = link.id
                state.isSaveDue = true
            }
            return state.records(for: link, greeting: greeting)
        }
        self.log(
            level: .info, "linked", ofStranger: link.isMember || link.dialed != nil ? nil : "linked",
            metadata: [
                "node": "\(link.node)", "direction": "\(link.direction.rawValue)",
                "address": "\(link.dialed.map { "\($0.address)" } ?? link.remoteHost)",
                "agent": "\(greeting.agent.debugDescription)",
            ])
        self.receiver.linked(to: link.node)
        self.send(records, on: link)
    }

    package func decode(isMember: Bool, _ work: @escaping @Sendable () -> Void) {
        (isMember ? self.memberDecoder : self.otherDecoder).submit { state in
            if state == .active { work() }
        }
    }

    package func received(_ message: NodeMessage, on link: Link, credit: ReceiveCredit) {
        self.receiver.received(message, from: link.node, credit: credit)
    }

    package func ended(_ connection: EndedConnection) {
        let now = self.clock.now()
        let successor = self.state.withLock { state -> Link? in
            if let node = connection.node, let number = connection.number {
                state.closed(number: number, of: node)
            }
            guard let link = connection.link else { return nil }
            state.links[link.id] = nil
            let successor = state.roster.remove(id: link.id, of: link.node).flatMap { state.links[$0.id] }
            if connection.wasActive, successor == nil {
                let lived = now.timestamp.microseconds.subtractingReportingOverflow(link.since.microseconds)
                let isShort = lived.overflow || lived.partialValue < self.times.handshake.microseconds
                state.book.lost(
                    link.node, problem: "\(connection.reason)", isFailure: isShort, now: now, using: &state.random)
            }
            return successor
        }
        self.lookForSameKey(connection)
        self.log(connection)
        if connection.wasActive, let node = connection.node {
            self.receiver.unlinked(from: node)
        } else if let target = connection.dialed {
            let isFailure = connection.reason != .duplicate && connection.reason != .replaced
            // Whoever else has this node's key is not at an address of this node's own.
            let met = connection.reason == .sameKey ? nil : connection.node
            self.failed(target, met: met, problem: "\(connection.reason)", isFailure: isFailure)
        }
        successor?.activate()
    }

    private func log(_ connection: EndedConnection) {
        var metadata: Logger.Metadata = [
            "address": "\(connection.dialed.map { "\($0.address)" } ?? connection.remoteHost)",
            "why": "\(connection.reason)",
        ]
        if let node = connection.node { metadata["node"] = "\(node)" }
        let isOurs = connection.link?.isMember == true || connection.dialed != nil
        if connection.wasActive {
            self.log(level: .info, "unlinked", ofStranger: isOurs ? nil : "unlinked", metadata: metadata)
            return
        }
        // A failed dial has its line in `failed`.
        guard connection.dialed == nil || connection.reason.isSuspicious else { return }
        let level: Logger.Level = connection.reason.isSuspicious ? .warning : .notice
        self.log(level: level, "no link", ofStranger: connection.reason.kind, metadata: metadata)
    }

    /// - Parameter kind: what it counts as when a stranger causes it: whoever knocks in vain doesn't fill the log. Nil for what
    ///   always has its line.
    func log(level: Logger.Level, _ message: Logger.Message, ofStranger kind: String?, metadata: Logger.Metadata) {
        let now = self.clock.now().instant
        let isTold = kind.map { kind in self.state.withLock { $0.lines.take(kind, now: now) } } ?? true
        self.logger.log(level: isTold ? level : .debug, message, metadata: metadata)
    }

    /// Tells once a minute what had no line of its own.
    func tellSummary(_ now: Instant) {
        guard let summary = self.state.withLock({ $0.lines.takeSummary(now: now) }) else { return }
        self.logger.notice(
            "more of the same from strangers", metadata: ["count": "\(summary.count)", "what": "\(summary.text)"])
    }

    // MARK: The same key elsewhere

    /// A copy of a data directory that runs beside its original shows in two ways: it is met itself, or the members' links
    /// go back and forth between the two.
    private func lookForSameKey(_ connection: EndedConnection) {
        let now = self.clock.now().instant
        let isReplaced = [LinkEnd.replaced, .duplicate].contains { connection.reason == .closedByPeer("\($0)") }
        let isTwice = self.state.withLock { state in
            if connection.reason == .sameKey { return true }
            guard isReplaced, let node = connection.node, state.roster.members.contains(node), state.open[node] == nil
            else { return false }
            return state.noteForeignLink(now: now)
        }
        guard isTwice, self.state.withLock({ $0.takeSameKeyLine(now: now) }) else { return }
        self.logger.critical(
            "another process uses this node's key: is a copy of its data directory running? Stop one of the two",
            metadata: [
                "key": "\(self.identity.publicKey)",
                "seen": "\(connection.dialed.map { "\($0.address)" } ?? connection.remoteHost)",
            ])
    }
}

extension Duration {
    /// Whole microseconds of a duration that is not negative.
    package var microseconds: UInt64 {
        UInt64(clamping: self.components.seconds) * 1_000_000
            + UInt64(clamping: self.components.attoseconds / 1_000_000_000_000)
    }
}
