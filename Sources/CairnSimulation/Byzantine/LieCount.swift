import CairnHash
import CairnLedger

/// How often a liar did what only some kinds do: a lie that never comes about shows nothing.
struct LieCount {
    /// Blocks of its own that it voted for and showed to nobody, and those that it showed to some only.
    var unseenBlocks: Set<Digest> = []
    var halfSeenBlocks: Set<Digest> = []
    /// Proposals of what was final already.
    var finalBlocksProposed = 0
    /// Votes, each alone in its view, for what was final already.
    var claims = 0
    /// Blocks of a time that nobody's clock allows, each shown to all with its vote.
    var blocksAhead = 0
    /// Views in which some never heard that it notarised a block, where all members' votes count.
    var withheldViews: Set<CastPlace> = []
    /// Certificates of votes that say different things.
    var certificatesOfOthers = 0
    /// What it said in each view beside what its machine says.
    private var said: [CastPlace: Set<CastVotes.Choice>] = [:]

    mutating func note(_ kind: Vote.Kind, _ hash: Digest, in place: CastPlace) {
        self.said[place, default: []].insert(CastVotes.Choice(kind: kind, hash: hash))
    }

    /// Views in which it said all three things that mean something, of more than one block.
    var mixedViews: Int {
        self.said.values.count { choices in
            Set(choices.map(\.kind)).isSuperset(of: [.notarise, .nullify, .finalise])
                && Set(choices.map(\.hash).filter { $0 != .zero }).count > 1
        }
    }

    var resolveVotes: Int { self.votes(.resolve) }

    var supportVotes: Int { self.votes(.support) }

    private func votes(_ kind: Vote.Kind) -> Int {
        self.said.values.reduce(0) { count, choices in count + choices.count { $0.kind == kind } }
    }
}
