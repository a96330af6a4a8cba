public import CairnHash
public import CairnLedger

/// Why a member must not vote with the journal that it finds: it might have said something that it no longer knows.
///
/// Nothing was changed on the disk. The member follows, and returns with a new key.
public enum JournalProblem: Error, Hashable, Sendable {
    /// There is none, or its making did not come to its end.
    case missing
    case otherChain(Digest)
    case otherKey(PublicKey)
    /// The file's name says another generation than the file.
    case otherGeneration(file: String, found: UInt64)
    /// Something that was durable is not what was written, beyond what a crash can leave.
    case damaged(Corruption)
}

extension JournalProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing: "there is no journal in \(Journal.folder)"
        case .otherChain(let chain): "the journal is of another ledger, \(chain)"
        case .otherKey(let key): "the journal is of another key, \(key); was node.key exchanged?"
        case .otherGeneration(let file, let found): "\(file) holds generation \(found) of the journal: it was renamed"
        case .damaged(let corruption): "the journal is damaged: \(corruption)"
        }
    }
}
