public import CairnHash
public import CairnLedger

/// What a client gets for a submission: its records are final and durable.
public struct Receipt: Hashable, Sendable {
    public var firstRecord: RecordNumber
    /// Its records have consecutive numbers.
    public var count: Int
    public var block: BlockReference
    /// The ledger held the submission already, under the same id: nothing was written for this answer.
    public var isRepeat: Bool

    public init(firstRecord: RecordNumber, count: Int, block: BlockReference, isRepeat: Bool) {
        self.firstRecord = firstRecord
        self.count = count
        self.block = block
        self.isRepeat = isRepeat
    }
}

/// Which block, and when.
public struct BlockReference: Hashable, Sendable {
    public var index: BlockIndex
    public var hash: Digest
    public var timestamp: Timestamp

    public init(index: BlockIndex, hash: Digest, timestamp: Timestamp) {
        self.index = index
        self.hash = hash
        self.timestamp = timestamp
    }
}

/// Why a submission was not written.
public enum AppendError: Error, Hashable, Sendable {
    /// So much waits to be written already that this would be too much. Try again later.
    case queueFull
    /// The disk has no room. The node goes on when there is some.
    case noSpace
    /// The ledger holds a submission of this id with other records.
    case idReused
    /// The node is stopping, or stopped when its disk failed.
    case stopped
    /// The members did not make it final in time: too few of them are there, or they have much to do. It may still become
    /// final; repeating it with the same id tells.
    case notFinalInTime
    /// Others have to agree, and this node has no links to any.
    case noLinks
    /// It is known that too few members are there: nothing was begun.
    case noQuorum(QuorumPower)
    /// Too few members are there, and the submission was on its way before that was known: it may still become final.
    case quorumLost(QuorumPower)
    /// The ledger holds the submission, and can't read it back: the disk is damaged.
    case unreadable
    /// The ledger holds the submission in its history, which has not come yet: it began with a snapshot.
    case notHereYet
}

extension AppendError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .queueFull: "too many records wait to be written"
        case .noSpace: "the disk is full"
        case .idReused: "a submission with this id and other records is in the ledger"
        case .stopped: "the node takes no more records"
        case .notFinalInTime: "the records are not final yet, and may still become so"
        case .noLinks: "other members have to agree, and this node was started without links to any"
        case .noQuorum(let power): "too few members are there: \(power)"
        case .quorumLost(let power):
            "too few members are there: \(power); the records are not final yet, and may become so when enough are back"
        case .notHereYet:
            "the ledger may hold a submission with this id in its history, which is not here yet"
        case .unreadable: "the ledger holds a submission with this id and can't read it back"
        }
    }
}
