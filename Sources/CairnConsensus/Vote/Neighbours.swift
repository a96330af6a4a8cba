internal import CairnLedger

/// Other nodes, as far as they said how far they have come.
struct Neighbours: Sendable {
    struct Neighbour: Sendable {
        var status: Message.Status
        /// When it was last helped to catch up in its epoch.
        var helpedAt: Instant?
        /// Whether it was asked for final blocks and hasn't given any since.
        var owesFinals = false
    }

    /// More than any ledger has members; strangers must not fill the memory.
    private static let countMax = 2 * Limits.membersMax

    let heartbeat: Duration
    private(set) var beatAt: Instant
    private(set) var known: [PublicKey: Neighbour] = [:]
    /// The newest block that any node claimed.
    private(set) var highestHead: BlockIndex = 0
    /// By when they were first heard, so that whatever is done for all is done in one order.
    private(set) var order: [PublicKey] = []

    init(heartbeat: Duration, now: Instant) {
        self.heartbeat = heartbeat
        self.beatAt = now + heartbeat
    }

    subscript(node: PublicKey) -> Neighbour? { self.known[node] }

    mutating func note(_ status: Message.Status, of node: PublicKey) {
        self.highestHead = max(self.highestHead, status.head)
        if self.known[node] != nil {
            self.known[node]?.status = status
        } else if self.known.count < Self.countMax {
            self.known[node] = Neighbour(status: status)
            self.order.append(node)
        }
    }

    /// Whether a node may be helped now: not more often than it may ask.
    mutating func mayHelp(_ node: PublicKey, now: Instant, pause: Duration) -> Bool {
        guard let neighbour = self.known[node] else { return false }
        if let helpedAt = neighbour.helpedAt, now < helpedAt + pause { return false }
        self.known[node]?.helpedAt = now
        return true
    }

    /// When to say how far this node has come. Who is alone has nobody to say it to.
    func nextBeat(isAlone: Bool) -> Instant? {
        isAlone && self.known.isEmpty ? nil : self.beatAt
    }

    mutating func takeBeat(isAlone: Bool, now: Instant) -> Bool {
        guard let next = self.nextBeat(isAlone: isAlone), next <= now else { return false }
        self.beatAt = now + self.heartbeat
        return true
    }

    // MARK: Final blocks

    mutating func noteAsked(_ node: PublicKey) { self.known[node]?.owesFinals = true }
    mutating func noteFinals(of node: PublicKey) { self.known[node]?.owesFinals = false }
    func owesFinals(_ node: PublicKey) -> Bool { self.known[node]?.owesFinals == true }

    /// The node that is farthest ahead of a block, nil when none is; of equal ones the first.
    func farthest(beyond head: BlockIndex) -> (node: PublicKey, status: Message.Status)? {
        self.farthest(beyond: head) { _ in true }
    }

    /// The same among those who owe no final blocks. When all do, their debts are forgotten, and it is the farthest's turn again.
    mutating func nextToAsk(beyond head: BlockIndex) -> PublicKey? {
        if let found = self.farthest(beyond: head, where: { !$0.owesFinals }) { return found.node }
        for node in self.order { self.known[node]?.owesFinals = false }
        return self.farthest(beyond: head)?.node
    }

    private func farthest(
        beyond head: BlockIndex, where isMeant: (Neighbour) -> Bool
    ) -> (node: PublicKey, status: Message.Status)? {
        guard self.highestHead > head else { return nil }
        var best: (node: PublicKey, status: Message.Status)?
        for node in self.order {
            guard let neighbour = self.known[node], neighbour.status.head > head, isMeant(neighbour) else { continue }
            if let found = best, found.status.head >= neighbour.status.head { continue }
            best = (node, neighbour.status)
        }
        return best
    }
}
