public import CairnLedger

/// How a node gets many final blocks: first the chain's skeleton from one node, then ranges of blocks from several.
public enum CatchUpMessage: Hashable, Sendable {
    /// Asks for the skeleton of the chain from an index on. The answer is `headers` or `unavailable`.
    case headersRequest(from: BlockIndex)
    /// Consecutive blocks without their records, from the index asked for on, as many as the sender likes. The last one and
    /// the last one of each epoch have a certificate, and among the others as many have one as its receiver wants to keep.
    case headers([ChainLink])
    /// Asks for blocks. The answer is `blocks` or `unavailable`.
    case blocksRequest(ClosedRange<BlockIndex>)
    /// Consecutive final blocks from the first one asked for on: at least one, and as many as fit a message. A certificate is
    /// only with a block that was asked for alone: the skeleton has those of the others.
    case blocks([FinalBlock])
    /// The sender can't give the blocks from this index on.
    case unavailable(from: BlockIndex)

    /// What a block tells about the chain when its records are left out.
    public struct ChainLink: Hashable, Sendable {
        public var header: BlockHeader
        /// The block's annex where it holds a change of members, and in the last link of a message, so that nobody can hide
        /// that an epoch ends there; otherwise empty.
        public var annexBytes: [UInt8]
        public var certificate: Certificate?

        public init(header: BlockHeader, annexBytes: [UInt8], certificate: Certificate?) {
            self.header = header
            self.annexBytes = annexBytes
            self.certificate = certificate
        }
    }
}
