import CairnLedger
import CairnStore

/// What goes wrong, and when it ends.
extension World {
    private enum Fault: CaseIterable {
        case crash, powerCut, stop, pause, split, oneWay, isolate, lossBurst, setClock, loseJournal, damageDisk

        /// How likely each is, against the others.
        var weight: Int {
            switch self {
            case .crash: 25
            case .powerCut: 4
            case .stop: 5
            case .pause: 10
            case .split: 15
            case .oneWay: 12
            case .isolate: 12
            case .lossBurst: 6
            case .setClock: 4
            case .loseJournal: 3
            case .damageDisk: 3
            }
        }
    }

    /// One fault, and the next one later.
    func fault() throws(Violation) {
        guard self.phase == .safety, let gap = self.scenario.faultGap else { return }
        self.schedule(.fault, after: self.draw.within(1...2 * gap))
        let fault = Fault.allCases[self.draw.pick(weights: Fault.allCases.map(\.weight))]
        guard let node = self.draw.choose(self.nodes) else { return }
        self.trace.note(self.time, .fault, node: node.number)
        self.trace.say(self.time, "fault: \(fault) at node \(node.number)")
        let duration = UInt64.milliseconds(self.draw.within(20...4_000))
        switch fault {
        case .crash:
            self.crash(node.number)
            self.schedule(.start(node: node.number), after: duration)
        case .powerCut:
            for number in self.nodes.indices {
                self.crash(number)
                self.schedule(.start(node: number), after: .milliseconds(self.draw.within(1...1_000)))
            }
        case .stop: try self.stop(node)
        case .pause: node.pausedUntil = self.time + duration
        case .split, .oneWay, .isolate: self.cut(fault, around: node, for: duration)
        case .lossBurst:
            self.network.burstLossPerMille = self.draw.within(200...600)
            self.schedule(.endBurst, after: duration)
        case .setClock:
            let offset = self.drawWallOffset()
            if !node.hasWrongClock { node.clock.setWall(offsetMicroseconds: offset) }
        case .loseJournal: self.loseJournal(of: node)
        case .damageDisk: self.damageDisk(of: node)
        }
    }

    private func stop(_ node: Node) throws(Violation) {
        guard let process = node.process else { return }
        var outcomes: [Outcome] = []
        process.close(&outcomes)
        for case .broken(let error) in outcomes where !node.isDamaged {
            throw Violation(.recovery, "node \(node.number) can't be stopped: \(error)")
        }
        self.end(node)
        self.schedule(.start(node: node.number), after: .milliseconds(self.draw.within(1...500)))
    }

    private func cut(_ fault: Fault, around node: Node, for duration: WorldTime) {
        var links: [(from: Int, to: Int)] = []
        let side = self.nodes.map { _ in self.draw.chance(perMille: 500) }
        for from in self.nodes.indices {
            for to in self.nodes.indices where from != to {
                let isCut =
                    switch fault {
                    case .isolate: from == node.number || to == node.number
                    case .oneWay: side[from] && !side[to]
                    default: side[from] != side[to]
                    }
                if isCut { links.append((from, to)) }
            }
        }
        let partition = self.network.cut(links)
        self.schedule(.heal(partition: partition), after: duration)
        if self.links.draw.chance(perMille: self.scenario.catchUp.brokenLinksPerMille) {
            self.schedule(.breakLinks(partition: partition), after: self.links.draw.below(duration))
        }
    }

    // MARK: Faults that last

    /// The journal is gone: the node comes back and doesn't vote.
    private func loseJournal(of node: Node) {
        guard node.process != nil, self.canLose(node) else { return }
        self.crash(node.number)
        let memory = node.disk.memory
        for path in memory.paths where path.hasPrefix(Journal.folder + "/") { try? memory.remove(path) }
        try? memory.syncFolder(Journal.folder)
        node.hasLostVote = true
        self.schedule(.start(node: node.number), after: .milliseconds(self.draw.within(10...1_000)))
    }

    /// Some bits of one disk flip. The node may go on, notice, or be of no use any more; it is not asked to vote.
    private func damageDisk(of node: Node) {
        guard node.process != nil, self.canLose(node), !self.nodes.contains(where: \.isDamaged) else { return }
        self.crash(node.number)
        node.isDamaged = true
        let memory = node.disk.memory
        let paths = memory.paths
        for _ in 0..<self.draw.within(1...4) {
            guard let path = self.draw.choose(paths), var bytes = memory.contents(of: path), !bytes.isEmpty else {
                continue
            }
            bytes[self.draw.below(bytes.count)] ^= 1 << UInt8(self.draw.below(8))
            memory.setContents(of: path, to: bytes)
        }
        self.schedule(.start(node: node.number), after: .milliseconds(self.draw.within(10...1_000)))
    }

    /// Whether the rest can go on without a node, now and in every set that is on its way.
    func canLose(_ node: Node) -> Bool {
        let key = node.key.publicKey.bytes
        // Until they have the ledger, new members can't do without those who were before.
        let before = UInt64(self.judge.blocks.count { $0.epoch < self.judge.epoch })
        let present = self.judge.members[Int(self.judge.epoch)]
        guard self.isQuorumHealthy(in: present, without: key, having: before) else { return false }
        return self.members.proposed.allSatisfy { self.isQuorumHealthy(in: $0, without: key) }
    }

    /// Whether healthy nodes are a quorum of a set; those with so many blocks, when a number is given.
    func isQuorumHealthy(in members: PlainMembers, without key: [UInt8]? = nil, having blocks: UInt64 = 0) -> Bool {
        var power: UInt64 = 0
        for (place, member) in members.keys.enumerated() where member != key {
            if let node = PublicKey(bytes: member).flatMap({ self.nodeOfKey[$0] }), self.nodes[node].isHealthy,
                self.nodes[node].shownHead + 1 >= blocks
            {
                power += members.powers[place]
            }
        }
        return members.isQuorum(power)
    }

    /// From here on nothing goes wrong, but for those who lie, and what was lost for good.
    func endFaults() throws(Violation) {
        self.network.endFaults()
        self.network.burstLossPerMille = 0
        self.slowDisks = false
        self.setClocksRight()
        for node in self.nodes {
            node.pausedUntil = 0
            try self.start(node.number)
        }
        self.linkAgain(after: 0)
    }
}
