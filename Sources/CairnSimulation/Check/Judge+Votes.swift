import CairnConsensus
import CairnHash
package import CairnLedger

/// What members said in a view, wherever it went, and what may come of it.
struct CastVotes {
    struct Choice: Hashable {
        var kind: Vote.Kind
        var hash: Digest
    }

    /// What votes may come to.
    enum Outcome: Hashable {
        /// By finalise votes, or by notarise votes of all.
        case final(Digest)
        /// What later views may build on.
        case notarised(Digest)
        /// What later views may pass by.
        case nullified

        /// Two that must not both be possible: what is final is all that may be built on, and can't be passed by.
        static func contradict(_ first: Outcome, _ second: Outcome) -> Bool {
            switch (first, second) {
            case (.final(let one), .final(let other)), (.final(let one), .notarised(let other)),
                (.notarised(let one), .final(let other)):
                one != other
            case (.final, .nullified), (.nullified, .final): true
            case (.notarised, _), (.nullified, _): false
            }
        }
    }

    /// Places of the members that said it.
    private(set) var members: [Choice: Set<UInt16>] = [:]

    func said(_ kind: Vote.Kind, _ hash: Digest, by member: UInt16) -> Bool {
        self.members[Choice(kind: kind, hash: hash)]?.contains(member) == true
    }

    /// Whether a member said something of a kind.
    func said(_ kind: Vote.Kind, by member: UInt16) -> Bool {
        self.members.contains { $0.key.kind == kind && $0.value.contains(member) }
    }

    /// - Returns: whether it is new.
    mutating func add(_ vote: SignedVote) -> Bool {
        self.members[Choice(kind: vote.kind, hash: vote.blockHash), default: []].insert(vote.member).inserted
    }

    /// All that somebody said anything towards.
    var outcomes: Set<Outcome> {
        var outcomes: Set<Outcome> = []
        for choice in self.members.keys { outcomes.formUnion(Self.outcomes(of: choice.kind, choice.hash)) }
        return outcomes
    }

    /// What a vote may help to bring about.
    static func outcomes(of kind: Vote.Kind, _ hash: Digest) -> [Outcome] {
        switch kind {
        case .notarise: [.notarised(hash), .final(hash)]
        case .support: [.notarised(hash)]
        case .finalise: [.final(hash)]
        case .nullify: [.nullified]
        case .resolve: []
        }
    }
}

extension Judge {
    /// A member that doesn't lie says something. Those who lie may say anything to anybody: it counts as said.
    ///
    /// - Parameter isLiar: whether a key is one of a member that lies.
    /// - Returns: whether it is new.
    @discardableResult
    package mutating func cast(_ vote: SignedVote, isLiar: ([UInt8]) -> Bool) throws(Violation) -> Bool {
        guard let members = self.members.element(at: vote.epoch.rawValue) else { return false }
        let place = CastPlace(epoch: vote.epoch, view: vote.view)
        guard self.cast[place, default: CastVotes()].add(vote) else { return false }
        let votes = self.cast[place] ?? CastVotes()
        let liars = Set(members.keys.indices.filter { isLiar(members.keys[$0]) }.map { UInt16($0) })
        func isPossible(_ outcome: CastVotes.Outcome) -> Bool { members.isPossible(outcome, by: votes, liars: liars) }
        for outcome in CastVotes.outcomes(of: vote.kind, vote.blockHash) where isPossible(outcome) {
            for other in votes.outcomes where CastVotes.Outcome.contradict(outcome, other) && isPossible(other) {
                throw Violation(
                    .agreement,
                    "in view \(vote.view) of epoch \(vote.epoch) votes would do for \(outcome.summary) and for \(other.summary)"
                )
            }
        }
        return true
    }
}

extension Judge {
    /// A leader that doesn't lie shows a block to somebody. Where a block is final with the votes of all, others may vote for it before
    /// its leader does, so that a second one can leave them apart for ever.
    mutating func propose(_ block: Digest, in place: CastPlace, by node: Int) throws(Violation) {
        guard self.members.element(at: place.epoch.rawValue)?.isFinalWithAll == true else { return }
        let first = self.proposed[place, default: [:]][node, default: block]
        guard first == block else {
            throw Violation(
                .agreement,
                "node \(node) proposes \(first.short) and \(block.short) in view \(place.view) of epoch \(place.epoch)")
        }
        self.proposed[place, default: [:]][node] = block
    }
}

extension PlainMembers {
    /// Whether what was said would do for an outcome, with whatever liars may say.
    fileprivate func isPossible(_ outcome: CastVotes.Outcome, by votes: CastVotes, liars: Set<UInt16>) -> Bool {
        func isQuorum(_ says: (UInt16) -> Bool) -> Bool {
            var power: UInt64 = 0
            for (place, member) in zip(UInt16(0)..., self.powers) where says(place) || liars.contains(place) {
                power += member
            }
            return self.isQuorum(power)
        }
        switch outcome {
        case .final(let hash):
            if isQuorum({ votes.said(.finalise, hash, by: $0) }) { return true }
            return self.isFinalWithAll
                && self.keys.indices.allSatisfy { place in
                    liars.contains(UInt16(place)) || votes.said(.notarise, hash, by: UInt16(place))
                }
        case .notarised(let hash):
            // Each member counts once, whatever it said. Elsewhere support means nothing.
            return isQuorum { member in
                votes.said(.notarise, hash, by: member)
                    || self.isFinalWithAll && votes.said(.support, hash, by: member)
            }
        case .nullified: return isQuorum { votes.said(.nullify, .zero, by: $0) }
        }
    }
}

/// A view, as what was said in it is found.
struct CastPlace: Hashable {
    var epoch: Epoch
    var view: View
}

extension CastVotes.Outcome {
    fileprivate var summary: String {
        switch self {
        case .final(let hash): "finalise \(hash.short)"
        case .notarised(let hash): "notarise \(hash.short)"
        case .nullified: "nullify"
        }
    }
}

extension Array {
    fileprivate func element(at index: UInt64) -> Element? {
        index < UInt64(self.count) ? self[Int(index)] : nil
    }
}
