import CairnConsensus
import CairnHash
import CairnLedger
import CairnStore

/// Nodes come and go, hear and say, and store.
extension World {
    @discardableResult
    func addNode(key: SimulatedKey, lie: LieKind?) -> Int {
        let number = self.nodes.count
        let drift = Int64(self.draw.below(UInt64(2 * self.scenario.driftPerMillionMax + 1)))
        let clock = SimulatedClock(
            driftPerMillion: drift - self.scenario.driftPerMillionMax,
            wallOffsetMicroseconds: self.drawWallOffset())
        self.nodes.append(Node(number: number, key: key, clock: clock, lie: lie))
        self.nodeOfKey[key.publicKey] = number
        self.directory.keys.append(key.publicKey)
        self.network.addNode()
        return number
    }

    func drawWallOffset() -> Int64 {
        let most = self.scenario.wallOffsetMicrosecondsMax
        return Int64(self.draw.below(UInt64(2 * most + 1))) - most
    }

    // MARK: Start and end

    /// Starts a node's program on what its disk holds.
    func start(_ number: Int) throws(Violation) {
        let node = self.nodes[number]
        guard !node.isUp, !node.isRetired, !node.isAway else { return }
        node.run += 1
        node.clock.startProcess(at: self.time, instant: .seconds(self.draw.within(1...1_000_000)))
        let now = node.clock.moment(at: self.time)
        self.trace.note(self.time, .start, node: number)
        if let lie = node.lie {
            node.liar = Liar(
                node: number, kind: lie, key: node.key, genesis: self.genesis, chain: self.genesisState,
                maker: self.maker, verifier: self.verifier, draw: self.draw.fork(), now: now)
            let sendings = node.liar?.start(now: now, at: self.time, self.directory) ?? []
            self.linkAgain(after: 0)
            return self.carry(sendings, from: node)
        }
        guard let process = try self.openProcess(of: node, now: now) else { return }
        node.process = process
        self.trace.say(self.time, "node \(number) starts at block \(process.store.head.index)")
        try self.checkHead(of: node)
        var outcomes: [Outcome] = []
        process.handle(.started, now: now, &outcomes)
        try self.carryOut(outcomes, of: node)
        self.linkAgain(after: 0)
    }

    /// As much as a real journal makes ahead would be most of a simulation's work.
    static let journalRoomBytes: UInt64 = 16_384

    /// Nil when the disk is damaged, as it may be where bits were flipped.
    private func openProcess(of node: Node, now: Moment) throws(Violation) -> NodeProcess? {
        do {
            if try !LedgerStore.exists(on: node.disk), node.run == 1 || node.hasLostVote {
                try LedgerStore.create(on: node.disk, genesis: self.genesis)
                _ = try Journal.create(
                    on: node.disk, chain: self.genesisState.chain, key: node.key.publicKey,
                    roomBytes: Self.journalRoomBytes)
            }
            let opened = try LedgerStore.open(on: node.disk, using: self.verifier)
            var journal: Journal?
            var memory = VoteMemory.lost
            let found = try Journal.open(
                on: node.disk, chain: self.genesisState.chain, key: node.key.publicKey,
                roomBytes: Self.journalRoomBytes)
            switch consume found {
            case .usable(let usable, let entries, _):
                journal = consume usable
                memory = .journal(self.bug == .forgetJournal ? [] : entries)
            case .unusable(let problem):
                guard node.hasLostVote || node.isDamaged else {
                    throw Violation(.recovery, "node \(node.number) can't use its journal after a crash: \(problem)")
                }
                node.hasLostVote = true
            }
            return try NodeProcess(
                node: node.number, opened: opened, journal: journal, memory: memory, key: node.key,
                maker: self.maker, catchUp: self.scenario.catchUp,
                blocksInJournalMax: self.scenario.blocksInJournalMax, idSeed: self.draw.bytes(16), bug: self.bug,
                now: now)
        } catch let violation as Violation {
            throw violation
        } catch {
            guard node.isDamaged else {
                throw Violation(.recovery, "node \(node.number) can't start after a crash: \(error)")
            }
            self.trace.say(self.time, "node \(node.number) stays down: \(error)")
            node.isRetired = true
            return nil
        }
    }

    /// The power goes: what was not synced may be lost, whole or in part.
    func crash(_ number: Int) {
        let node = self.nodes[number]
        guard node.isHonest, node.process != nil else { return }
        self.trace.note(self.time, .crash, node: number)
        self.trace.say(self.time, "node \(number) crashes")
        self.crashes += 1
        if self.draw.chance(perMille: 700) { node.process?.losePower(on: node.disk, afterChanges: self.draw.below(6)) }
        self.end(node)
        node.disk = FaultyDisk(node.disk.memory.afterCrash(using: &self.draw))
        // What it had shown and not synced, it has again when a quorum tells it.
        node.shownHead = 0
    }

    /// The program is gone, the disk is as it was.
    func end(_ node: Node) {
        node.process = nil
        node.run += 1
        node.wakeAt = nil
        node.isSealPlanned = false
        self.loseLinks(of: node)
        for operation in self.clients.lostConnections(to: node.number) { self.connectionLost(operation) }
    }

    // MARK: Events

    func deliver(_ message: NodeMessage, from sender: Int, to receiver: Int) throws(Violation) {
        let node = self.nodes[receiver]
        guard node.isUp else { return }
        guard node.pausedUntil <= self.time else {
            return self.schedule(.deliver(message, from: sender, to: receiver), after: node.pausedUntil - self.time)
        }
        let (first, second) = message.mark
        self.trace.note(self.time, .deliver, node: receiver, first &+ UInt64(sender), second)
        let now = node.clock.moment(at: self.time)
        if let liar = node.liar {
            let sendings = liar.receive(message, from: sender, now: now, at: self.time, self.directory)
            return self.carry(sendings, from: node)
        }
        guard let process = node.process else { return }
        self.trace.say(self.time, "\(sender) → \(receiver): \(message.summary)")
        var outcomes: [Outcome] = []
        process.receive(message, from: self.directory.keys[sender], now: now, &outcomes)
        try self.carryOut(outcomes, of: node)
    }

    func wake(_ number: Int, run: Int) throws(Violation) {
        let node = self.nodes[number]
        guard node.run == run, node.isUp, node.wakeAt == self.time else { return }
        guard node.pausedUntil <= self.time else {
            node.wakeAt = node.pausedUntil
            return self.schedule(.wake(node: number, run: run), after: node.pausedUntil - self.time)
        }
        node.wakeAt = nil
        self.trace.note(self.time, .wake, node: number)
        node.wakesAtOnce = node.lastWake == self.time ? node.wakesAtOnce + 1 : 0
        node.lastWake = self.time
        guard node.wakesAtOnce < 100 else {
            throw Violation(.idleness, "node \(number) wants to be woken again and again at the same time")
        }
        let now = node.clock.moment(at: self.time)
        if let liar = node.liar {
            return self.carry(liar.wake(now: now, at: self.time, self.directory), from: node)
        }
        guard let process = node.process else { return }
        var outcomes: [Outcome] = []
        process.timeReached(now: now, &outcomes)
        try self.carryOut(outcomes, of: node)
    }

    func synced(_ number: Int, run: Int) throws(Violation) {
        let node = self.nodes[number]
        guard node.run == run, let process = node.process else { return }
        guard node.pausedUntil <= self.time else {
            return self.schedule(.synced(node: number, run: run), after: node.pausedUntil - self.time)
        }
        self.trace.note(self.time, .stored, node: number)
        var outcomes: [Outcome] = []
        process.synced(now: node.clock.moment(at: self.time), &outcomes)
        try self.carryOut(outcomes, of: node)
    }

    func seal(_ number: Int, run: Int) throws(Violation) {
        let node = self.nodes[number]
        guard node.run == run, let process = node.process else { return }
        node.isSealPlanned = false
        var outcomes: [Outcome] = []
        if process.seal(&outcomes) { self.planSeal(node) }
        try self.carryOut(outcomes, of: node)
    }

    func planSeal(_ node: Node) {
        guard !node.isSealPlanned else { return }
        node.isSealPlanned = true
        self.schedule(.seal(node: node.number, run: node.run), after: .milliseconds(100))
    }
}
