package import CairnLedger

// Messages of other nodes.
extension VoteMachine {
    /// Whether a message may still tell something new: asked before its signatures are checked, which is the dear part.
    public func wants(_ message: Message) -> Bool {
        switch message {
        case .vote(let vote): self.wants(vote)
        case .certificate(let certificate): self.wants(certificate)
        case .proposal(let proposal):
            proposal.epoch > self.round.epoch
                || proposal.epoch == self.round.epoch && self.round.isOpen(proposal.view)
                    && self.wantsProposal(of: proposal.view, with: proposal.vote)
        case .finals(let blocks): blocks.last.map { $0.block.index > self.chain.head.index } ?? true
        case .block(let block): block.index > self.chain.head.index
        case .status, .submissions, .change, .request, .finalsRequest: true
        }
    }

    /// The same, with regard to who sent it: what only members say is not looked at when somebody else says it, and a block only
    /// when it is waited for. So what a stranger's message costs before it is dropped doesn't depend on what is in it.
    package func wants(_ message: Message, from sender: PublicKey) -> Bool {
        switch message {
        // Of a later epoch, the members may be others; what it costs is a question.
        case .proposal(let proposal) where proposal.epoch <= self.round.epoch:
            self.round.position != nil && self.round.members.position(of: sender) != nil && self.wants(message)
        case .block(let block) where self.round.members.position(of: sender) == nil:
            block.index > self.chain.head.index && self.isWanted(block.header.hash)
        default: self.wants(message)
        }
    }

    private func wantsProposal(of view: View, with vote: SignedVote?) -> Bool {
        guard let state = self.round.views[view] else { return true }
        if let vote, self.wants(vote) { return true }
        // It may have been finalised on others' word, and wait for the block.
        if let hash = state.own.block { return self.blocks[hash] == nil && hash != self.chain.headHash }
        return state.proposal?.isPassedOn != false || state.own.hasNullified
    }

    private func wants(_ vote: SignedVote) -> Bool {
        guard vote.epoch == self.round.epoch else { return vote.epoch > self.round.epoch }
        guard self.round.isOpen(vote.view) else { return self.lacksLastVote(vote) }
        guard let state = self.round.views[vote.view] else { return true }
        if let said = state.said[vote.member]?[vote.kind] { return said.blockHash != vote.blockHash }
        // Behind a certificate one more vote changes nothing, unless it contradicts it.
        return switch vote.kind {
        // Where those of all make a block final, the last one is waited for.
        case .notarise: self.isFinalWithAll || state.notarisation?.blockHash != vote.blockHash
        case .support: self.isFinalWithAll && state.notarisation?.blockHash != vote.blockHash
        case .nullify: state.nullification == nil || state.said[vote.member]?.finalise != nil
        case .finalise: true
        case .resolve: false
        }
    }

    private func wants(_ certificate: Certificate) -> Bool {
        guard certificate.epoch == self.round.epoch else { return certificate.epoch > self.round.epoch }
        guard certificate.view > self.round.baseView,
            Rule.takesCertificate(isFarAhead: !self.round.isOpen(certificate.view))
        else { return false }
        if self.isFinal(certificate) { return self.target.map { $0.certificate.view < certificate.view } != false }
        return switch certificate.kind {
        case .notarise: self.round.views[certificate.view]?.notarisation == nil
        case .nullify: self.round.views[certificate.view]?.nullification == nil
        case .finalise, .support, .resolve: false
        }
    }

    package mutating func receive(_ content: CheckedMessage.Content, from sender: PublicKey, _ turn: inout Turn) {
        switch content {
        case .status(let status):
            self.receive(status, from: sender, &turn)
        case .proposal(let proposal):
            guard proposal.epoch == self.round.epoch else { return }
            self.receive(proposal, from: sender, &turn)
        case .vote(let vote):
            self.receive(vote, &turn)
        case .certificate(let certificate):
            self.receive(certificate, from: sender, &turn)
        case .submissions(let submissions):
            self.receive(submissions, from: sender)
        case .change(let change):
            self.receive(change)
        case .request(let request):
            self.answer(request, from: sender, &turn)
        case .block(let block):
            self.takeBody(block, &turn)
        case .finalsRequest(let index):
            self.answerFinalsRequest(from: index, sender: sender, &turn)
        case .finals(let finals):
            self.receive(finals: finals, from: sender, &turn)
        case .newer(let index, let error):
            self.halt(at: index, error, &turn)
        case .ofLaterEpoch(let epoch):
            self.receiveHint(of: epoch, from: sender, &turn)
        }
    }

    private mutating func receive(_ certificate: Certificate, from sender: PublicKey, _ turn: inout Turn) {
        // A follower has no views; its blocks come as final ones.
        guard self.round.position != nil else { return }
        self.learn(certificate, isFinal: self.isFinal(certificate), from: sender, &turn)
    }

    /// Somebody is in an epoch that this node doesn't know: the blocks in between tell who its members are.
    private func receiveHint(of epoch: Epoch, from sender: PublicKey, _ turn: inout Turn) {
        guard epoch > self.round.epoch, !self.isCatchingUp, !self.isHalted else { return }
        turn.send(.finalsRequest(from: self.chain.head.index.next()), to: .node(sender))
    }
}
