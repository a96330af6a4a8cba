import CairnConsensus
import CairnHash
import CairnLedger
import CairnStore

/// What nodes do to the world around them, looked at by the judge on the way.
extension World {
    func carryOut(_ outcomes: [Outcome], of node: Node) throws(Violation) {
        for outcome in outcomes {
            switch outcome {
            case .send(let message, let destination):
                if case .vote(.vote(let vote)) = message { try self.castVote(vote, of: node) }
                if case .vote(.proposal(let proposal)) = message { try self.showProposal(proposal, of: node) }
                self.send(message, from: node, to: destination)
                if case .vote(.vote(let vote)) = message { self.alsoResolve(vote, of: node, to: destination) }
            case .later(let event):
                let delay = self.links.draw.within(self.scenario.catchUp.checkTime)
                self.schedule(.catchUp(event, node: node.number, run: node.run), after: delay)
            case .caughtUp(let blocks):
                self.trace.say(self.time, "node \(node.number) gets \(blocks) blocks by bulk catch-up")
                self.caughtUp += blocks
            case .halted(let index, let error):
                guard node.isDamaged else {
                    throw Violation(.validity, "node \(node.number) halts at block \(index): \(error)")
                }
            case .unreadable(let error):
                guard node.isDamaged else {
                    throw Violation(.recovery, "node \(node.number) can't read what it wrote: \(error)")
                }
            case .syncing:
                self.schedule(.synced(node: node.number, run: node.run), after: self.drawSyncTime())
            case .final(let final):
                self.trace.note(self.time, .append, node: node.number, final.block.header.index.rawValue)
                self.trace.say(
                    self.time,
                    "node \(node.number) finalises block \(final.block.header.index) of "
                        + "\(final.block.entries.count) records, \(final.block.header.hash.short)")
                try self.judge.finalised(final, by: node.number)
                try self.checkTime(of: final.block.header)
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
            case .refusedTime(let key):
                self.happened.refusedTimes += 1
                guard self.isLiar(key.bytes) || self.mayClocksDiffer else {
                    throw Violation(
                        .evidence,
                        "node \(node.number) says that honest node \(self.nodeOfKey[key] ?? -1) is ahead of its time")
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

    private func castVote(_ vote: SignedVote, of node: Node) throws(Violation) {
        let place = CastPlace(epoch: vote.epoch, view: vote.view)
        let hadNotarised = self.judge.cast[place]?.said(.notarise, by: vote.member) == true
        guard try self.judge.cast(vote, isLiar: self.isLiar), vote.epoch.rawValue <= self.judge.epoch else { return }
        let members = self.judge.members[Int(vote.epoch.rawValue)]
        // Members pass on votes of others, too.
        guard Int(vote.member) < members.keys.count, members.keys[Int(vote.member)] == node.key.publicKey.bytes
        else { return }
        if vote.kind == .support { self.happened.supportVotes += 1 }
        if vote.kind == .nullify, hadNotarised, members.isFinalWithAll { self.happened.releases += 1 }
    }

    /// A leader proposes, or somebody passes on what it proposed: with the leader's vote.
    private func showProposal(_ proposal: Message.Proposal, of node: Node) throws(Violation) {
        guard !node.isDamaged, !node.hasLostVote, proposal.epoch.rawValue <= self.judge.epoch else { return }
        let keys = self.judge.members[Int(proposal.epoch.rawValue)].keys
        if let vote = proposal.vote, keys.firstIndex(of: node.key.publicKey.bytes) != Int(vote.member) { return }
        try self.judge.propose(
            proposal.block.header.hash, in: CastPlace(epoch: proposal.epoch, view: proposal.view), by: node.number)
    }

    /// Somebody who doesn't lie found a final block's time good: it is ahead by no more than members bear, and than their clocks are.
    private func checkTime(of header: BlockHeader) throws(Violation) {
        let index = Int(header.index.rawValue)
        // What the founder's clock, or clocks that are wrong, once said stays.
        if index > 0, header.timestamp.microseconds == self.judge.blocks[index - 1].timestamp { return }
        let ahead = self.scenario.wallOffsetMicrosecondsMax + max(0, self.wrongClocks.aheadMax)
        let drift = Int64(self.time / 1_000) * self.scenario.driftPerMillionMax / 1_000_000
        let latest = SimulatedClock.epochMicroseconds + Int64(self.time / 1_000) + ahead + drift + 10_000_000
        guard header.timestamp.microseconds <= UInt64(latest) else {
            throw Violation(.validity, "block \(header.index) is from the future: \(header.timestamp.microseconds)")
        }
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

    private func send(_ message: NodeMessage, from node: Node, to destination: VoteEffect.Destination) {
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

    /// What version 0.1 said when a view ended: it means nothing any more, and is nobody's lie.
    private func alsoResolve(_ vote: SignedVote, of node: Node, to destination: VoteEffect.Destination) {
        guard node.number == self.scenario.rare.resolver, vote.kind == .nullify else { return }
        let resolve = Vote(
            chain: self.judge.chain, epoch: vote.epoch, view: vote.view, kind: .resolve, blockHash: .zero)
        let signed = SignedVote(resolve, member: vote.member, signature: node.key.sign(resolve.message))
        self.happened.honestResolveVotes += 1
        self.send(.vote(.vote(signed)), from: node, to: destination)
    }

    private func send(_ message: NodeMessage, from sender: Int, to receiver: Int) {
        self.messages += 1
        self.messagesInAll += 1
        if self.network.losesProposals, case .vote(.proposal) = message { return }
        for delay in self.network.delays(from: sender, to: receiver) {
            self.schedule(.deliver(message, from: sender, to: receiver), after: delay)
        }
    }

    func carry(_ sendings: [Liar.Sending], from node: Node) {
        for sending in sendings {
            if self.network.losesProposals, case .vote(.proposal) = sending.message { continue }
            for delay in self.network.delays(from: node.number, to: sending.to) {
                self.schedule(
                    .deliver(sending.message, from: node.number, to: sending.to), after: delay + sending.delay)
            }
        }
        self.planWake(node)
    }
}
