import CairnConsensus
import CairnHash
import CairnLedger

/// A node that is asked for a snapshot of a sample chain.
struct SnapshotSource {
    enum Nature: CaseIterable {
        case honest
        case silent
        /// Has its history no more than who asks.
        case without
        /// Knows only the first half of the chain.
        case old
        case empty
        /// A newest block that nobody signed.
        case forgedHead
        /// Signed by fewer than a quorum.
        case tooFewVotes
        /// Signed with the members of the first epoch.
        case otherEpoch
        /// Leaves out the end of an epoch.
        case skipsEnd
        /// Another next set of members than the certified one.
        case forgedEnd
        case otherParent
        /// The block before is of an epoch that doesn't fit, and a quorum has signed that all the same.
        case otherParentEpoch
        case noParentEpoch
        case otherEdge
        /// A hash of the edge is missing.
        case shortEdge
        case swappedAnnex
        case noAnnex
        case brokenOutlines
        case otherOutlines
        case otherRecords
        case otherBlock

        /// A lie that proves itself as soon as it is told.
        var isProvable: Bool { ![.honest, .silent, .without, .old].contains(self) }
    }

    let key: PublicKey
    let nature: Nature
    /// Outlines in a message at most.
    var outlinesMax = 10

    func head(of chain: SampleChain) -> BlockIndex {
        self.nature == .old ? BlockIndex(rawValue: chain.head.rawValue / 2) : chain.head
    }

    func answer(_ message: SnapshotMessage, _ chain: SampleChain) -> SnapshotMessage? {
        switch self.nature {
        case .silent: return nil
        case .without: return .unavailable
        default: break
        }
        switch message {
        case .request(let epoch): return self.snapshot(from: epoch, chain)
        case .outlinesRequest(let last): return self.outlines(through: last, chain)
        case .snapshot, .outlines, .unavailable: return nil
        }
    }

    private func snapshot(from epoch: Epoch, _ chain: SampleChain) -> SnapshotMessage {
        let last = chain[self.head(of: chain)]
        let header = last.block.header
        guard let before = header.index.previous(), let certificate = last.certificate else { return .unavailable }
        var ends = chain.ends(before: header.epoch).filter { $0.header.epoch >= epoch }
        let parent = chain[before].block.header
        var head = SnapshotMessage.Head(
            header: header, certificate: certificate, parent: parent, edge: chain.edge(at: parent.treeSize))
        switch self.nature {
        case .empty: return .snapshot(SnapshotMessage.Answer(ends: [], head: nil))
        case .forgedHead: head.header.timestamp = Timestamp(microseconds: .max)
        case .tooFewVotes: head.certificate.votes.removeLast(head.certificate.votes.count - 1)
        case .otherEpoch: head.header.epoch = 0
        case .skipsEnd: ends = Array(ends.dropFirst())
        case .forgedEnd: if !ends.isEmpty { ends[0].annexBytes = Annex(submissions: SubmissionList([])).encoded() }
        case .otherParent: head.parent = chain[before.previous() ?? 0].block.header
        case .otherParentEpoch, .noParentEpoch:
            head.parent.epoch = self.nature == .noParentEpoch ? Epoch(rawValue: .max) : header.epoch.next()
            head.header.previousHash = head.parent.hash
            head.certificate = chain.certificate(of: head.header)
        case .otherEdge: if !head.edge.isEmpty { head.edge[0] = .zero }
        case .shortEdge: head.edge = Array(head.edge.dropLast())
        default: break
        }
        return .snapshot(SnapshotMessage.Answer(ends: ends, head: head))
    }

    private func outlines(through last: BlockIndex, _ chain: SampleChain) -> SnapshotMessage {
        let answer = SnapshotServing.outlines(through: last, head: self.head(of: chain)) { BlockOutline(chain[$0]) }
        guard case .outlines(var outlines) = answer else { return answer }
        outlines = outlines.suffix(self.outlinesMax)
        let place = outlines.count / 2
        switch self.nature {
        case .swappedAnnex: outlines[place].annexBytes = chain[chain.head].block.annexBytes
        case .noAnnex: outlines[place].annexBytes = []
        case .brokenOutlines: outlines[place].header.treeRoot = .zero
        case .otherOutlines: outlines.removeLast()
        default: break
        }
        return .outlines(outlines)
    }

    /// Nil when it says nothing.
    func block(_ index: BlockIndex, _ chain: SampleChain) -> [FinalBlock]? {
        guard self.nature != .silent, index <= self.head(of: chain) else { return nil }
        var final = chain[index]
        switch self.nature {
        case .otherRecords:
            var entries = Entries()
            for _ in 0..<final.block.entries.count { entries.append(Record(storedBytes: Array("0".utf8))) }
            final.block.entries = entries
        case .otherBlock: final = chain[index.previous() ?? 0]
        default: break
        }
        return [final]
    }
}

extension SampleChain {
    func ends(before epoch: Epoch) -> [EpochEnd] {
        self.blocks.compactMap { final in
            guard final.block.header.epoch < epoch, Annex.holdsChange(final.block.annexBytes),
                let certificate = final.certificate
            else { return nil }
            return EpochEnd(
                header: final.block.header, annexBytes: final.block.annexBytes, certificate: certificate)
        }
    }

    /// Small trees have one level.
    func edge(at size: TreeSize) -> [Digest] {
        var leaves = self.blocks.flatMap { $0.block.entries.leafHashes() }.prefix(Int(size.rawValue))[...]
        var tiles: [Digest] = []
        while leaves.count >= 256 {
            var tile = MerkleFrontier()
            tile.append(contentsOf: leaves.prefix(256))
            tiles.append(tile.root)
            leaves = leaves.dropFirst(256)
        }
        return leaves + tiles
    }
}
