import CairnConsensus

/// What the links between nodes have to be drawn for. Who has a link to whom stands with each node: it matters for bulk
/// catch-up, which asks linked nodes only. Other messages go where they are sent.
struct SimulatedLinks {
    /// One node's end of a link between runs of two nodes.
    struct End {
        var node: Int
        var run: Int
        var other: Int
        var otherRun: Int
    }

    var draw: SeededGenerator
}

/// Links come and go.
extension World {
    /// Starts a node at the beginning; some followers come later.
    func startFirst(_ number: Int) throws(Violation) {
        let isFollower = self.scenario.participants[number].power == nil
        guard isFollower, self.links.draw.chance(perMille: self.scenario.catchUp.lateFollowersPerMille) else {
            return try self.start(number)
        }
        self.schedule(.start(node: number), after: self.links.draw.below(self.scenario.safetyTime))
    }

    /// Makes all links that aren't there and can be.
    func linkAgain(after delay: WorldTime) {
        for node in self.nodes where node.process != nil {
            for other in self.nodes where other.isUp && self.canLink(node, other) {
                let end = SimulatedLinks.End(
                    node: node.number, run: node.run, other: other.number, otherRun: other.run)
                self.schedule(.link(end), after: delay + self.links.draw.within(self.scenario.delays.usual))
            }
        }
    }

    private func canLink(_ node: Node, _ other: Node) -> Bool {
        node.number != other.number && node.links[other.number] != other.run
            && !self.network.isCut(from: node.number, to: other.number)
            && !self.network.isCut(from: other.number, to: node.number)
    }

    func link(_ end: SimulatedLinks.End) throws(Violation) {
        let (node, other) = (self.nodes[end.node], self.nodes[end.other])
        guard node.run == end.run, node.process != nil, other.run == end.otherRun, other.isUp,
            self.canLink(node, other)
        else { return }
        guard node.pausedUntil <= self.time else {
            return self.schedule(.link(end), after: node.pausedUntil - self.time)
        }
        // A new link takes the place of the one to an earlier run.
        if node.links.removeValue(forKey: end.other) != nil { try self.tell(node, .unlinked(other.key.publicKey)) }
        node.links[end.other] = end.otherRun
        // The vote machine isn't told: its status would only hasten what has to come about without it.
        try self.tell(node, .linked(other.key.publicKey))
    }

    func unlink(_ end: SimulatedLinks.End) throws(Violation) {
        let node = self.nodes[end.node]
        guard node.run == end.run, node.links[end.other] == end.otherRun else { return }
        guard node.pausedUntil <= self.time else {
            return self.schedule(.unlink(end), after: node.pausedUntil - self.time)
        }
        node.links[end.other] = nil
        try self.tell(node, .unlinked(self.nodes[end.other].key.publicKey))
        self.linkAgain(after: .milliseconds(500))
    }

    /// A node is gone: the others notice sooner or later.
    func loseLinks(of gone: Node) {
        gone.links = [:]
        for node in self.nodes where node.process != nil {
            guard let run = node.links[gone.number] else { continue }
            let end = SimulatedLinks.End(node: node.number, run: node.run, other: gone.number, otherRun: run)
            self.schedule(.unlink(end), after: self.links.draw.below(.seconds(1)))
        }
    }

    /// Nodes between which nothing gets through end their links.
    func breakLinks(of partition: Int) {
        for (from, to) in self.network.links(cutBy: partition) {
            for (node, other) in [(from, to), (to, from)] {
                guard let run = self.nodes[node].links[other] else { continue }
                self.schedule(
                    .unlink(SimulatedLinks.End(node: node, run: self.nodes[node].run, other: other, otherRun: run)),
                    after: 0)
            }
        }
    }

    // MARK: The catch-up machine

    /// A check is done.
    func catchUp(_ event: CatchUpEvent, _ number: Int, run: Int) throws(Violation) {
        let node = self.nodes[number]
        guard node.run == run else { return }
        guard node.pausedUntil <= self.time else {
            return self.schedule(.catchUp(event, node: number, run: run), after: node.pausedUntil - self.time)
        }
        try self.tell(node, event)
    }

    private func tell(_ node: Node, _ event: CatchUpEvent) throws(Violation) {
        guard let process = node.process else { return }
        self.trace.note(self.time, .catchUp, node: node.number)
        var outcomes: [Outcome] = []
        process.handle(event, now: node.clock.moment(at: self.time), &outcomes)
        try self.carryOut(outcomes, of: node)
    }
}
