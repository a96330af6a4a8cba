internal import CairnHash
package import CairnLedger

// Votes: cast, sent once they are durable, counted, made into certificates.
extension VoteMachine {
    /// Says something: into the journal first, to the others when it is durable.
    mutating func cast(_ kind: Vote.Kind, in view: View, _ hash: Digest, _ turn: inout Turn) {
        guard let position = self.round.position else { preconditionFailure("only members vote") }
        self.note(kind, in: view, hash)
        self.journalFinalisation(&turn)
        self.journalNotarisations(&turn)
        let vote = Vote(chain: self.chain.chain, epoch: self.round.epoch, view: view, kind: kind, blockHash: hash)
        let entry = JournalEntry.OwnVote(epoch: self.round.epoch, view: view, kind: kind, blockHash: hash)
        let number = self.journal(.vote(entry), &turn)
        let signed = SignedVote(vote, member: UInt16(position), signature: self.key.sign(vote.message))
        self.outbox.hold(signed, until: number)
    }

    /// What a vote stands on has to outlive a crash that takes the newest blocks from the log: whoever votes in a view can show what
    /// ended those before it, be the block that became final there already or not.
    private mutating func journalFinalisation(_ turn: inout Turn) {
        guard let certificate = self.newestFinalisation, certificate.view > self.round.journaledFinalView
        else { return }
        self.round.journaledFinalView = certificate.view
        self.journal(.certificate(certificate), &turn)
    }

    /// The same of views that were notarised, and whose blocks were expected to be final by now.
    private mutating func journalNotarisations(_ turn: inout Turn) {
        for view in self.round.unjournaledNotarisations {
            if let certificate = self.round.views[view]?.notarisation { self.journal(.certificate(certificate), &turn) }
        }
        self.round.unjournaledNotarisations = []
    }

    private var newestFinalisation: Certificate? { self.target?.certificate ?? self.round.baseCertificate }

    /// Remembers an own vote. Two that contradict each other are a bug that must not reach anybody.
    mutating func note(_ kind: Vote.Kind, in view: View, _ hash: Digest) {
        var own = self.round.views[view, default: ViewState()].own
        switch kind {
        case .notarise:
            precondition(own.notarised == nil && own.supported == nil, "a member notarises once in a view")
            precondition(own.finalised == nil || own.finalised == hash, "a member votes for one block in a view")
            own.notarised = hash
        case .support:
            precondition(own.block == nil, "who voted for a block in a view supports none")
            own.supported = hash
        case .nullify:
            precondition(Rule.mayNullify(hasFinalised: own.finalised != nil), "what was finalised is not nullified")
            own.hasNullified = true
        case .finalise:
            precondition(Rule.mayFinalise(hasNullified: own.hasNullified), "what was nullified is not finalised")
            precondition(own.finalised == nil, "a member finalises once in a view")
            own.finalised = hash
        case .resolve: preconditionFailure("nobody resolves a view any more")
        }
        self.round.views[view, default: ViewState()].own = own
    }

    @discardableResult
    package mutating func journal(_ entry: JournalEntry, _ turn: inout Turn) -> JournalNumber {
        let number = self.outbox.nextNumber()
        turn.effects.append(.journal(entry, number))
        return number
    }

    /// Own votes are durable: now they count, and the others may know.
    mutating func release(through number: JournalNumber, _ turn: inout Turn) {
        for vote in self.outbox.takeVotes(through: number) where vote.epoch == self.round.epoch {
            self.round.recordedView = max(self.round.recordedView ?? 0, vote.view)
            self.sendUnsentProposal(with: vote, &turn)
            turn.send(.vote(vote), to: .members)
            let mayBeLast = self.isFinalWithAll && self.round.lastVotes.expectsAll(in: vote.view)
            if vote.kind == .finalise || vote.kind == .notarise && mayBeLast {
                self.voteLeft = (vote.view, self.mempool.recordsTaken)
            }
            self.count(vote, &turn)
        }
    }

    // MARK: Counting

    /// A vote of another member, checked.
    package mutating func receive(_ vote: SignedVote, _ turn: inout Turn) {
        guard vote.epoch == self.round.epoch, vote.kind != .resolve, vote.kind != .support || self.isFinalWithAll,
            Int(vote.member) < self.round.members.members.count
        else { return }
        self.round.pacemaker.heard(Int(vote.member))
        if self.lacksLastVote(vote) { self.tellLastVotes(to: vote.member, &turn) }
        guard self.round.isOpen(vote.view) else { return }
        self.compareWithMemory(vote, &turn)
        self.count(vote, &turn)
    }

    /// When this node's key said something that its journal doesn't know, the journal is an old copy, or another node has
    /// the key. Whatever it said from now on might contradict what it said there, so it votes no more.
    mutating func compareWithMemory(_ vote: SignedVote, _ turn: inout Turn) {
        guard Int(vote.member) == self.round.position, self.votes,
            self.round.views[vote.view]?.own.contains(vote.kind, vote.blockHash) != true
        else { return }
        self.hasVote = false
        turn.effects.append(.lostVote(vote))
    }

    package mutating func count(_ vote: SignedVote, _ turn: inout Turn) {
        guard self.round.isOpen(vote.view) else { return }
        if Int(vote.member) == self.round.leader(of: vote.view) {
            self.round.views[vote.view, default: ViewState()].leaderWasHeard = true
        }
        let said = self.round.views[vote.view]?.said[vote.member] ?? ViewState.Said()
        self.lookForContradiction(of: vote, with: said, &turn)
        // A member votes once for a notarisation, with one kind of vote or the other.
        let isForNotarisation = vote.kind == .notarise || vote.kind == .support
        guard Rule.counts(hasVoted: (isForNotarisation ? said.forNotarisation : said[vote.kind]) != nil) else { return }

        let voters = Rule.voters(of: self.round.members, newest: self.newestTip)
        guard Int(vote.member) < voters.members.count else { return }
        let power = voters.members[Int(vote.member)].power
        let tally = self.round.views[vote.view, default: ViewState()].add(vote, power: power)
        let isOfAll =
            self.isFinalWithAll && vote.kind == .notarise
            && Rule.isAll(tally.votes.count { !$0.isSupport }, of: voters)
        guard isOfAll || Rule.isQuorum(tally.power, of: voters) && !self.isDecided(vote) else { return }
        self.learn(
            Certificate(
                kind: isForNotarisation ? .notarise : vote.kind, epoch: vote.epoch, view: vote.view,
                blockHash: vote.blockHash,
                votes: tally.votes.filter { !isOfAll || !$0.isSupport }.sorted { $0.member < $1.member }),
            isFinal: isOfAll || vote.kind == .finalise, from: nil, &turn)
    }

    /// Whether a certificate stands for what a vote says.
    private func isDecided(_ vote: SignedVote) -> Bool {
        switch vote.kind {
        case .notarise, .support: self.round.views[vote.view]?.notarisation != nil
        case .nullify: self.round.views[vote.view]?.nullification != nil
        case .finalise: self.target.map { $0.certificate.view >= vote.view } == true
        case .resolve: true
        }
    }

    private var newestTip: ChainTip {
        self.round.newestUnfinished.flatMap { self.blocks[$0]?.tip } ?? self.chain.tip
    }

    private mutating func lookForContradiction(
        of vote: SignedVote, with said: ViewState.Said, _ turn: inout Turn
    ) {
        for other in said.votes {
            guard let equivocation = Equivocation(other, vote) else { continue }
            guard !self.round.accused.contains(vote.member) else { return }
            self.round.accused.insert(vote.member)
            self.equivocations.append(equivocation)
            self.journal(.equivocation(equivocation), &turn)
            turn.effects.append(.found(equivocation))
            return
        }
    }
}
