public import CairnLedger
public import CairnStore

/// Why a node can't start, or stopped by itself.
public enum NodeError: Error, Sendable {
    case store(StoreError)
    case settings(SettingsError)
    /// Links to other nodes can't be made.
    case links(String)
}

extension NodeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .store(let error): "\(error)"
        case .settings(let error): "\(error)"
        case .links(let reason): reason
        }
    }
}
