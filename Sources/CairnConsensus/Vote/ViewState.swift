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
        /// Whether somebody else than the leader sent it.
        var isPassedOn: Bool
        /// Whether it was found to be good.
        package var isGood = false

        /// Whether this is what a message says that came now.
        func says(_ other: CheckedMessage.CheckedProposal, from sender: PublicKey) -> Bool {
            self.sender == sender && self.block.hash == other.block.hash && self.parentView == other.parentView
                && (self.vote != nil || other.vote == nil)
        }
    }

    /// Votes that agree: notarise and support votes for one block do.
    struct Tally: Sendable {
        var power: UInt64 = 0
        var votes: [Certificate.MemberSignature] = []
    }

    /// What one member said, one vote of each kind.
    struct Said: Sendable {
        var notarise: SignedVote?
        var support: SignedVote?
        var nullify: SignedVote?
        var finalise: SignedVote?

        /// All of them.
        var votes: [SignedVote] { [self.notarise, self.support, self.nullify, self.finalise].compactMap { $0 } }

        /// The vote for a notarisation: a member that doesn't lie has one.
        var forNotarisation: SignedVote? { self.notarise ?? self.support }

        /// Whether this is a word for a block.
        func isFor(_ hash: Digest) -> Bool {
            self.votes.contains { $0.kind != .nullify && $0.blockHash == hash }
        }

        /// Whether this is a word for anything else than notarising a block.
        func isAgainst(notarising hash: Digest) -> Bool {
            self.nullify != nil || self.support != nil || self.notarise.map { $0.blockHash != hash } == true
        }

        subscript(kind: Vote.Kind) -> SignedVote? {
            get {
                switch kind {
                case .notarise: self.notarise
                case .support: self.support
                case .nullify: self.nullify
                case .finalise: self.finalise
                case .resolve: nil
                }
            }
            set {
                switch kind {
                case .notarise: self.notarise = newValue
                case .support: self.support = newValue
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
        var supported: Digest?
        var hasNullified = false
        var finalised: Digest?

        /// The block that this member voted for.
        var block: Digest? { self.finalised ?? self.notarised ?? self.supported }

        func contains(_ kind: Vote.Kind, _ hash: Digest) -> Bool {
            switch kind {
            case .notarise: self.notarised == hash
            case .support: self.supported == hash
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
    /// Where it is waited for, the leader's vote for the block that this member then voted for.
    var leaderVote: SignedVote?
    var said: [UInt16: Said] = [:]
    var tallies: [Choice: Tally] = [:]
    /// What lets a later view build on a block of this one.
    var notarisation: Certificate?
    /// What lets later views pass this one by.
    var nullification: Certificate?
    var own = Own()

    /// The leader's first vote in its view, when it is for this block.
    ///
    /// - Parameter kind: of votes that come first.
    func leaderVote(for hash: Digest, leader: Int, kind: Vote.Kind) -> SignedVote? {
        if let vote = self.proposal?.vote, vote.blockHash == hash, vote.kind == kind { return vote }
        guard let vote = self.said[UInt16(leader)]?[kind], vote.blockHash == hash else { return nil }
        return vote
    }

    /// Adds a vote to those that agree with it.
    mutating func add(_ vote: SignedVote, power: UInt64) -> Tally {
        self.said[vote.member, default: Said()][vote.kind] = vote
        let choice = Choice(kind: vote.kind == .support ? .notarise : vote.kind, blockHash: vote.blockHash)
        self.tallies[choice, default: Tally()].power += power
        self.tallies[choice, default: Tally()].votes.append(
            Certificate.MemberSignature(
                member: vote.member, signature: vote.signature, isSupport: vote.kind == .support))
        return self.tallies[choice] ?? Tally()
    }

    /// Lets votes go that a certificate stands for.
    mutating func dropVotes() {
        self.said = [:]
        self.tallies = [:]
        self.proposal = nil
    }
}
