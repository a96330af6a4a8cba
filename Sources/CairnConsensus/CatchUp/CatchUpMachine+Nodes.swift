package import CairnLedger

// Other nodes: they come and go, are slow, and lie.
extension CatchUpMachine {
    /// More proven liars than that are not remembered: a link to each was ended when it lied.
    private static let bannedMax = 1_024

    package mutating func link(_ node: PublicKey) {
        guard !self.banned.contains(node), self.nodes[node] == nil else { return }
        self.nodes[node] = CatchUpNode(self.configuration)
        self.order.append(node)
    }

    mutating func unlink(_ node: PublicKey) {
        guard var left = self.nodes.removeValue(forKey: node) else { return }
        self.order.removeAll { $0 == node }
        for range in left.forgive() { self.fetch.giveBack(range) }
        self.repairs.lose(node)
    }

    /// It lied: it is asked nothing more, and what it gave is not used.
    mutating func ban(_ node: PublicKey, because error: CatchUpError, _ turn: inout CatchUpTurn) {
        guard self.nodes[node] != nil else { return }
        if self.banned.count == Self.bannedMax { self.banned.removeAll() }
        self.banned.insert(node)
        self.unlink(node)
        self.fetch.remove(from: node)
        turn.effects.append(.misbehaved(node, error))
    }

    /// What it owes is wanted elsewhere.
    mutating func leaveAlone(_ node: PublicKey, _ now: Instant) {
        guard var tried = self.nodes[node] else { return }
        for range in tried.forgive() { self.fetch.giveBack(range) }
        tried.rest(now: now, self.configuration)
        self.nodes[node] = tried
        self.repairs.lose(node)
    }

    mutating func watchTime(_ now: Instant) {
        guard self.nodes.values.contains(where: { $0.isDue(now) }) else { return }
        for node in self.order {
            self.nodes[node]?.wake(now: now)
            guard let deadline = self.nodes[node]?.deadline, deadline <= now else { continue }
            self.nodes[node]?.wasTooSlow()
            self.leaveAlone(node, now)
        }
    }

    // MARK: Answers

    package mutating func receive(_ content: CheckedCatchUp.Content, from node: PublicKey, _ turn: inout CatchUpTurn) {
        switch content {
        case .headers(let headers): self.receive(headers, from: node, &turn)
        case .blocks(let blocks): self.receive(blocks, from: node, &turn)
        case .unavailable(let index): self.receiveUnavailable(from: index, node, turn.now)
        }
    }

    private mutating func receiveUnavailable(from index: BlockIndex, _ node: PublicKey, _ now: Instant) {
        guard let asked = self.nodes[node],
            asked.wasAsked(.blocks(index...index)) || asked.wasAsked(.headers(from: index))
        else { return }
        // One block that was asked for a repair may be just the one that it lost too.
        if self.repairs.isAsked(index, of: node) {
            _ = self.nodes[node]?.answered(.blocks(index...index), now: now, self.configuration)
            self.repairs.refuse(index, node)
            return
        }
        if let before = index.previous() { self.nodes[node]?.claimed = min(asked.claimed, before) }
        self.leaveAlone(node, now)
    }
}
