package import CairnHash
package import CairnLedger

// Time: views that last too long, and messages that may have been lost. While there is nothing to do, nothing runs.
extension VoteMachine {
    /// Whether anything is left to agree on. What was said in a view is the work of those who can say something to it, and a turn that
    /// is lost is its leader's.
    private var hasWork: Bool {
        !self.mempool.isEmpty || self.change != nil || self.target != nil || self.round.newestUnfinished != nil
            || self.votes && (self.round.hasNewsAhead || self.hasLostItsTurn)
    }

    mutating func watchTime(_ turn: inout Turn) {
        guard self.round.position != nil, !self.isAlone, self.hasWork else {
            self.round.workBegan = nil
            self.round.deadline = nil
            self.round.isGivenUp = false
            self.round.tellAt = nil
            self.round.repeatAt = nil
            return
        }
        let now = turn.now.instant
        if self.round.workBegan == nil {
            self.round.workBegan = now
            let leader = self.round.leader(of: self.round.view)
            self.round.deadline = now + (self.hasLostItsTurn ? .zero : self.round.pacemaker.timeout(leader: leader))
            self.round.tellAt = now + min(self.round.pacemaker.overdue, self.round.repeatPause)
            self.round.repeatAt = now + self.round.repeatPause
        }
        if let tellAt = self.round.tellAt, tellAt <= now {
            self.round.tellAt = nil
            self.tellEntry(&turn)
            self.forwardToAll(&turn)
        }
        if let deadline = self.round.deadline, deadline <= now || self.hasLeaderGivenUp {
            self.round.deadline = nil
            self.round.isGivenUp = true
            self.giveUpView(&turn)
        }
        if let repeatAt = self.round.repeatAt, repeatAt <= now {
            if Rule.repeatsVotes() { self.sayAgain(&turn) }
            self.round.repeatPause = min(self.round.repeatPause * 2, self.configuration.viewTimeoutMax)
            self.round.repeatAt = now + self.round.repeatPause
        }
    }

    private mutating func giveUpView(_ turn: inout Turn) {
        let own = self.round.views[self.round.view]?.own ?? ViewState.Own()
        guard self.votes else { return }
        if self.mayNullify(self.round.view) {
            self.cast(.nullify, in: self.round.view, .zero, &turn)
        } else if self.isFinalWithAll, own.notarised != nil, !own.hasNullified {
            // Those who can't vote for the block let go of it.
            self.passOnProposal(&turn)
        } else if let hash = own.finalised, own.notarised == nil {
            // The view is fast, and some gave it up: the block can still be built on.
            self.cast(.notarise, in: self.round.view, hash, &turn)
        } else {
            return
        }
        // The next leader may never have heard of what this member waits for: its node may be gone by now.
        let next = self.round.leader(of: self.round.view.next())
        let batch = self.mempool.selectBlock().map(\.submission)
        if next != self.round.position, !batch.isEmpty {
            turn.send(.submissions(batch), to: .node(self.round.key(of: next)))
        }
    }

    /// Tells those who don't seem to be there what brought this member into its view: they may lack a vote that it has, because
    /// a link is cut, or because a liar gave its vote to few. Usually all have the same votes at the same time, and nobody
    /// needs to be told.
    private func tellEntry(_ turn: inout Turn) {
        let certificates = self.entryCertificates
        for member in self.round.members.members.indices where member != self.round.position {
            if self.round.wasHeard(member, from: self.round.view) { continue }
            let node = VoteEffect.Destination.node(self.round.key(of: member))
            for certificate in certificates { turn.send(.certificate(certificate), to: node) }
        }
    }

    /// Says once more what this member said in its view, and what brought it there.
    func sayAgain(_ turn: inout Turn) {
        turn.send(.status(self.status(wantsAnswer: true)), to: .members)
        for certificate in self.entryCertificates { turn.send(.certificate(certificate), to: .members) }
        guard self.votes, let position = self.round.position else { return }
        for vote in self.ownVotes(position) { turn.send(.vote(vote), to: .members) }
        let view = self.round.view
        // A journal of version 0.1 may hold a vote of a fast view under `bft`.
        if self.isFast || self.round.views[view]?.own.finalised != nil {
            self.passOnProposal(&turn)
        } else if self.isFinalWithAll {
            self.passOnAgain(&turn)
        } else if self.round.leader(of: view) == position, let hash = self.round.views[view]?.own.notarised,
            let proposal = self.proposal(of: hash, in: view)
        {
            turn.send(.proposal(proposal), to: .members)
        }
    }

    /// What says once more that a block is proposed in a view.
    package func proposal(of hash: Digest, in view: View, with vote: SignedVote? = nil) -> Message.Proposal? {
        guard let block = self.blocks[hash]?.block else { return nil }
        let isNew = block.header.proposer == self.round.key(of: self.round.leader(of: view))
        guard
            let parentView = self.round.parentView(
                of: hash, on: block.header.previousHash, isNew: isNew, before: view)
        else { return nil }
        return Message.Proposal(
            epoch: self.round.epoch, view: view, parentView: parentView, block: block, vote: vote)
    }

    /// The certificates that let this member enter its view.
    var entryCertificates: [Certificate] {
        guard let before = self.round.view.previous() else { return [] }
        if before == self.round.baseView { return self.round.baseCertificate.map { [$0] } ?? [] }
        let state = self.round.views[before]
        return [self.round.baseCertificate, state?.notarisation ?? state?.nullification].compactMap { $0 }
    }

    /// Votes in the present view, and the newest finalise votes that didn't lead to a final block yet; without those that
    /// aren't durable.
    private func ownVotes(_ position: Int) -> [SignedVote] {
        var votes: [SignedVote] = []
        let finalised = self.round.views.filter { $1.own.finalised != nil }.keys.sorted().suffix(8)
        for view in finalised { votes.append(contentsOf: self.ownVotes([.finalise], in: view, position)) }
        votes.append(contentsOf: self.ownVotes([.notarise, .support, .nullify], in: self.round.view, position))
        return votes
    }

    /// Counts what this member said before it was started again: it may be what a quorum lacks.
    mutating func countRememberedVotes(_ turn: inout Turn) {
        guard self.votes, let position = self.round.position else { return }
        for view in self.round.views.keys.sorted() {
            if let vote = self.round.views[view]?.leaderVote { self.count(vote, &turn) }
            for vote in self.ownVotes(Vote.Kind.allCases, in: view, position) { self.count(vote, &turn) }
        }
    }

    func ownVotes(_ kinds: [Vote.Kind], in view: View, _ position: Int) -> [SignedVote] {
        guard let own = self.round.views[view]?.own else { return [] }
        return kinds.compactMap { kind in
            let hash: Digest? =
                switch kind {
                case .notarise: own.notarised
                case .support: own.supported
                case .nullify: own.hasNullified ? .zero : nil
                case .finalise: own.finalised
                case .resolve: nil
                }
            guard let hash else { return nil }
            let vote = Vote(chain: self.chain.chain, epoch: self.round.epoch, view: view, kind: kind, blockHash: hash)
            guard !self.outbox.holds(vote) else { return nil }
            return SignedVote(vote, member: UInt16(position), signature: self.key.sign(vote.message))
        }
    }
}
