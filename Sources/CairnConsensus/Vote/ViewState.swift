internal import CairnHash
internal import CairnLedger

/// What a member knows of one view.
struct ViewState: Sendable {
    /// The leader's block, until it is voted on.
    package struct Proposal: Sendable {
        package var parentView: View
        package var block: HashedBlock
        /// The leader's for the block, when it came along.
        package var vote: SignedVote?
        var sender: PublicKey
        /// Whether it was found to be good.
        package var isGood = false
    }

    /// Votes that agree.
    struct Tally: Sendable {
        var power: UInt64 = 0
        var votes: [Certificate.MemberSignature] = []
    }

    /// What one member said, one vote of each kind.
    struct Said: Sendable {
        var notarise: SignedVote?
        var nullify: SignedVote?
        var finalise: SignedVote?

        /// All of them.
        var votes: [SignedVote] { [self.notarise, self.nullify, self.finalise].compactMap { $0 } }

        /// Whether this is a word for a block.
        func supports(_ hash: Digest) -> Bool { self.notarise?.blockHash == hash || self.finalise?.blockHash == hash }

        subscript(kind: Vote.Kind) -> SignedVote? {
            get {
                switch kind {
                case .notarise: self.notarise
                case .nullify: self.nullify
                case .finalise: self.finalise
                case .resolve: nil
                }
            }
            set {
                switch kind {
                case .notarise: self.notarise = newValue
                case .nullify: self.nullify = newValue
                case .finalise: self.finalise = newValue
                case .resolve: break
                }
            }
        }
    }

    struct Choice: Hashable, Sendable {
        var kind: Vote.Kind
        var blockHash: Digest
    }

    /// This member's own votes, from the moment they go to the journal.
    struct Own: Sendable {
        var notarised: Digest?
        var hasNullified = false
        var finalised: Digest?

        /// The block that this member voted for.
        var block: Digest? { self.finalised ?? self.notarised }

        func contains(_ kind: Vote.Kind, _ hash: Digest) -> Bool {
            switch kind {
            case .notarise: self.notarised == hash
            case .nullify: self.hasNullified
            case .finalise: self.finalised == hash
            // Of version 0.1, and forgotten: nothing follows from it.
            case .resolve: true
            }
        }
    }

    var proposal: Proposal?
    /// Whether anything came from the view's leader in its view.
    var leaderWasHeard = false
    /// In a fast view, the leader's vote for the block that this member then voted for.
    var leaderVote: SignedVote?
    var said: [UInt16: Said] = [:]
    var tallies: [Choice: Tally] = [:]
    /// What lets a later view build on a block of this one.
    var notarisation: Certificate?
    /// What lets later views pass this one by.
    var nullification: Certificate?
    var own = Own()

    /// The leader's finalise vote for what it proposed.
    func leaderVote(for proposal: Proposal, leader: Int) -> SignedVote? {
        if let vote = proposal.vote { return vote }
        guard let vote = self.said[UInt16(leader)]?.finalise, vote.blockHash == proposal.block.hash else { return nil }
        return vote
    }

    /// Adds a vote to those that agree with it.
    mutating func add(_ vote: SignedVote, power: UInt64) -> Tally {
        self.said[vote.member, default: Said()][vote.kind] = vote
        let choice = Choice(kind: vote.kind, blockHash: vote.blockHash)
        self.tallies[choice, default: Tally()].power += power
        self.tallies[choice, default: Tally()].votes.append(
            Certificate.MemberSignature(member: vote.member, signature: vote.signature))
        return self.tallies[choice] ?? Tally()
    }

    /// Lets votes go that a certificate stands for.
    mutating func dropVotes() {
        self.said = [:]
        self.tallies = [:]
        self.proposal = nil
    }
}
