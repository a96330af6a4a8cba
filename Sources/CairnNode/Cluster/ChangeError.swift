package import CairnConsensus
public import CairnLedger

/// Why a change of members did not become final.
public enum ChangeError: Error, Hashable, Sendable {
    case invalid(MemberChangeError)
    /// Another change waits, or came first: this one names an epoch that is over.
    case otherChange
    case noSpace
    /// It is known that too few members are there: nothing was begun.
    case noQuorum(QuorumPower)
    /// Too few members are there, and the change was on its way before that was known: it may still become final.
    case quorumLost(QuorumPower)
    /// The node is stopping, or stopped when its disk failed.
    case stopped

    package init(_ refusal: VoteEffect.ChangeRefusal) {
        self =
            switch refusal {
            case .invalid(let error): .invalid(error)
            case .otherChange: .otherChange
            case .noSpace: .noSpace
            }
    }
}

extension ChangeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalid(let error): "\(error)"
        case .otherChange: "another change of members came first: make a new one for the present epoch"
        case .noSpace: "the disk is full"
        case .noQuorum(let power): "too few members are there: \(power)"
        case .quorumLost(let power):
            "too few members are there: \(power); the change is not final yet, and may become so when enough are back"
        case .stopped: "the node takes no more changes"
        }
    }
}
