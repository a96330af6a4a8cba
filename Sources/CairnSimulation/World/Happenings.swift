import CairnHash
import CairnLedger

/// How often things happened that only some seeds have: for tests that show that they do happen.
package struct Happenings: Sendable {
    /// Liars' own blocks that they voted for: those that nobody was shown, those that only some were shown, and how many of each
    /// became final.
    package var unseenBlocks = 0
    package var halfSeenBlocks = 0
    package var unseenBlocksFinal = 0
    package var halfSeenBlocksFinal = 0
    /// Liars' proposals of final blocks, views in which they said all things of several blocks, certificates of votes for
    /// different things, and votes of a kind that means nothing.
    package var finalBlocksProposed = 0
    package var mixedViews = 0
    package var certificatesOfOthers = 0
    package var resolveVotes = 0
    /// Their votes of support, and, where the votes of all make a block final: votes for what was final already, views in which some
    /// never heard a vote, and blocks of tomorrow that all were shown with a vote.
    package var liarsSupportVotes = 0
    package var claims = 0
    package var withheldViews = 0
    package var blocksAhead = 0
    /// Votes of the same kind that means nothing, of an honest node.
    package var honestResolveVotes = 0
    /// Submissions that were handed in again when their place was at the window's edge, and those that were written again.
    package var idsAtEdge = 0
    package var idsWrittenAgain = 0
    /// How many views the others passed while a member was away, and whether these failed; whether it was off then, and whether it
    /// came back.
    package var viewsMissed: UInt64 = 0
    package var viewsFailed = false
    package var wasPoweredOff = false
    package var hasReturned = false
    /// Members that went for good.
    package var goneForGood = 0
    /// Clocks that were set wrong by minutes, how many of them ahead, and how many for good; whether a quorum's were.
    package var clocksWrong = 0
    package var clocksAhead = 0
    package var clocksWrongForGood = 0
    package var wasQuorumWrong = false
    /// Proposals that somebody refused since they came from the future.
    package var refusedTimes = 0
    /// Blocks that the votes of all made final, at any node; votes of support that honest members gave; and views that
    /// these gave up after they had notarised a block there that all might have made final.
    package var finalWithAll = 0
    package var supportVotes = 0
    package var releases = 0
    /// Changes of the rule, to the newer one and back.
    package var changesToSimplex2 = 0
    package var changesToSimplex1 = 0
}

extension World {
    /// What came of it, at the end.
    var happenings: Happenings {
        var happened = self.happened
        let agreed = Set(self.judge.blocks.map(\.hash))
        for liar in self.nodes.compactMap(\.liar) {
            happened.unseenBlocks += liar.done.unseenBlocks.count
            happened.halfSeenBlocks += liar.done.halfSeenBlocks.count
            happened.unseenBlocksFinal += liar.done.unseenBlocks.intersection(agreed).count
            happened.halfSeenBlocksFinal += liar.done.halfSeenBlocks.intersection(agreed).count
            happened.finalBlocksProposed += liar.done.finalBlocksProposed
            happened.mixedViews += liar.done.mixedViews
            happened.certificatesOfOthers += liar.done.certificatesOfOthers
            happened.resolveVotes += liar.done.resolveVotes
            happened.liarsSupportVotes += liar.done.supportVotes
            happened.claims += liar.done.claims
            happened.withheldViews += liar.done.withheldViews.count
            happened.blocksAhead += liar.done.blocksAhead
        }
        happened.finalWithAll = self.judge.finalWithAll.count
        for (before, after) in zip(self.judge.members, self.judge.members.dropFirst())
        where before.agreement != after.agreement {
            if after.agreement == AgreementRule.simplex1.rawValue {
                happened.changesToSimplex1 += 1
            } else {
                happened.changesToSimplex2 += 1
            }
        }
        happened.idsWrittenAgain = self.judge.operations.count { $0.firstRecords.count > 1 }
        return happened
    }
}
