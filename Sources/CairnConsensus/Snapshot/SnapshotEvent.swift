public import CairnLedger

/// What a snapshot machine is told.
public enum SnapshotEvent: Sendable {
    case linked(PublicKey)
    case unlinked(PublicKey)
    case received(SnapshotMessage, from: PublicKey)
    /// The answer to `CatchUpMessage.blocksRequest`.
    case receivedBlocks([FinalBlock], from: PublicKey)
    /// The answer to the same: the block can't be given.
    case refusedBlocks(from: PublicKey)
    /// `SnapshotMachine.wakeUp` has come.
    case timeReached
}

/// What a snapshot machine wants done, in this order.
public enum SnapshotEffect: Sendable {
    case send(SnapshotMessage, to: PublicKey)
    /// The block is asked for with the message that catching up has for it.
    case sendBlockRequest(BlockIndex, to: PublicKey)
    /// A node sent what no honest one sends: it is to be banned. The machine asks it nothing more.
    case misbehaved(PublicKey, SnapshotError)
    /// It is over.
    case finished(SnapshotResult)
}

public enum SnapshotResult: Sendable {
    /// Where the ledger begins, and its first block there, which passed all checks.
    case found(ChainBase, first: FinalBlock)
    /// The ledger is short: all of it is there as soon.
    case short(head: BlockIndex)
    /// The node's key is one of the members: who votes needs the whole ledger.
    case member(Epoch)
    /// The certified chain breaks a rule that this program knows: a quorum lied, or this program is too old.
    case broken(BlockIndex, String)
}

/// What a node sent that no honest node sends when it is asked for a snapshot.
public enum SnapshotError: Error, Hashable, Sendable {
    case empty
    case epochEnd(EpochEndError)
    case wrongEpoch(expected: Epoch, found: Epoch)
    case certificate(CertificateError)
    /// The block before the newest is another one.
    case wrongParent(BlockIndex)
    /// The tree's edge doesn't yield the header's tree root.
    case wrongEdge(BlockIndex)
    /// Another block than the certified one, or not behind the one before it.
    case otherBlock(BlockIndex)
    case wrongAnnex(BlockIndex)
    /// Records that the block's header doesn't stand for.
    case wrongRecords(BlockIndex)
}

extension SnapshotError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "a message holds nothing"
        case .epochEnd(let error): "a block ends no epoch: \(error)"
        case .wrongEpoch(let expected, let found): "a block is of epoch \(found) where \(expected) belongs"
        case .certificate(let error): "the newest block's certificate is not valid: \(error)"
        case .wrongParent(let index): "the block before block \(index) is another one"
        case .wrongEdge(let index): "the hashes of the tree before block \(index) don't make its tree root"
        case .otherBlock(let index): "block \(index) is another one than a quorum signed"
        case .wrongAnnex(let index): "the annex of block \(index) is not the one that its header names"
        case .wrongRecords(let index): "the records of block \(index) are not those that its header stands for"
        }
    }
}

/// How a snapshot machine uses time and links.
public struct SnapshotConfiguration: Hashable, Sendable {
    /// A ledger whose newest block is before this isn't worth a snapshot.
    public var blocksMin: UInt64
    /// How long other nodes' heads are waited for, when there is one.
    public var gatherTime: Duration
    /// Heads that are enough.
    public var headsMax: Int
    /// How long an answer is waited for before it is wanted elsewhere.
    public var answerTimeout: Duration

    public init(
        blocksMin: UInt64 = 64, gatherTime: Duration = .milliseconds(300), headsMax: Int = 4,
        answerTimeout: Duration = .seconds(8)
    ) {
        precondition(blocksMin >= 2 && headsMax >= 1, "the genesis block is no snapshot")
        self.blocksMin = blocksMin
        self.gatherTime = gatherTime
        self.headsMax = headsMax
        self.answerTimeout = answerTimeout
    }
}
