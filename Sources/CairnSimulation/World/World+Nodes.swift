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
        guard !node.isUp, !node.isRetired else { return }
        node.run += 1
        node.clock.startProcess(at: self.time, instant: .seconds(self.draw.within(1...1_000_000)))
        let now = node.clock.moment(at: self.time)
        self.trace.note(self.time, .start, node: number)
        if let lie = node.lie {
            node.liar = Liar(
                node: number, kind: lie, key: node.key, genesis: self.genesis, chain: self.genesisState,
                maker: self.maker, verifier: self.verifier, draw: self.draw.fork(), now: now)
            let sendings = node.liar?.start(now: now, at: self.time, self.directory) ?? []
            return self.carry(sendings, from: node)
        }
        guard let process = try self.openProcess(of: node, now: now) else { return }
        node.process = process
        self.trace.say(self.time, "node \(number) starts at block \(process.store.head.index)")
        try self.checkHead(of: node)
        var outcomes: [Outcome] = []
        process.handle(.started, now: now, &outcomes)
        try self.carryOut(outcomes, of: node)
    }

    /// As much as a real journal makes ahead would be most of a simulation's work.
    private static let journalRoomBytes: UInt64 = 16_384

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
                maker: self.maker, idSeed: self.draw.bytes(16), bug: self.bug, now: now)
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
        if self.draw.chance(perMille: 700) { node.process?.lose(power: node.disk, after: self.draw.below(6)) }
        self.end(node)
        node.disk = FaultyDisk(node.disk.memory.afterCrash(using: &self.draw))
    }

    /// The program is gone, the disk is as it was.
    func end(_ node: Node) {
        node.process = nil
        node.run += 1
        node.wakeAt = nil
        node.isSealPlanned = false
        for operation in self.clients.lostConnections(to: node.number) { self.connectionLost(operation) }
    }

    // MARK: Events

    func deliver(_ message: Message, from sender: Int, to receiver: Int) throws(Violation) {
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
        process.handle(.timeReached, now: now, &outcomes)
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

    private func planSeal(_ node: Node) {
        guard !node.isSealPlanned else { return }
        node.isSealPlanned = true
        self.schedule(.seal(node: node.number, run: node.run), after: .milliseconds(100))
    }

    // MARK: Outcomes

    func carryOut(_ outcomes: [Outcome], of node: Node) throws(Violation) {
        for outcome in outcomes {
            switch outcome {
            case .send(let message, let destination): self.send(message, from: node, to: destination)
            case .syncing:
                self.schedule(.synced(node: node.number, run: node.run), after: self.drawSyncTime())
            case .final(let final):
                self.trace.note(self.time, .append, node: node.number, final.block.header.index.rawValue)
                self.trace.say(
                    self.time,
                    "node \(node.number) finalises block \(final.block.header.index) of "
                        + "\(final.block.entries.count) records, \(final.block.header.hash.short)")
                try self.judge.finalised(final, by: node.number)
            case .shown:
                try self.checkHead(of: node)
                self.planSeal(node)
            case .answer(let ticket, let answer):
                self.trace.note(self.time, .answer, node: node.number, ticket.rawValue)
                try self.answered(ticket, answer, by: node)
            case .found(let evidence):
                try self.judge.check(evidence, by: node.number, isLiar: self.isLiar)
            case .lostVote(let vote):
                guard node.hasLostVote || node.isDamaged else {
                    throw Violation(
                        .evidence, "node \(node.number) meets a vote of its own that it never sent: \(vote)")
                }
            case .misbehaved(let key, let how):
                guard self.isLiar(key.bytes) else {
                    throw Violation(
                        .evidence, "node \(node.number) says that honest node \(self.nodeOfKey[key] ?? -1) lied: \(how)"
                    )
                }
            case .epoch(let epoch):
                self.trace.say(self.time, "node \(node.number) enters epoch \(epoch)")
                guard epoch.rawValue <= self.judge.epoch else {
                    throw Violation(.epochs, "node \(node.number) enters epoch \(epoch), which nothing began")
                }
            case .broken(let error):
                guard node.isDamaged else { throw Violation(.recovery, "node \(node.number) broke: \(error)") }
                node.isRetired = true
                return self.end(node)
            case .violated(let violation): throw violation
            }
        }
        self.planWake(node)
    }

    private func isLiar(_ key: [UInt8]) -> Bool {
        PublicKey(bytes: key).flatMap { self.nodeOfKey[$0] }.map { !self.nodes[$0].isHonest } ?? false
    }

    private func drawSyncTime() -> WorldTime {
        let disks = self.scenario.disks
        let isSlow = self.slowDisks && self.draw.chance(perMille: disks.slowPerMille)
        return self.draw.within(isSlow ? disks.slow : disks.usual)
    }

    func planWake(_ node: Node) {
        guard let instant = node.process?.wakeUp ?? node.liar?.wakeUp else { return }
        let time = node.clock.time(of: instant, notBefore: self.time)
        guard time != node.wakeAt else { return }
        node.wakeAt = time
        self.schedule(.wake(node: node.number, run: node.run), after: time - self.time)
    }

    /// What a node shows only grows, and is always final.
    func checkHead(of node: Node) throws(Violation) {
        guard let store = node.process?.store else { return }
        let head = store.head
        try self.takeStoredAlone(by: node, from: store)
        try self.judge.read(head: head.index.rawValue, hash: head.hash, by: node.number)
        guard head.index.rawValue >= node.shownHead || node.isDamaged else {
            throw Violation(
                .durability, "node \(node.number) showed block \(node.shownHead), and has \(head.index) now")
        }
        node.shownHead = head.index.rawValue
    }

    /// What the only member of a ledger stores is final by that.
    private func takeStoredAlone(by node: Node, from store: LedgerStore) throws(Violation) {
        while UInt64(self.judge.blocks.count) <= store.head.index.rawValue,
            self.judge.members[Int(self.judge.epoch)].keys == [node.key.publicKey.bytes]
        {
            guard let block = try? store.block(BlockIndex(rawValue: UInt64(self.judge.blocks.count))) else { return }
            try self.judge.finalised(block, by: node.number)
        }
    }

    // MARK: Sending

    private func send(_ message: Message, from node: Node, to destination: VoteEffect.Destination) {
        switch destination {
        case .everybody:
            for target in self.nodes.indices where target != node.number {
                self.send(message, from: node.number, to: target)
            }
        case .members:
            for member in node.process?.members.members ?? [] {
                guard let target = self.nodeOfKey[member.key], target != node.number else { continue }
                self.send(message, from: node.number, to: target)
            }
        case .node(let key):
            guard let target = self.nodeOfKey[key], target != node.number else { return }
            self.send(message, from: node.number, to: target)
        }
    }

    private func send(_ message: Message, from sender: Int, to receiver: Int) {
        self.messages += 1
        self.messagesInAll += 1
        for delay in self.network.delays(from: sender, to: receiver) {
            self.schedule(.deliver(message, from: sender, to: receiver), after: delay)
        }
    }

    func carry(_ sendings: [Liar.Sending], from node: Node) {
        for sending in sendings {
            for delay in self.network.delays(from: node.number, to: sending.to) {
                self.schedule(
                    .deliver(sending.message, from: node.number, to: sending.to), after: delay + sending.delay)
            }
        }
        self.planWake(node)
    }
}
