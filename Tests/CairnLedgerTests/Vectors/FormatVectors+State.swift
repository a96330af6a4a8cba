import CairnHash
import CairnLedger
import Testing

extension FormatVectors {
    /// The ledger after block 2, of whose records the vectors have the leaf hashes alone.
    static func stateBehindBlock2() throws -> (genesis: Block, state: ChainState) {
        let headerBytes = try #require(Hex.decode(Self.genesisHeader))
        let genesis = Block(
            header: try BlockHeader(decoding: headerBytes.span.bytes), annexBytes: Array(Self.genesisAnnex.utf8),
            entries: Entries())
        let block2 = try #require(Hex.decode(Self.block2))
        var frontier = MerkleFrontier()
        for hash in Self.leafHashes { frontier.append(try #require(Digest(hex: hash))) }
        let founders = try ChainState(genesis: genesis)
        let state = try ChainState(
            genesis: genesis, head: try Block(decoding: block2.span.bytes).header, frontier: frontier,
            window: founders.window, of: founders.present, change: nil)
        return (genesis, state)
    }
}
