internal import CairnHash
public import CairnLedger

// Views with one round of votes, where nobody lies: a good proposal is finalised at once. Here is what brings members together that
// didn't all do so.
extension VoteMachine {
    var isFast: Bool { Rule.mayFinaliseAtOnce(mayLie: self.round.members.faultModel == .bft) }

    /// A view in which this member finalised a block at once where members may lie, as version 0.1 did, and of which nothing is
    /// decided yet. Nil when its journal has no such vote.
    public var undecidedFastView: View? {
        guard !self.isFast else { return nil }
        return self.round.views.filter { $1.own.finalised != nil && $1.notarisation == nil }.keys.max()
    }

    /// Passes on what this member voted for in its view, to those who don't seem to have done so: the leader may be gone, or have
    /// told others something else. Its vote shows that it is the leader's.
    func passOnProposal(_ turn: inout Turn) {
        let view = self.round.view
        guard let position = self.round.position, let state = self.round.views[view], let hash = state.own.block,
            let vote = self.round.leader(of: view) == position
                ? self.ownVotes([self.firstKind], in: view, position).first : state.leaderVote,
            let message = self.message(in: view, for: vote)
        else { return }
        for member in self.round.members.members.indices where member != position {
            guard state.said[UInt16(member)]?.isFor(hash) != true else { continue }
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
        self.cast(self.isFast ? .notarise : .support, in: view, self.round.baseHash, &turn)
    }

    /// The leader's vote in the present view, when it is for the block that is final.
    private var leaderVoteForFinal: SignedVote? {
        let view = self.round.view
        return self.round.views[view]?
            .leaderVote(for: self.round.baseHash, leader: self.round.leader(of: view), kind: self.firstKind)
    }

    /// Somebody who voted in the present view for the block that is final by now, when this member gave the view up.
    var boundByFinal: UInt16? {
        guard let state = self.round.views[self.round.view], state.own.hasNullified, state.own.block == nil,
            self.needsLeaderVote, self.round.baseHash == self.chain.headHash
        else { return nil }
        let hash = self.round.baseHash
        if self.isFast { return state.said.filter { $0.value.finalise?.blockHash == hash }.keys.min() }
        // One of them alone may lie.
        guard self.isBound(by: hash, in: self.round.view) else { return nil }
        return state.said.filter { $0.value.isFor(hash) && Int($0.key) != self.round.position }.keys.min()
    }

    /// Keeps the leader's vote for what this member is about to vote for, across a restart too.
    mutating func note(leaderVote vote: SignedVote, _ turn: inout Turn) {
        self.round.views[vote.view]?.leaderVote = vote
        self.journal(.leaderVote(vote), &turn)
    }
}
