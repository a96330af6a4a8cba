internal import CairnHash
internal import CairnLedger

/// What a member knows of one view.
struct ViewState: Sendable {
    /// The leader's block, until it is voted on.
    struct Proposal: Sendable {
        var parentView: View
        var block: HashedBlock
        var sender: PublicKey
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

        subscript(kind: Vote.Kind) -> SignedVote? {
            get {
                switch kind {
                case .notarise: self.notarise
                case .nullify: self.nullify
                case .finalise: self.finalise
                }
            }
            set {
                switch kind {
                case .notarise: self.notarise = newValue
                case .nullify: self.nullify = newValue
                case .finalise: self.finalise = newValue
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

        func contains(_ kind: Vote.Kind, _ hash: Digest) -> Bool {
            switch kind {
            case .notarise: self.notarised == hash
            case .nullify: self.hasNullified
            case .finalise: self.finalised == hash
            }
        }
    }

    var proposal: Proposal?
    /// Whether anything came from the view's leader in its view.
    var leaderWasHeard = false
    var said: [UInt16: Said] = [:]
    var tallies: [Choice: Tally] = [:]
    var notarisation: Certificate?
    var nullification: Certificate?
    var own = Own()

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
