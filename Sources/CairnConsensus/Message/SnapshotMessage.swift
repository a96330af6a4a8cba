public import CairnHash
public import CairnLedger

/// How a node begins at a ledger's newest block, without the blocks before it.
public enum SnapshotMessage: Hashable, Sendable {
    /// Asks how the members came to be from an epoch on, and for the newest block. The answer is `snapshot` or `unavailable`.
    case request(from: Epoch)
    case snapshot(Answer)
    /// Asks for blocks without their records, this one and those before it. The answer is `outlines` or `unavailable`.
    case outlinesRequest(through: BlockIndex)
    /// Consecutive blocks, the last of which was asked for: at least one, and as many as the sender likes.
    case outlines([Outline])
    /// The sender can't give what it was asked for: it lacks its own history, or the ledger holds only its genesis block.
    case unavailable

    public struct Answer: Hashable, Sendable {
        /// Of epochs that have ended, from the one asked for on, as many as the sender likes.
        public var ends: [EpochEnd]
        /// With the end of the last epoch before it, or when that was known to who asked.
        public var head: Head?

        public init(ends: [EpochEnd], head: Head?) {
            self.ends = ends
            self.head = head
        }
    }

    /// The newest block's header, and what was before it.
    public struct Head: Hashable, Sendable {
        public var header: BlockHeader
        public var certificate: Certificate
        /// Of the block before.
        public var parent: BlockHeader
        /// The hashes of the tree's edge at the block before: `TreeEdge`.
        public var edge: [Digest]

        public init(header: BlockHeader, certificate: Certificate, parent: BlockHeader, edge: [Digest]) {
            self.header = header
            self.certificate = certificate
            self.parent = parent
            self.edge = edge
        }
    }

    public struct Outline: Hashable, Sendable {
        public var header: BlockHeader
        public var annexBytes: [UInt8]

        public init(header: BlockHeader, annexBytes: [UInt8]) {
            self.header = header
            self.annexBytes = annexBytes
        }
    }
}
