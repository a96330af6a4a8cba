import CairnConsensus
import CairnHash
import CairnLedger
import CairnStore

/// The order of things: faults, recovery, silence, one more record, and a look at what the disks hold.
extension World {
    /// How long recovery may take once nothing goes wrong any more: time-outs may have grown to their largest, and
    /// each unhealthy leader may cost some of them.
    private var livenessBound: WorldTime {
        let unhealthy = self.nodes.filter { !$0.isHealthy }.count
        return .seconds(60 + 30 * UInt64(unhealthy))
    }

    /// What somebody still wants, unknown to its client, comes within so much time of the block before: as long as the
    /// longest time-outs of three views, of which one member notices the first, and the others only then.
    private static let settlingTime: WorldTime = .seconds(45)

    /// A regular look at how far things have come.
    func look() throws(Violation) {
        switch self.phase {
        case .safety:
            if self.beginAbsence() {
                self.enter(.absence)
                try self.keepOthersBusy()
            } else {
                self.enter(.liveness)
                try self.endFaults()
            }
            self.schedule(.look, after: .milliseconds(20))
        case .absence:
            if self.isAbsenceOver() {
                self.endAbsence()
                self.enter(.liveness)
                try self.endFaults()
            } else {
                try self.keepOthersBusy()
            }
            self.schedule(.look, after: .milliseconds(20))
        case .liveness:
            if self.isDone, self.time >= self.clocksAgreeAt {
                self.happened.hasReturned = self.absence != nil
                self.enter(.settling)
                self.idleHead = self.judge.blocks.count
                self.schedule(.look, after: Self.settlingTime)
            } else if self.time > max(self.phaseBegan, self.clocksAgreeAt) + self.livenessBound {
                throw Violation(.liveness, self.whatIsMissing)
            } else {
                self.schedule(.look, after: .milliseconds(20))
            }
        case .settling
        where self.idleHead != self.judge.blocks.count && self.time < self.phaseBegan + self.livenessBound:
            self.idleHead = self.judge.blocks.count
            self.schedule(.look, after: Self.settlingTime)
        case .settling:
            self.enter(.idle)
            self.clients.draw = SeededGenerator(seed: self.scenario.seed ^ UInt64(self.judge.blocks.count))
            self.idleHead = self.judge.blocks.count
            self.schedule(.look, after: self.scenario.idleTime)
        case .idle:
            try self.checkIdleness()
            self.enter(.prompt)
            let operation = try self.beginOperation(client: 0, hasKey: true)
            self.promptOperation = operation
            try self.submitPromptly(operation)
            self.schedule(.look, after: min(self.promptBound, .milliseconds(20)))
        case .prompt:
            try self.checkPromptness()
        case .over: break
        }
    }

    private func enter(_ phase: Phase) {
        self.phase = phase
        self.phaseBegan = self.time
        self.messages = 0
        self.trace.note(self.time, .phase, node: phase.rawValue)
        self.trace.say(self.time, "phase: \(phase)")
    }

    // MARK: Liveness

    /// Everything that clients may expect an answer to has one, and all healthy nodes show the same head.
    private var isDone: Bool {
        self.clients.operations.allSatisfy { $0.state != .open }
            && self.nodes.allSatisfy { !$0.isHonest || $0.isRetired || self.isUpToDate($0) }
            && self.isAbsentBack
    }

    private func isUpToDate(_ node: Node) -> Bool {
        guard let process = node.process else { return false }
        return process.isStored && process.store.head.index.rawValue == UInt64(self.judge.blocks.count - 1)
    }

    private var whatIsMissing: String {
        let open = self.clients.operations.indices.filter { self.clients.operations[$0].state == .open }
        let behind = self.nodes.filter { $0.isHonest && !$0.isRetired && !self.isUpToDate($0) }.map { node in
            "\(node.number) at \(node.process.map { "\($0.store.head.index)" } ?? "nothing")"
        }
        let absent = self.isAbsentBack ? "" : "; node \(self.absence?.node ?? -1), which was away, isn't back"
        return "\(open.count) operations are not answered (\(open.prefix(3))), and these nodes are behind block "
            + "\(self.judge.blocks.count - 1): \(behind.joined(separator: ", "))"
            + absent
    }

    // MARK: Idleness

    /// An idle ledger writes nothing, and sends next to nothing: each node a word a second to each other.
    private func checkIdleness() throws(Violation) {
        for node in self.nodes where node.process?.isCatchingUp == true {
            throw Violation(.idleness, "node \(node.number) has all blocks, and still catches up")
        }
        // Liars make others talk, and want things.
        guard self.nodes.allSatisfy(\.isHonest) else { return }
        guard self.judge.blocks.count == self.idleHead else {
            throw Violation(.idleness, "blocks come although nobody wants any")
        }
        let links = self.nodes.count * (self.nodes.count - 1)
        let seconds = Int(self.scenario.idleTime / .seconds(1))
        let most = links * (seconds + 1) * 5 / 4
        guard self.messages <= most else {
            throw Violation(
                .idleness, "\(self.messages) messages in \(seconds) s of silence between \(self.nodes.count) nodes")
        }
    }

    // MARK: Promptness

    private var allMembersAreHealthy: Bool {
        self.judge.members[Int(self.judge.epoch)].keys.allSatisfy { key in
            PublicKey(bytes: key).flatMap { self.nodeOfKey[$0] }.map { self.nodes[$0].isHealthy } ?? false
        }
    }

    /// A record takes: to the leader, the proposal, votes twice, and the certificate to the node that was asked; each
    /// member stores twice, and that node once more. One that is no member may get the block by bulk catch-up, which checks
    /// headers, a block and a run. Twice of that, for what may be under way.
    private var promptBound: WorldTime {
        guard self.allMembersAreHealthy else { return self.livenessBound }
        var steps = 6 * self.scenario.delays.usual.upperBound + 4 * self.scenario.disks.usual.upperBound
        if self.nodes.count > self.judge.members[Int(self.judge.epoch)].keys.count {
            steps += 4 * self.scenario.delays.usual.upperBound + 3 * self.scenario.catchUp.checkTime.upperBound
        }
        return 2 * steps + .milliseconds(2)
    }

    private func submitPromptly(_ operation: Int) throws(Violation) {
        while self.clients.operations[operation].tries == 0 { try self.submit(operation, healthyOnly: true) }
    }

    private func checkPromptness() throws(Violation) {
        if let operation = self.promptOperation, self.clients.operations[operation].state == .acknowledged {
            let taken = self.clients.operations[operation].answered - self.phaseBegan
            guard taken <= self.promptBound else { throw self.tooSlow(taken) }
            return self.enter(.over)
        }
        guard self.time < self.phaseBegan + self.promptBound else { throw self.tooSlow(self.time - self.phaseBegan) }
        self.schedule(.look, after: .milliseconds(20))
    }

    private func tooSlow(_ taken: WorldTime) -> Violation {
        Violation(
            .promptness,
            "after a silence, a record took \(taken / 1_000) µs or more to become final; "
                + "\(self.promptBound / 1_000) µs are enough")
    }

    // MARK: What the disks hold

    /// All machines lose their power at once. What anybody was told of is on the disks of a quorum, in the log or in the
    /// journal, as it was.
    func examineDisks() throws(Violation) {
        for node in self.nodes where node.process != nil { self.crash(node.number) }
        var stored: [Int: Stored] = [:]
        for node in self.nodes where node.isHonest && !node.isDamaged {
            stored[node.number] = try self.examineDisk(of: node)
        }
        let acknowledged = Set(self.judge.operations.compactMap(\.acknowledged).compactMap(self.judge.block(of:)))
        for index in acknowledged.sorted() {
            let block = self.judge.blocks[index]
            let members = self.judge.members[Int(block.epoch)]
            var power: UInt64 = 0
            for (place, key) in members.keys.enumerated() {
                let node = PublicKey(bytes: key).flatMap { self.nodeOfKey[$0] }
                // What liars say they have, and what was lost for good, counted when the block became final.
                if let node, !self.nodes[node].hasLostVote, let stored = stored[node],
                    stored.head < UInt64(index), !stored.journal.contains(block.hash)
                {
                    continue
                }
                power += members.powers[place]
            }
            guard members.isQuorum(power) else {
                throw Violation(.durability, "block \(index) was acknowledged, and no quorum of disks has it")
            }
        }
    }

    /// What is left on a disk.
    private struct Stored {
        /// The index of the last block.
        var head: UInt64
        /// Blocks in the journal.
        var journal: Set<Digest>
    }

    private func examineDisk(of node: Node) throws(Violation) -> Stored {
        do throws(StoreError) {
            let opened = try LedgerStore.open(on: node.disk, using: self.verifier)
            let head = opened.store.head.index.rawValue
            for index in 0...head {
                let block = try opened.store.block(BlockIndex(rawValue: index))
                do throws(Violation) {
                    try self.judge.check(block, leftAt: node.number)
                } catch {
                    throw .corrupt(Corruption(file: "", block: block.block.index, reason: error.problem))
                }
            }
            return Stored(head: head, journal: try self.blocksInJournal(of: node))
        } catch {
            throw Violation(.durability, "node \(node.number), after the power went: \(error)")
        }
    }

    private func blocksInJournal(of node: Node) throws(StoreError) -> Set<Digest> {
        let found = try Journal.open(
            on: node.disk, chain: self.genesisState.chain, key: node.key.publicKey, roomBytes: Self.journalRoomBytes)
        guard case .usable(_, let entries, _) = consume found else { return [] }
        var blocks: Set<Digest> = []
        for case .block(let block) in entries { blocks.insert(block.header.hash) }
        return blocks
    }
}
