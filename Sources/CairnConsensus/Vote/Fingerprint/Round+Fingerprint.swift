internal import CairnHash
internal import CairnLedger

extension Round {
    func encodeState(into encoder: inout StateEncoder) {
        encoder.add(self.epoch.rawValue)
        // Follow from the epoch, unless a change that should count doesn't.
        encoder.add(self.members.members.count)
        for member in self.members.members {
            encoder.add(member.key)
            encoder.add(member.power)
        }
        encoder.add(self.members.faultModel == .bft)
        encoder.add(self.isFinalWithAll)
        encoder.add(self.view.rawValue)
        for instant in [self.workBegan, self.deadline, self.tellAt, self.repeatAt, self.proposeAgainAt] {
            encoder.add(instant)
        }
        encoder.add(self.isGivenUp)
        encoder.add(self.repeatPause.wholeNanoseconds)
        encoder.add(self.baseView.rawValue)
        encoder.add(self.baseHash)
        encoder.add(self.baseCertificate) { $0.add($1) }
        encoder.add(self.journaledFinalView.rawValue)
        encoder.add(self.unjournaledNotarisations.count)
        for view in self.unjournaledNotarisations { encoder.add(view.rawValue) }
        self.lastVotes.encodeState(into: &encoder)
        // Elsewhere they mean nothing.
        if self.isFinalWithAll {
            encoder.add(self.recordedView) { $0.add($1.rawValue) }
            encoder.add(self.forgottenView.rawValue)
            encoder.add(self.unsentProposal.map { $0.block.header.hash })
        }
        encoder.add(self.toldBase.count)
        for member in self.toldBase.sorted() { encoder.add(UInt64(member)) }
        encoder.add(self.views.count)
        for (view, state) in self.views.sorted(by: { $0.key < $1.key }) {
            encoder.add(view.rawValue)
            state.encodeState(into: &encoder)
        }
        self.pacemaker.encodeState(into: &encoder)
        encoder.add(self.accused.count)
        for member in self.accused.sorted() { encoder.add(UInt64(member)) }
    }
}

extension ViewState {
    fileprivate func encodeState(into encoder: inout StateEncoder) {
        encoder.add(self.proposal) { encoder, proposal in
            encoder.add(proposal.parentView.rawValue)
            encoder.add(proposal.block.hash)
            encoder.add(proposal.vote) { $0.add($1) }
            encoder.add(proposal.sender)
            encoder.add(proposal.isPassedOn)
            encoder.add(proposal.isGood)
        }
        encoder.add(self.leaderWasHeard)
        encoder.add(self.leaderVote) { $0.add($1) }
        encoder.add(self.said.count)
        for member in self.said.keys.sorted() {
            encoder.add(UInt64(member))
            encoder.add(self.said[member]?.votes ?? [])
        }
        let choices = self.tallies.sorted {
            ($0.key.kind.rawValue, $0.key.blockHash) < ($1.key.kind.rawValue, $1.key.blockHash)
        }
        encoder.add(choices.count)
        for (choice, tally) in choices {
            encoder.add(UInt64(choice.kind.rawValue))
            encoder.add(choice.blockHash)
            // With members repeated where a wrong rule counts them twice; in order, since certificates sort them.
            encoder.add(tally.votes.count)
            for vote in tally.votes.sorted(by: { $0.member < $1.member }) { encoder.add(vote) }
            encoder.add(tally.power)
        }
        encoder.add(self.notarisation) { $0.add($1) }
        encoder.add(self.nullification) { $0.add($1) }
        encoder.add(self.own.notarised)
        encoder.add(self.own.supported)
        encoder.add(self.own.hasNullified)
        encoder.add(self.own.finalised)
    }
}

extension LastVotes {
    fileprivate func encodeState(into encoder: inout StateEncoder) {
        encoder.add(self.wait) { encoder, wait in
            encoder.add(wait.view.rawValue)
            encoder.add(wait.blockHash)
            encoder.add(wait.end)
            encoder.add(wait.ownEnd)
        }
        encoder.add(self.failures)
        encoder.add(self.failedView) { $0.add($1.rawValue) }
    }
}

extension Pacemaker {
    fileprivate func encodeState(into encoder: inout StateEncoder) {
        if !encoder.bounds.isTimeless {
            encoder.add(self.mean) { $0.add($1) }
            encoder.add(self.deviation)
            encoder.add(self.failures)
        }
        for turns in self.silentTurns { encoder.add(turns) }
    }
}

extension UnfinishedBlocks {
    func encodeState(into encoder: inout StateEncoder) {
        for hashes in [self.nodes.keys.sorted(), self.orphans.keys.sorted()] {
            encoder.add(hashes.count)
            for hash in hashes { encoder.add(hash) }
        }
        encoder.add(self.orphansMax)
    }
}

extension Asking {
    func encodeState(into encoder: inout StateEncoder) {
        let asked = self.asked.map { (need: $0.key.text, asked: $0.value) }.sorted { $0.need < $1.need }
        encoder.add(asked.count)
        for (need, asked) in asked {
            encoder.add(Digest(hashing: Array(need.utf8)))
            encoder.add(asked.attempts)
            encoder.add(asked.dueAt)
        }
    }
}

extension Asking.Need {
    /// Different for different needs.
    fileprivate var text: String {
        switch self {
        case .block(let hash): "block \(hash)"
        case .certificates(let views): "views \(views.lowerBound) \(views.upperBound)"
        case .finals(let index): "finals \(index)"
        }
    }
}

extension Neighbours {
    func encodeState(into encoder: inout StateEncoder) {
        encoder.add(self.beatAt)
        encoder.add(self.highestHead.rawValue)
        encoder.add(self.order.count)
        for node in self.order {
            encoder.add(node)
            guard let neighbour = self[node] else { continue }
            encoder.add(neighbour.status.epoch.rawValue)
            encoder.add(neighbour.status.view.rawValue)
            encoder.add(neighbour.status.head.rawValue)
            encoder.add(neighbour.status.headHash)
            encoder.add(neighbour.status.wantsAnswer)
            encoder.add(neighbour.helpedAt)
            encoder.add(neighbour.owesFinals)
        }
    }
}
