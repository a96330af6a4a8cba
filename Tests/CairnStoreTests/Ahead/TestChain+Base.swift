import CairnHash
import CairnLedger

extension TestChain {
    /// Where a ledger begins whose first block is this one.
    func base(before first: Int) throws -> ChainBase {
        let state = self.states[first - 1]
        let ends = self.blocks[..<first].compactMap { final -> EpochEnd? in
            guard Annex.holdsChange(final.block.annexBytes), let certificate = final.certificate else { return nil }
            return EpochEnd(
                header: final.block.header, annexBytes: final.block.annexBytes, certificate: certificate)
        }
        guard let edge = TreeEdge(size: state.head.treeSize, hashes: self.edge(at: state.head.treeSize)) else {
            throw Failure(what: "the edge")
        }
        return ChainBase(
            history: MemberHistory(genesis: self.genesis, ends: ends), last: state.head, edge: edge,
            submissions: state.window.submissions)
    }

    private func edge(at size: TreeSize) -> [Digest] {
        var level = Array(self.leafHashes.prefix(Int(size.rawValue)))
        var hashes: [Digest] = []
        while !level.isEmpty {
            let tiles = level.count / 256
            hashes += level[(tiles * 256)...]
            level = (0..<tiles).map { MerkleTree(level[$0 * 256..<($0 + 1) * 256]).root(at: 256) }
        }
        return hashes
    }
}
