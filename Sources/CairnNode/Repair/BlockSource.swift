public import CairnLedger
public import CairnStore

/// Where a node gets blocks from that its own disk has lost: other nodes of the ledger. Nothing of what comes is trusted.
public protocol BlockSource: Sendable {
    /// One block from a peer that is not in `excluding`; nil when nobody else has it.
    func fetch(_ need: NeededBlock, excluding: Set<String>) async -> OfferedBlock?
}

/// A block, and who gave it.
public struct OfferedBlock: Sendable {
    public var final: FinalBlock
    /// For people, and so that nobody is asked twice for the same.
    public var peer: String

    public init(final: FinalBlock, peer: String) {
        self.final = final
        self.peer = peer
    }
}
