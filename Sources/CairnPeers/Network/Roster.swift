package import CairnLedger

/// Which links there are, and which of two between the same nodes stays. Pure.
///
/// Both ends of two connections come to the same choice, whichever they saw first:
///
/// 1. What the other end already closed goes.
/// 2. Of two that one node dialed, the newer one stays, by that node's numbers.
/// 3. Of two that each node dialed one of, the one that the node with the smaller key dialed stays.
package struct Roster {
    package struct Entry: Hashable {
        package var id: UInt64
        package var number: UInt64
        package var numberThere: UInt64
        package var direction: PeerStatus.Direction

        package init(id: UInt64, number: UInt64, numberThere: UInt64, direction: PeerStatus.Direction) {
            self.id = id
            self.number = number
            self.numberThere = numberThere
            self.direction = direction
        }
    }

    package enum Decision: Hashable {
        case accept
        /// The other links that end have to be gone first.
        case wait
        case refuse(LinkEnd)
    }

    package let own: PublicKey
    package let limit: Int
    package var members: Set<PublicKey> = []
    /// Links over which messages flow.
    package private(set) var active: [PublicKey: Entry] = [:]
    /// Links that take over as soon as the active one is gone.
    package private(set) var waiting: [PublicKey: Entry] = [:]

    package init(own: PublicKey, limit: Int) {
        self.own = own
        self.limit = limit
    }

    /// - Parameter openFrom: all connections with lower numbers are closed at the other end.
    /// - Returns: what becomes of the new link, and which others have to end.
    package mutating func admit(
        _ entry: Entry, of node: PublicKey, openFrom: UInt64
    ) -> (decision: Decision, ending: [(id: UInt64, reason: LinkEnd)]) {
        guard let old = self.active[node] else { return self.admitFirst(entry, of: node) }
        let rival = self.waiting[node] ?? old
        guard self.prefers(entry, over: rival, of: node, openFrom: openFrom) else {
            return (.refuse(.duplicate), [])
        }
        self.waiting[node] = entry
        return (.wait, [(rival.id, .replaced)])
    }

    private mutating func admitFirst(
        _ entry: Entry, of node: PublicKey
    ) -> (decision: Decision, ending: [(id: UInt64, reason: LinkEnd)]) {
        var ending: [(id: UInt64, reason: LinkEnd)] = []
        if self.active.count >= self.limit {
            guard self.members.contains(node) else { return (.refuse(.noRoom), []) }
            // The newest of those that are no members: the others have served longer.
            let others = self.active.filter { !self.members.contains($0.key) }.values
            guard let last = others.max(by: { $0.number < $1.number }) else { return (.refuse(.noRoom), []) }
            ending.append((last.id, .displaced))
        }
        self.active[node] = entry
        return (.accept, ending)
    }

    private func prefers(_ new: Entry, over old: Entry, of node: PublicKey, openFrom: UInt64) -> Bool {
        if old.numberThere < openFrom { return true }
        switch (new.direction, old.direction) {
        case (.outgoing, .outgoing): return new.number > old.number
        case (.incoming, .incoming): return new.numberThere > old.numberThere
        case (.outgoing, .incoming): return self.own.isBefore(node)
        case (.incoming, .outgoing): return node.isBefore(self.own)
        }
    }

    /// - Returns: the link that takes over.
    package mutating func remove(id: UInt64, of node: PublicKey) -> Entry? {
        if self.waiting[node]?.id == id { self.waiting[node] = nil }
        guard self.active[node]?.id == id else { return nil }
        self.active[node] = self.waiting.removeValue(forKey: node)
        return self.active[node]
    }
}

extension PublicKey {
    /// Whether it is the smaller of two keys, compared as bytes.
    package func isBefore(_ other: PublicKey) -> Bool { self.bytes.lexicographicallyPrecedes(other.bytes) }
}
