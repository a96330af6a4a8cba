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
            self.enter(.liveness)
            try self.endFaults()
            self.schedule(.look, after: .milliseconds(20))
        case .liveness:
            if self.isDone {
                self.enter(.settling)
                self.idleHead = self.judge.blocks.count
                self.schedule(.look, after: Self.settlingTime)
            } else if self.time > self.phaseBegan + self.livenessBound {
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
        return "\(open.count) operations are not answered (\(open.prefix(3))), and these nodes are behind block "
            + "\(self.judge.blocks.count - 1): \(behind.joined(separator: ", "))"
    }

    // MARK: Idleness

    /// An idle ledger writes nothing, and sends next to nothing: each node a word a second to each other.
    private func checkIdleness() throws(Violation) {
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
    /// member stores twice, and that node once more. Twice of that, for what may be under way.
    private var promptBound: WorldTime {
        guard self.allMembersAreHealthy else { return self.livenessBound }
        let steps = 6 * self.scenario.delays.usual.upperBound + 4 * self.scenario.disks.usual.upperBound
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

    /// All machines lose their power at once. What anybody was told of is still there: at the node that said so, and
    /// as it was.
    func examineDisks() throws(Violation) {
        for node in self.nodes where node.process != nil { self.crash(node.number) }
        var newest: UInt64 = 0
        for node in self.nodes where node.isHonest && !node.isDamaged {
            newest = max(newest, try self.examineDisk(of: node))
        }
        for (number, operation) in self.judge.operations.enumerated() {
            guard let first = operation.acknowledged else { continue }
            guard newest < self.judge.blocks.count, first < self.judge.blocks[Int(newest)].endRecord else {
                throw Violation(.durability, "operation \(number) was acknowledged, and no disk has it")
            }
        }
    }

    /// Returns the index of the last block.
    private func examineDisk(of node: Node) throws(Violation) -> UInt64 {
        do throws(StoreError) {
            let opened = try LedgerStore.open(on: node.disk, using: self.verifier)
            let head = opened.store.head.index.rawValue
            guard head >= node.acknowledgedBlock, head >= node.shownHead else {
                throw .corrupt(Corruption(file: "", block: nil, reason: "it lost block \(node.shownHead)"))
            }
            for index in 0...head {
                let block = try opened.store.block(BlockIndex(rawValue: index))
                do throws(Violation) {
                    try self.judge.check(block, leftAt: node.number)
                } catch {
                    throw .corrupt(Corruption(file: "", block: block.block.index, reason: error.problem))
                }
            }
            return head
        } catch {
            throw Violation(.durability, "node \(node.number), after the power went: \(error)")
        }
    }
}
