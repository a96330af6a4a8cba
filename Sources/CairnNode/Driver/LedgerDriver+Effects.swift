internal import CairnConsensus
internal import CairnHash
internal import CairnLedger
internal import CairnPeers
internal import CairnStore
internal import Dispatch
internal import Logging

// From the machine's decisions to disk, links and callers.
extension LedgerDriver {
    func handle(_ first: VoteEvent) {
        var event: VoteEvent? = first
        var hasGrown = false
        while let present = event.take() {
            for effect in self.machine.handle(present, now: .now()) { self.carryOut(effect) }
            event = self.appendHere()
            if case .appended = event { hasGrown = true }
        }
        self.beginSyncs()
        if hasGrown { self.tellGrowth() }
    }

    private func carryOut(_ effect: VoteEffect) {
        switch effect {
        case .journal(let entry, let number):
            self.journalQueue.append((entry, number))
        case .append(let final, let leafHashes):
            self.logQueue.append((final, leafHashes))
        case .send(let message, let destination):
            if case .vote(let vote) = message, vote.member < self.check.members.members.count,
                self.check.members.members[Int(vote.member)].key == self.key
            {
                // It comes back in certificates.
                self.check.verifier.remember(
                    vote.signature, of: self.key, for: vote.vote(chain: self.check.chain).message)
            }
            self.send(.vote(message), to: destination)
        case .sendFinals(let index, let node):
            self.sendFinals(from: index, to: node)
        case .accept(let acceptances, let header, let hash):
            precondition(self.store.head.index >= header.index, "block \(header.index) is not shown yet")
            self.accept(acceptances, in: header, hash: hash)
        case .compare(let submission, let ticket, let place):
            self.answer(ticket, self.repeated(submission, at: place))
        case .refuse(let tickets, let refusal):
            for ticket in tickets { self.answer(ticket, .failure(AppendError(refusal))) }
        case .acceptChange(let ticket, let header, let hash):
            self.answer(
                change: ticket,
                .success(BlockReference(index: header.index, hash: hash, timestamp: header.timestamp)))
        case .refuseChange(let ticket, let refusal):
            self.answer(change: ticket, .failure(ChangeError(refusal)))
        case .found(let evidence):
            self.logger.error(
                "a member voted for two things at once; the proof is kept",
                metadata: [
                    "member": "\(self.check.members.members[Int(evidence.member)].key)", "epoch": "\(evidence.epoch)",
                ])
        case .lostVote(let vote):
            self.lostVote =
                "this node's key voted in view \(vote.view) of epoch \(vote.epoch), and the journal doesn't know"
            self.logger.critical(
                "this node votes no more: its key is used elsewhere, or its journal is an old copy",
                metadata: ["view": "\(vote.view)", "epoch": "\(vote.epoch)"])
        case .misbehaved(let node, let how):
            self.misbehaved(node, how)
        case .halted(let index, let error):
            self.halt(at: index, because: "\(error)")
        case .epochBegan(let present):
            self.begin(present)
        }
    }

    private func begin(_ present: EpochMembers) {
        let members = present.members
        self.check = MessageCheck(present: present, verifier: self.check.verifier)
        self.links?.setMembers(members.members.map(\.key))
        self.presence.begin(members)
        self.lookForQuorum()
        self.logger.info(
            "a new epoch began",
            metadata: [
                "epoch": "\(present.epoch)", "members": "\(members.members.count)",
                "member": "\(members.position(of: self.key) != nil)",
            ])
    }

    // MARK: Sending

    func send(_ message: NodeMessage, to destination: VoteEffect.Destination) {
        guard let links else { return }
        switch destination {
        case .members: links.send(message, to: self.check.members.members.map(\.key).filter { $0 != self.key })
        case .everybody: links.sendToAll(message)
        case .node(let node): links.send(message, to: [node])
        }
    }

    private func misbehaved(_ node: PublicKey, _ how: VoteEffect.Misbehaviour) {
        switch how {
        case .invalidProposal(let error) where error.isOfNewerVersion:
            self.warnNowAndThen(
                "a member proposed a block that this program is too old to judge",
                ["member": "\(node)", "rule": "\(error)"])
        case .invalidProposal(let error):
            self.ban(node, because: "it proposed an invalid block: \(error)")
        case .invalidFinals(let error):
            self.ban(node, because: "it sent an invalid block as final: \(error)")
        case .proposalOutOfTurn:
            self.warnNowAndThen("a member proposed out of turn", ["member": "\(node)"])
        case .timestampAhead(let timestamp):
            self.warnNowAndThen(
                "a block's time is too far ahead of this node's clock: one of the two is wrong",
                ["proposer": "\(node)", "timestamp": "\(timestamp)"])
        }
    }

    /// What a wrong clock or a liar brings about in each of its views: a line a minute says it.
    private func warnNowAndThen(_ message: String, _ metadata: Logger.Metadata) {
        guard let leftOut = self.quietLines.take(message, now: Moment.now().instant) else { return }
        var metadata = metadata
        if leftOut > 0 { metadata["left_out"] = "\(leftOut)" }
        self.logger.warning("\(message)", metadata: metadata)
    }

    func ban(_ node: PublicKey, because reason: String) {
        // Links tell of it, and count when strangers do it again and again.
        self.links?.ban(node, because: reason)
    }
}
