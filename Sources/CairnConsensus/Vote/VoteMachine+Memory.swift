internal import CairnHash
public import CairnLedger

extension JournalEntry {
    /// In which epoch the entry means something to a vote; nil for what holds in all.
    fileprivate var epoch: Epoch? {
        switch self {
        case .block(let block): block.header.epoch
        case .vote(let vote): vote.epoch
        case .certificate(let certificate): certificate.epoch
        case .leaderVote(let vote): vote.epoch
        case .equivocation: nil
        }
    }
}

// What outlives the process.
extension VoteMachine {
    /// What a journal that is begun anew has to hold. Nil while a final block isn't in the block log: until then
    /// the old journal is needed. The log has to be durable before the new journal takes over.
    public var journalToKeep: [JournalEntry]? {
        guard self.unshown.isEmpty else { return nil }
        var entries = self.equivocations.map(JournalEntry.equivocation)
        // The head may have become final once more in a later view than the block log says: votes up to there are not kept.
        if let certificate = self.round.baseCertificate { entries.append(.certificate(certificate)) }
        if let target { entries.append(.certificate(target.certificate)) }
        entries.append(contentsOf: self.blocks.all.map { .block($0.block) })
        // A quorum of votes is a quorum of copies, whether or not this node has got again what its block stands on.
        let voted = Set(self.round.views.values.compactMap(\.own.block))
        entries.append(contentsOf: self.blocks.orphans(in: voted).map { .block($0) })
        for (view, state) in self.round.views.sorted(by: { $0.key < $1.key }) {
            for certificate in [state.notarisation, state.nullification].compactMap({ $0 }) {
                entries.append(.certificate(certificate))
            }
            func vote(_ kind: Vote.Kind, _ hash: Digest) -> JournalEntry {
                .vote(JournalEntry.OwnVote(epoch: self.round.epoch, view: view, kind: kind, blockHash: hash))
            }
            if let vote = state.leaderVote { entries.append(.leaderVote(vote)) }
            if let hash = state.own.notarised { entries.append(vote(.notarise, hash)) }
            if let hash = state.own.supported { entries.append(vote(.support, hash)) }
            if state.own.hasNullified { entries.append(vote(.nullify, .zero)) }
            if let hash = state.own.finalised { entries.append(vote(.finalise, hash)) }
        }
        entries.append(contentsOf: self.laterMemory)
        return entries.filter { Rule.keepsInJournal($0) }
    }

    /// Takes up what the node knew when it stopped.
    mutating func restore(_ entries: [JournalEntry], headCertificate: Certificate?) {
        if let headCertificate, headCertificate.epoch == self.round.epoch,
            headCertificate.blockHash == self.chain.headHash
        {
            self.setBase(headCertificate)
            self.round.view = headCertificate.view.next()
        }
        for case .equivocation(let equivocation) in entries { self.equivocations.append(equivocation) }
        self.restore(entries)
    }

    /// Takes up what was said and voted for in the present epoch. What is of later ones waits for them: the log may have lost the
    /// block that began them, and what the node said there holds all the same.
    mutating func restore(_ entries: [JournalEntry]) {
        for equivocation in self.equivocations where equivocation.epoch == self.round.epoch {
            self.round.accused.insert(equivocation.member)
        }
        self.laterMemory.append(contentsOf: entries.filter { $0.epoch.map { $0 > self.round.epoch } ?? false })
        var bodies: [HashedBlock] = []
        for entry in entries where entry.epoch == self.round.epoch {
            switch entry {
            case .block(let block):
                if block.index > self.chain.head.index { bodies.append(HashedBlock(block)) }
            case .vote(let vote): self.restore(vote)
            case .certificate(let certificate): self.restore(certificate)
            case .leaderVote(let vote):
                if vote.view > self.round.baseView {
                    self.round.views[vote.view, default: ViewState()].leaderVote = vote
                }
            case .equivocation: break
            }
        }
        for body in bodies.sorted(by: { $0.block.index < $1.block.index }) {
            guard let tip = self.tip(of: body.block.header.previousHash) else {
                // The log may have lost what it stands on, which others have.
                self.blocks.insert(own: body)
                continue
            }
            // A block that a certificate in the log has overtaken breaks a rule by now.
            guard let checked = try? self.check(body, on: tip) else { continue }
            self.blocks.insert(checked)
        }
        self.restoreProposedViews()
    }

    private mutating func restore(_ vote: JournalEntry.OwnVote) {
        guard vote.view > self.round.baseView else { return }
        var state = self.round.views[vote.view] ?? ViewState()
        switch vote.kind {
        case .notarise: state.own.notarised = vote.blockHash
        case .support: state.own.supported = vote.blockHash
        case .nullify: state.own.hasNullified = true
        case .finalise: state.own.finalised = vote.blockHash
        // What version 0.1 said about a view whose leader lied binds nobody: this version doesn't say it, nor count it.
        case .resolve: break
        }
        self.round.views[vote.view] = state
        self.round.view = max(self.round.view, vote.view)
    }

    private mutating func restore(_ certificate: Certificate) {
        guard certificate.view > self.round.baseView else { return }
        switch certificate.kind {
        case _ where self.isFinal(certificate):
            self.round.journaledFinalView = max(self.round.journaledFinalView, certificate.view)
            if certificate.blockHash == self.chain.headHash {
                self.setBase(certificate)
            } else if self.target.map({ $0.certificate.view < certificate.view }) ?? true {
                // The log lost the block, and others have it, or this node's journal.
                self.target = (certificate, nil)
            }
        case .notarise: self.round.views[certificate.view, default: ViewState()].notarisation = certificate
        case .nullify: self.round.views[certificate.view, default: ViewState()].nullification = certificate
        case .finalise, .support, .resolve: return
        }
        self.round.view = max(self.round.view, certificate.view.next())
    }
}
