internal import CairnHash
internal import CairnLedger

/// A block log that is to be repaired, and what is known about it from elsewhere.
package struct DamagedLog: Sendable {
    var segments: [Segment]
    var chain: Digest
    /// A block whose hash is known for sure: of a node that runs, its head; otherwise the one that the seal names.
    var head: (index: BlockIndex, hash: Digest)?
    var places: BlockPlaces?
    var tree: TreeFiles?
    var epochs: EpochFile?
    var verifier: any SignatureVerifier
    /// Whether certificates are checked that nothing hangs on.
    var checksAllCertificates = false

    /// How many blocks there have to be.
    var blocks: UInt64 { self.head.map { $0.index.rawValue + 1 } ?? 0 }

    /// The segment that a block belongs to.
    func segment(of block: BlockIndex) -> Int {
        self.segments.lastIndex { $0.firstBlock <= block } ?? 0
    }

    /// Where repair has to begin for a block to become good: the segment, and the end of the chain before it; nil before
    /// the genesis block. It is an earlier segment than the block's own when one before it is damaged.
    func start(for block: BlockIndex) throws(StoreError) -> (number: Int, tip: ChainTip?) {
        var number = self.segment(of: block)
        if number > 0, self.segments[number].firstBlock == block, try !self.isWhole(number - 1) { number -= 1 }
        guard number > 0 else { return (0, nil) }
        if let tip = try self.derivedTip(before: number) { return (number, tip) }
        return try self.replay(to: number)
    }

    /// Whether a segment ends with its last block, and with nothing behind it.
    private func isWhole(_ number: Int) throws(StoreError) -> Bool {
        let survey = try SegmentSurvey(self, number)
        guard let last = self.segments[number + 1].firstBlock.previous(), let frame = survey.frames[last.rawValue]
        else { return false }
        return frame.end == survey.fileByteCount
    }

    /// From the derived files, as a validation that begins in the middle does it: whatever follows has to link up to it.
    private func derivedTip(before number: Int) throws(StoreError) -> ChainTip? {
        let options = ValidationOptions(from: self.segments[number].firstBlock)
        var run = ValidationRun(segments: self.segments, options: options, places: self.places, tree: self.tree)
        run.epochs = self.epochs
        _ = try run.begin()
        return run.chain?.tip
    }

    /// From the blocks themselves. Slow: it reads them all, up to the segment or the first bad block.
    private func replay(to number: Int) throws(StoreError) -> (number: Int, tip: ChainTip?) {
        var reader = FrameReader(self.segments)
        guard case .frame(let genesis, _, _) = try reader.next(), genesis.block.header.hash == self.chain,
            var tip = try? ChainState(genesis: genesis.block).tip
        else { return (0, nil) }
        var start: (number: Int, tip: ChainTip?) = (0, nil)
        while true {
            let next = tip.header.index.next()
            if self.segments[start.number + 1].firstBlock == next { start = (start.number + 1, tip) }
            guard start.number < number, case .frame(let final, _, _) = try reader.next(),
                let checked = try? tip.check(HashedBlock(final.block), using: self.verifier)
            else { return start }
            tip = checked.tip
        }
    }
}
