internal import CairnHash
internal import CairnLedger

// Views with one round of votes: a good proposal is finalised at once. Here is what brings members together that didn't all do so.
extension VoteMachine {
    func isFast(_ view: View) -> Bool {
        Rule.mayFinaliseAtOnce(
            ifLyingLeaderIsAlone: self.round.fastViews.contain(leader: self.round.leader(of: view)))
    }

    /// Passes on what this member voted for in its view, to those who don't seem to have done so: the leader may be gone, or have
    /// told others something else. Its vote shows that it is the leader's.
    func passOnProposal(_ turn: inout Turn) {
        let view = self.round.view
        guard let position = self.round.position, let state = self.round.views[view], let hash = state.own.block,
            let vote = self.round.leader(of: view) == position
                ? self.ownVotes([.finalise], in: view, position).first : state.leaderVote,
            let message = self.message(in: view, for: vote)
        else { return }
        for member in self.round.members.members.indices where member != position {
            guard state.said[UInt16(member)]?.supports(hash) != true else { continue }
            turn.send(message, to: .node(self.round.key(of: member)))
        }
    }

    /// The proposal that a leader's vote is for. Of a block that became final meanwhile, the vote says all.
    private func message(in view: View, for vote: SignedVote) -> Message? {
        if vote.blockHash == self.round.baseHash { return .vote(vote) }
        return self.proposal(of: vote.blockHash, in: view, with: vote).map(Message.proposal)
    }

    /// The block that is final was proposed again, and some voted for it before they knew: who gave the view up helps them out.
    ///
    /// Building on the block in this view is the same as building on it where it was notarised last, as long as all views since are
    /// nullified; what isn't known of them is asked for.
    mutating func voteForFinal(_ turn: inout Turn) {
        let view = self.round.view
        guard self.votes, self.boundByFinal != nil,
            Rule.mayPassBy(allNullified: self.round.unproven(toBaseBefore: view) == nil)
        else { return }
        if let vote = self.leaderVoteForFinal { self.note(leaderVote: vote, &turn) }
        self.cast(.notarise, in: view, self.round.baseHash, &turn)
    }

    /// The leader's vote in the present view, when it is for the block that is final.
    private var leaderVoteForFinal: SignedVote? {
        let leader = UInt16(self.round.leader(of: self.round.view))
        guard let vote = self.round.views[self.round.view]?.said[leader]?.finalise,
            vote.blockHash == self.round.baseHash
        else { return nil }
        return vote
    }

    /// Somebody who voted in the present view for the block that is final by now, when this member gave the view up.
    ///
    /// Others are believed only where the leader said so as well, or was seen to lie, which leaves no power for another liar: a
    /// single member could otherwise keep this one from helping those who are bound by what the leader did propose.
    var boundByFinal: UInt16? {
        let view = self.round.view
        guard let state = self.round.views[view], state.own.hasNullified, state.own.block == nil, self.isFast(view),
            self.round.baseHash == self.chain.headHash
        else { return nil }
        let leader = UInt16(self.round.leader(of: view))
        let leaderSaidSo = self.leaderVoteForFinal != nil
        guard leaderSaidSo || state.leaderLied else { return nil }
        let bound = state.said.filter { $0.value.finalise?.blockHash == self.round.baseHash }.keys
        return bound.filter { $0 != leader }.min() ?? (leaderSaidSo ? leader : nil)
    }

    /// Keeps the leader's vote for what this member is about to vote for, across a restart too.
    mutating func note(leaderVote vote: SignedVote, _ turn: inout Turn) {
        self.round.views[vote.view]?.leaderVote = vote
        self.journal(.leaderVote(vote), &turn)
    }

    /// Tells how a fast view ends whose leader contradicted itself, once all others have voted: that leader leaves no power for
    /// another liar, so that what they said is true, and is all that will ever be said.
    ///
    /// Under `majority` nobody lies, and the leader has journaled the one block that it shows.
    package mutating func resolve(_ turn: inout Turn) {
        let view = self.round.view
        guard self.round.views[view]?.leaderLied == true, let state = self.round.views[view], self.votes,
            state.own.resolved == nil, self.round.members.faultModel == .bft, self.isFast(view)
        else { return }
        let leader = self.round.leader(of: view)
        let others = self.round.members.members.indices.filter { $0 != leader }
        let haveAllVoted = others.allSatisfy {
            let said = state.said[UInt16($0)]
            return said?.finalise != nil || said?.nullify != nil
        }
        guard leader != self.round.position, Rule.mayResolve(haveAllVoted: haveAllVoted) else { return }
        var powers: [Digest: UInt64] = [:]
        for member in others {
            guard let hash = state.said[UInt16(member)]?.finalise?.blockHash else { continue }
            powers[hash, default: 0] += self.round.members.members[member].power
        }
        let leaderPower = self.round.members.members[leader].power
        // Two such blocks would take more votes than there are.
        let block = powers.first { Rule.isQuorum($0.value + leaderPower, of: self.round.members) }?.key
        self.cast(.resolve, in: view, block ?? .zero, &turn)
    }
}
