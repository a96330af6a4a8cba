import CairnConsensus
import CairnHash
import CairnLedger

/// What honest members said in a view, wherever it went, and whether anybody got enough of it.
struct CastVotes {
    struct Choice: Hashable {
        var kind: Vote.Kind
        var hash: Digest
    }

    /// Places of the members that said it.
    var members: [Choice: Set<UInt16>] = [:]

    /// Two choices of which certificates must not both be possible: what is final is all that may be built on, and can't be
    /// passed by.
    static func contradict(_ final: Choice, _ other: Choice) -> Bool {
        guard final.kind == .finalise else { return false }
        return switch other.kind {
        case .finalise, .notarise: other.hash != final.hash
        case .nullify: true
        case .resolve: false
        }
    }
}

extension Judge {
    /// A member that doesn't lie says something. Those who lie may say anything to anybody: it counts as said.
    ///
    /// - Parameter isLiar: whether a key is one of a member that lies.
    mutating func cast(_ vote: SignedVote, isLiar: ([UInt8]) -> Bool) throws(Violation) {
        guard let members = self.members.element(at: vote.epoch.rawValue) else { return }
        let place = CastPlace(epoch: vote.epoch, view: vote.view)
        let choice = CastVotes.Choice(kind: vote.kind, hash: vote.blockHash)
        guard self.cast[place, default: CastVotes()].members[choice, default: []].insert(vote.member).inserted else {
            return
        }
        let liars = members.keys.indices.filter { isLiar(members.keys[$0]) }
        func isPossible(_ choice: CastVotes.Choice) -> Bool {
            let said = self.cast[place]?.members[choice] ?? []
            return members.isQuorum(
                members.powers.indices.reduce(0) { power, member in
                    said.contains(UInt16(member)) || liars.contains(member) ? power + members.powers[member] : power
                })
        }
        let said = self.cast[place].map { Array($0.members.keys) } ?? []
        for other in said where other != choice {
            guard CastVotes.contradict(choice, other) || CastVotes.contradict(other, choice) else { continue }
            if isPossible(choice), isPossible(other) {
                throw Violation(
                    .agreement,
                    "in view \(vote.view) of epoch \(vote.epoch) votes would do for \(choice.summary) and for \(other.summary)"
                )
            }
        }
    }
}

/// A view, as what was said in it is found.
struct CastPlace: Hashable {
    var epoch: Epoch
    var view: View
}

extension CastVotes.Choice {
    fileprivate var summary: String {
        self.kind == .nullify ? "\(self.kind)" : "\(self.kind) \(self.hash.description.prefix(8))"
    }
}

extension Array {
    fileprivate func element(at index: UInt64) -> Element? {
        index < UInt64(self.count) ? self[Int(index)] : nil
    }
}
