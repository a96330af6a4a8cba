public import CairnHash

/// Why a block can't stand where it stands: the first rule that it breaks, with what was expected and what was found.
public enum BlockError: Error, Hashable, Sendable {
    case wrongIndex(expected: BlockIndex, found: BlockIndex)
    case brokenLink(expected: Digest, found: Digest)
    case timestampBeforeParent(parent: Timestamp, found: Timestamp)
    case wrongTreeSize(expected: TreeSize, found: TreeSize)
    case wrongTreeRoot(expected: Digest, found: Digest)
    case wrongAnnexHash(expected: Digest, found: Digest)
    case annex(AnnexError)
    case wrongEpoch(expected: Epoch, found: Epoch)
    case proposerNotMember(PublicKey)
    /// Target bits or a nonce where there is no proof of work.
    case unexpectedWork(targetBits: UInt32, nonce: UInt64)
    /// Neither records nor a change of members.
    case noRecords
    /// Records in a block of recovery keys.
    case recoveryWithRecords
    case tooManyRecords(count: Int, limit: Int)
    case tooLarge(bytes: Int, limit: Int)
    case repeatedSubmission(SubmissionID)
    case change(MemberChangeError)
    case notCanonical(record: RecordNumber)
    /// Settings where they can't be, or a first block without them.
    case genesis(GenesisProblem)

    public enum GenesisProblem: Hashable, Sendable {
        case missing
        case repeated
        case holdsRecords
        case changesMembers
        case otherChain(expected: Digest, found: Digest)
    }
}

extension BlockError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .wrongIndex(let expected, let found):
            "its index is \(found) where \(expected) belongs"
        case .brokenLink(let expected, let found):
            "its previous hash is \(found), but the block before has hash \(expected)"
        case .timestampBeforeParent(let parent, let found):
            "its timestamp \(found) is before that of the block before, \(parent)"
        case .wrongTreeSize(let expected, let found):
            "its tree size is \(found), but with its records the ledger has \(expected)"
        case .wrongTreeRoot(let expected, let found):
            "its tree root is \(found), but its records make it \(expected)"
        case .wrongAnnexHash(let expected, let found):
            "its annex hash is \(found), but its annex makes it \(expected)"
        case .annex(.unknownSettings(let what)):
            "\(AnnexError.unknownSettings(what))"
        case .annex(let error):
            "its annex is not valid: \(error)"
        case .wrongEpoch(let expected, let found):
            "its epoch is \(found) where \(expected) belongs"
        case .proposerNotMember(let key):
            "its proposer \(key) is no member"
        case .unexpectedWork(let targetBits, let nonce):
            "it claims a proof of work (target bits \(targetBits), nonce \(nonce)) in a ledger without one"
        case .noRecords:
            "it holds no record and changes no members"
        case .recoveryWithRecords:
            "it changes members by recovery keys and holds records"
        case .tooManyRecords(let count, let limit):
            "it holds \(count) records; at most \(limit) are possible"
        case .tooLarge(let bytes, let limit):
            "its annex and entries take \(bytes) bytes; at most \(limit) are possible"
        case .repeatedSubmission(let id):
            "it repeats submission \(Hex.encode(id.bytes)), which the ledger holds already"
        case .change(let error):
            "\(error)"
        case .notCanonical(let record):
            "record \(record) is not in canonical form"
        case .genesis(let problem):
            switch problem {
            case .missing: "it is the first block and carries no settings"
            case .repeated: "it carries settings that belong into the first block"
            case .holdsRecords: "it is the first block and holds records"
            case .changesMembers: "it is the first block and changes the members that it names"
            case .otherChain(let expected, let found): "it is the genesis block of chain \(found), not of \(expected)"
            }
        }
    }
}

extension BlockError {
    /// Whether the block may well be right, and this program is too old to tell.
    public var isOfNewerVersion: Bool {
        if case .annex(let error) = self { error.isOfNewerVersion } else { false }
    }
}
