internal import CairnHash
internal import CairnLedger

// Certificates: what a quorum said moves a member on, and makes blocks final.
extension VoteMachine {
    /// A certificate is complete, or came from another node and was checked.
    ///
    /// - Parameters:
    ///   - isFinal: whether it makes its block final.
    ///   - sender: nil when it was completed here.
    mutating func learn(_ certificate: Certificate, isFinal: Bool, from sender: PublicKey?, _ turn: inout Turn) {
        guard certificate.epoch == self.round.epoch, certificate.view > self.round.baseView else { return }
        if sender != nil { self.lookForLostVote(in: certificate, &turn) }
        if isFinal { return self.learnFinalisation(certificate, from: sender, &turn) }
        switch certificate.kind {
        case .notarise: self.learnNotarisation(certificate, from: sender, &turn)
        case .nullify: self.learnNullification(certificate, from: sender, &turn)
        case .finalise, .support, .resolve: break
        }
    }

    /// Whether a certificate makes its block final.
    func isFinal(_ certificate: Certificate) -> Bool {
        certificate.kind == .finalise || self.isFinalWithAll && certificate.isOfAll(self.round.members)
    }

    private mutating func lookForLostVote(in certificate: Certificate, _ turn: inout Turn) {
        guard let own = certificate.votes.first(where: { Int($0.member) == self.round.position }) else { return }
        self.compareWithMemory(certificate.vote(of: own, chain: self.chain.chain), &turn)
    }

    private mutating func learnNotarisation(
        _ certificate: Certificate, from sender: PublicKey?, _ turn: inout Turn
    ) {
        let view = certificate.view
        guard self.round.views[view]?.notarisation == nil else { return }
        // Others are enough to go on, and yet this member's vote may be the one that makes the block final.
        if self.isFinalWithAll, view == self.round.view, self.round.lastVotes.expectsAll(in: view) {
            self.voteOnProposal(&turn)
        }
        var state = self.round.views[view] ?? ViewState()
        state.notarisation = certificate
        self.round.views[view] = state
        if let proposal = state.proposal, proposal.block.hash == certificate.blockHash {
            self.takeBody(proposal.block, &turn)
        }
        if self.votes {
            // Until a vote stands on it, nobody has to be shown it.
            if self.isFinalWithAll {
                self.round.unjournaledNotarisations.append(view)
            } else {
                self.journal(.certificate(certificate), &turn)
            }
            if view >= self.round.view, state.own.finalised == nil,
                Rule.mayFinalise(hasNullified: state.own.hasNullified)
            {
                self.finaliseOrWait(view, certificate.blockHash, &turn)
            }
        }
        if Rule.acknowledges(isFinal: false), let block = self.blocks[certificate.blockHash] {
            self.answer(block, &turn)
            for effect in self.outbox.takeAnswers(through: block.block.index) { turn.effects.append(effect) }
        }
        self.enter(view.next(), turn.now)
    }

    private mutating func learnNullification(
        _ certificate: Certificate, from sender: PublicKey?, _ turn: inout Turn
    ) {
        let view = certificate.view
        guard self.round.views[view]?.nullification == nil else { return }
        self.round.views[view, default: ViewState()].nullification = certificate
        if sender == nil { turn.send(.certificate(certificate), to: .members) }
        if self.votes { self.journal(.certificate(certificate), &turn) }
        self.enter(view.next(), turn.now)
    }

    private mutating func learnFinalisation(
        _ certificate: Certificate, from sender: PublicKey?, _ turn: inout Turn
    ) {
        if let target, target.certificate.view >= certificate.view { return }
        self.round.lastVotes.settle(on: certificate.view, isOfAll: certificate.kind == .notarise)
        self.target = (certificate, sender)
        self.enter(certificate.view.next(), turn.now)
    }

    // MARK: Views

    /// Goes on to a later view; nothing happens when this member is there or further.
    mutating func enter(_ view: View, _ now: Moment) {
        guard view > self.round.view else { return }
        let left = self.round.view
        let state = self.round.views[left]
        if state?.notarisation != nil || self.target?.certificate.view == left {
            // What counts is how long a view takes once there is something to do in it.
            if let worked = self.round.workBegan {
                self.round.pacemaker.viewSucceeded(after: now.instant.since(worked))
            }
        } else if state?.nullification != nil {
            self.round.pacemaker.viewFailed(
                leader: self.round.leader(of: left), wasHeard: state?.leaderWasHeard == true)
        }
        self.round.view = view
        self.round.workBegan = nil
        self.round.deadline = nil
        self.round.isGivenUp = false
        self.round.repeatAt = nil
        self.round.tellAt = nil
        self.round.proposeAgainAt = nil
        self.round.unsentProposal = nil
        self.round.repeatPause = self.configuration.repeatAfter
        // Votes on views long past change nothing any more; their certificates do.
        let oldest = view.rawValue - min(view.rawValue, Round.viewsBehindMax)
        for old in self.round.views.keys where old.rawValue < oldest { self.round.views[old]?.dropVotes() }
    }

    // MARK: Final blocks

    /// Makes final what the newest finalisation covers, when all of it is there.
    mutating func finishTarget(_ turn: inout Turn) {
        // After a block that it can't read nothing is judged, nor beside it.
        guard let target, !self.isHalted else { return }
        let certificate = target.certificate
        let hash = certificate.blockHash
        guard hash != self.chain.headHash else {
            self.target = nil
            self.setBase(certificate)
            return
        }
        guard let path = self.blocks.path(to: hash, from: self.chain.headHash) else { return }
        self.target = nil
        for block in path {
            let isLast = block.hash == hash
            self.finish(block, certificate: isLast ? certificate : nil, &turn)
        }
        self.gather(behind: path, in: certificate.view, turn.now.instant)
        self.setBase(certificate)
        self.round.pacemaker.blockFinished()
        self.blocks.settle(on: self.chain.tip)
        self.adoptOrphans(on: self.chain.headHash, &turn)
        self.beginEpochIfDue(&turn)
    }

    /// Those who are answered now may have more to send.
    private mutating func gather(behind blocks: [CheckedBlock], in view: View, _ now: Instant) {
        let submissions = blocks.reduce(0) { $0 + ($1.submissions?.items.count ?? 0) }
        guard submissions >= Gathering.submissionsMin else { return }
        // Since this member's vote left, others may have known of the final block before it. What their clients sent since then is
        // not more than what those of the block send: counted twice, it would be waited for in vain.
        let taken = self.voteLeft.flatMap { $0.view == view ? $0.recordsTaken : nil } ?? self.mempool.recordsTaken
        let others = max(0, self.mempool.records - Int(clamping: self.mempool.recordsTaken - taken))
        let records = blocks.reduce(others) { $0 + $1.leafHashes.count }
        guard records < self.configuration.gatherRecordsMax else { return }
        self.gathering = Gathering(records: records, end: now + self.round.pacemaker.patience(views: 1))
    }

    /// A block is final: into the log with it; those who wait for its records are answered when it is there.
    mutating func finish(_ block: CheckedBlock, certificate: Certificate?, _ turn: inout Turn) {
        self.chain.advance(to: block)
        self.unshown.append(BlockName(index: block.block.index, hash: block.hash))
        turn.effects.append(
            .append(FinalBlock(block: block.block, certificate: certificate), leafHashes: block.leafHashes))
        self.answer(block, &turn)
    }

    mutating func setBase(_ certificate: Certificate) {
        guard certificate.epoch == self.round.epoch, certificate.view > self.round.baseView else { return }
        self.round.setBase(certificate.view, certificate.blockHash, certificate)
        if let target, target.certificate.view <= certificate.view { self.target = nil }
    }

    // MARK: Epochs

    /// The final block was its epoch's last: from here on other members decide.
    mutating func beginEpochIfDue(_ turn: inout Turn) {
        guard self.chain.tip.epoch != self.round.epoch else { return }
        var present = self.chain.present
        if !Rule.followsChanges() {
            present = EpochMembers(
                chain: present.chain, epoch: present.epoch, members: self.round.members, settings: present.settings)
        }
        self.round = Round(self.chain.tip, present, key: self.key.publicKey, configuration: self.configuration)
        self.blocks.removeAll()
        self.target = nil
        self.asking = Asking()
        if let change, change.change.epoch != self.round.epoch {
            self.change = nil
            for ticket in change.tickets { turn.effects.append(.refuseChange(ticket, .otherChange)) }
        }
        if !self.isAlone { self.nameSubmissions() }
        turn.effects.append(.epochBegan(present))
        let remembered = self.laterMemory
        self.laterMemory = []
        self.restore(remembered)
        self.countRememberedVotes(&turn)
        self.forwardToAll(&turn)
        // The other members may not know yet that the epoch before is over.
        turn.send(.status(self.status(wantsAnswer: false)), to: .everybody)
    }
}
