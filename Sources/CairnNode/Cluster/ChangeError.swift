internal import CairnConsensus
public import CairnLedger

/// Why a change of members did not become final.
public enum ChangeError: Error, Hashable, Sendable {
    case invalid(MemberChangeError)
    /// Another change waits, or came first: this one names an epoch that is over.
    case otherChange
    case noSpace
    /// The node is stopping, or stopped when its disk failed.
    case stopped

    init(_ refusal: VoteEffect.ChangeRefusal) {
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
        case .stopped: "the node takes no more changes"
        }
    }
}
