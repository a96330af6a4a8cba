internal import CairnHash
internal import CairnLedger

// Epochs in which a block is final with one round of votes, once all members voted for it: what members wait for, what they are
// bound by, and what lets go of them. docs/consensus.md has the argument.
extension VoteMachine {
    var isFinalWithAll: Bool { !self.isFast && Rule.isFinalWithAll(isSafe: self.round.isFinalWithAll) }

    /// Whether the leader's own vote has to be there before others vote for its block.
    var needsLeaderVote: Bool { self.isFast || self.isFinalWithAll }

    /// The kind of the leader's vote that comes with a proposal which is passed on: its first one in its view. With two rounds only
    /// members pass proposals on whom version 0.1 left bound, by what was the leader's first vote there.
    var firstKind: Vote.Kind { self.isFinalWithAll ? .notarise : .finalise }

    // MARK: Bound

    /// The power of the members that voted for a block in a view.
    func power(for hash: Digest, in view: View) -> UInt64 {
        self.power(in: view) { $0.forNotarisation?.blockHash == hash }
    }

    private func power(in view: View, of isCounted: (ViewState.Said) -> Bool) -> UInt64 {
        var power: UInt64 = 0
        for (member, said) in self.round.views[view]?.said ?? [:] where isCounted(said) {
            power += self.round.members.members[Int(member)].power
        }
        return power
    }

    /// Whether a member that doesn't lie may be bound by a block in a view: then it takes the others to get on.
    func isBound(by hash: Digest, in view: View) -> Bool {
        Rule.isBound(self.power(for: hash, in: view), of: self.round.members)
    }

    /// Whether this member may nullify a view, by what it and the others said in it.
    ///
    /// The block that it notarised may be final with all members' votes, as long as those who did not notarise it may all lie.
    func mayNullify(_ view: View) -> Bool {
        let own = self.round.views[view]?.own ?? ViewState.Own()
        guard !own.hasNullified, Rule.mayNullify(hasFinalised: own.finalised != nil) else { return false }
        guard self.isFinalWithAll, let hash = own.notarised else { return true }
        let against = self.power(in: view) { $0.isAgainst(notarising: hash) }
        return Rule.mayNullify(against: against, of: self.round.members)
    }

    /// The view's time is over, and by now what others said lets this member give it up.
    mutating func giveUpReleasedView(_ turn: inout Turn) {
        guard self.round.isGivenUp, self.votes, self.mayNullify(self.round.view) else { return }
        self.cast(.nullify, in: self.round.view, .zero, &turn)
    }

    /// Says again to those who don't seem to have voted for it what this member voted for. A whole block is sent by its leader,
    /// and by the others once the view lasts: at first they send the leader's vote for it, which may have gone to few.
    func passOnAgain(_ turn: inout Turn) {
        let view = self.round.view
        guard let state = self.round.views[view], let hash = state.own.block, let position = self.round.position
        else { return }
        let isLasting = self.round.isGivenUp || self.round.repeatPause > self.configuration.repeatAfter
        if isLasting || state.own.hasNullified || self.round.leader(of: view) == position {
            return self.passOnProposal(&turn)
        }
        guard let vote = state.leaderVote else { return }
        for member in self.round.members.members.indices where member != position {
            guard state.said[UInt16(member)]?.isFor(hash) != true else { continue }
            turn.send(.vote(vote), to: .node(self.round.key(of: member)))
        }
    }

    // MARK: Waiting for all

    /// A view is notarised that this member may finalise: at once, unless all members' votes make the block final by
    /// themselves in a moment.
    mutating func finaliseOrWait(_ view: View, _ hash: Digest, _ turn: inout Turn) {
        guard self.isFinalWithAll, self.round.lastVotes.expectsAll(in: view) else {
            return self.cast(.finalise, in: view, hash, &turn)
        }
        self.round.lastVotes.begin(view, hash, until: turn.now.instant + self.round.pacemaker.lastVotesTime)
    }

    /// For explorations: as if all had been waited for in vain so many times in a row.
    package mutating func assumeWaitsInVain(_ count: Int) {
        while self.round.lastVotes.failures < count { self.round.lastVotes.fail() }
    }

    /// Begins the second round when the first didn't do, or can't any more.
    mutating func finaliseOverdue(_ turn: inout Turn) {
        guard let wait = self.round.lastVotes.wait,
            wait.end <= turn.now.instant
                || self.power(in: wait.view, of: { $0.isAgainst(notarising: wait.blockHash) }) > 0
        else { return }
        self.round.lastVotes.fail()
        let own = self.round.views[wait.view]?.own ?? ViewState.Own()
        guard self.votes, own.finalised == nil, Rule.mayFinalise(hasNullified: own.hasNullified) else { return }
        self.cast(.finalise, in: wait.view, wait.blockHash, &turn)
    }

    /// After a restart: what was waited for before.
    mutating func waitAgain(_ now: Instant) {
        guard self.isFinalWithAll, self.votes,
            let (view, state) = self.round.views.filter({ $0.value.notarisation != nil }).max(by: { $0.key < $1.key }),
            state.own.finalised == nil, !state.own.hasNullified, let hash = state.notarisation?.blockHash
        else { return }
        self.round.lastVotes.begin(view, hash, until: now + self.round.pacemaker.lastVotesTime)
    }

    // MARK: One proposal a view

    // Some vote for a block before its leader's own vote for it is durable. So that the loss of its power doesn't let a leader propose
    // another one to the others, it can tell afterwards where it may have proposed: in the view after the newest one that it has
    // anything of.

    /// Whether this member leads its view and mustn't propose there: before it was started again it may have proposed what it doesn't
    /// know any more.
    var hasLostItsTurn: Bool {
        let view = self.round.view
        guard self.isFinalWithAll, self.round.leader(of: view) == self.round.position else { return false }
        let mayHaveProposed = view <= self.round.forgottenView && self.round.views[view]?.own.block == nil
        return !Rule.mayPropose(mayHaveProposed: mayHaveProposed)
    }

    /// Sends a proposal that waited for this member's own vote.
    mutating func sendUnsentProposal(with vote: SignedVote, _ turn: inout Turn) {
        guard let proposal = self.round.unsentProposal, proposal.view == vote.view, vote.kind == .notarise
        else { return }
        self.round.unsentProposal = nil
        turn.send(.proposal(proposal), to: .members)
    }

    /// After a restart: in which views this member has said something, and where it may have proposed.
    mutating func restoreProposedViews() {
        guard self.isFinalWithAll else { return }
        let voted = self.round.views.filter { $0.value.own.block != nil || $0.value.own.hasNullified }.keys.max()
        self.round.recordedView = voted
        let newest = max(self.round.baseView, self.target?.certificate.view ?? 0, self.round.views.keys.max() ?? 0)
        // In an epoch's first view nothing is proposed before it is durable.
        if newest > 0 { self.round.forgottenView = newest.next() }
    }

    /// Whether the leader gave its view up: then nothing more comes from it, and those who said nothing needn't wait.
    var hasLeaderGivenUp: Bool {
        let view = self.round.view
        return self.isFinalWithAll && self.round.views[view]?.said[UInt16(self.round.leader(of: view))]?.nullify != nil
    }

    // MARK: Those who lack a vote

    /// Whether a member begins a second round about a block that is final here with the votes of all: it lacks one of them.
    func lacksLastVote(_ vote: SignedVote) -> Bool {
        guard vote.kind == .finalise, vote.epoch == self.round.epoch, vote.view <= self.round.baseView,
            Int(vote.member) != self.round.position, !self.round.toldBase.contains(vote.member)
        else { return false }
        return self.round.baseCertificate?.kind == .notarise
    }

    mutating func tellLastVotes(to member: UInt16, _ turn: inout Turn) {
        guard let certificate = self.round.baseCertificate else { return }
        self.round.toldBase.insert(member)
        turn.send(.certificate(certificate), to: .node(self.round.key(of: Int(member))))
    }
}
