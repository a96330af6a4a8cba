public import CairnLedger
public import CairnStore

/// Why a node can't start, or stopped by itself.
public enum NodeError: Error, Sendable {
    case store(StoreError)
    case settings(SettingsError)
    /// The ledger has more members than this node, which has no links to others.
    case severalMembers(Int)
}

extension NodeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .store(let error): "\(error)"
        case .settings(let error): "\(error)"
        case .severalMembers(let count):
            "the ledger has \(count) members, and this version of Cairn runs nodes of ledgers with one"
        }
    }
}
