public import CairnLedger
public import CairnStore

/// What a node found damaged in its own ledger, and what became of it.
public struct RepairStatus: Sendable {
    /// Damage that is still there.
    public struct Damage: Sendable {
        /// What is wrong, in which block.
        public var corruption: Corruption
        public var foundAt: Timestamp
        /// Why it isn't healed, nil while that is tried for the first time.
        public var obstacle: String?
    }

    /// A block that was put right.
    public struct Healing: Hashable, Sendable {
        public var block: BlockIndex
        public var foundAt: Timestamp
        public var healedAt: Timestamp
        /// Who gave the good block.
        public var peer: String
    }

    /// Nil when nothing is known to be wrong.
    public var damage: Damage?
    /// The newest ones, oldest first: at most `healingsMax`.
    public var healings: [Healing] = []
    /// Blocks that were put right since the node started.
    public var healedBlocks: UInt64 = 0

    static let healingsMax = 16
}
