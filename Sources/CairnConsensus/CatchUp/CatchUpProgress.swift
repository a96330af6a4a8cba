public import CairnLedger

/// How far catching up has come: for logs, the HTTP interface and the command line. Whoever wants a rate takes it twice.
public struct CatchUpProgress: Hashable, Sendable {
    /// Whether blocks are being fetched.
    public var isRunning: Bool
    /// The newest block that is durable here.
    public var stored: BlockIndex
    /// The newest block whose header is verified: there is at least so much.
    public var verified: BlockIndex
    /// The newest block that a node claims which hasn't failed to give what it claimed.
    public var claimed: BlockIndex
    /// Since this machine was made, what was verified and handed on. Bytes are those of encoded blocks.
    public var blocks: UInt64
    public var records: UInt64
    public var bytes: UInt64
    /// What is under way, waits for its turn, or waits for the disk.
    public var waitingBytes: Int
    /// Nodes that give blocks, in the order in which they were linked.
    public var nodes: [PublicKey]
}
