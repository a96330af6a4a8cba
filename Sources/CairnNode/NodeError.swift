public import CairnLedger
public import CairnStore

/// Why a node can't start, or stopped by itself.
public enum NodeError: Error, Sendable {
    case store(StoreError)
    case settings(SettingsError)
    /// Links to other nodes can't be made.
    case links(String)
    /// The key of the directory is none of the members that its ledger is to begin with.
    case keyNotMember(PublicKey)
    /// What was given as a genesis block isn't one, or is another ledger's.
    case genesis(String)
    /// A member was to begin with a snapshot.
    case snapshotOfMember(PublicKey)
    /// The snapshot that a quorum signed breaks a rule at this block.
    case snapshot(BlockIndex, String)
}

extension NodeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .store(let error): "\(error)"
        case .settings(let error): "\(error)"
        case .links(let reason): reason
        case .keyNotMember(let key):
            "the key of this directory, \(key), has to be one of the members"
        case .snapshotOfMember(let key):
            "the key of this directory, \(key), is a member's, and a member needs the whole ledger: start it without --snapshot"
        case .snapshot(let index, let rule):
            "no snapshot can be taken: block \(index) breaks a rule (\(rule)); a quorum lied, or this program is too old"
        case .genesis(let problem): "it can't be the first block of this ledger: \(problem)"
        }
    }
}
