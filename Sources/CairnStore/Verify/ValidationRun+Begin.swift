internal import CairnHash
internal import CairnLedger

/// Where a validation begins, and how much there is.
extension ValidationRun {
    /// Puts the state of the chain before the first block to check together. Returns where that block is.
    package mutating func begin() throws(StoreError) -> LogPosition {
        guard let before = self.options.from.previous() else { return .start }
        guard let places, let tree,
            let place = try onDisk({ () throws(DiskError) in try places.place(of: before) })
        else {
            self.notes.append("block \(before) is not in \(BlockPlaces.path): checked from the first block on")
            return .start
        }
        var reader = FrameReader(self.segments, readBytes: Self.readBytes)
        guard case .frame(let genesis, _, _) = try reader.next() else { return .start }
        reader = FrameReader(self.segments, from: place.position, readBytes: Self.readBytes)
        guard place.position.segment < self.segments.count,
            case .frame(let final, _, _) = try reader.next(), final.block.index == before,
            let frontier = try? tree.frontier(at: final.block.header.treeSize),
            let start = try? ChainState(genesis: genesis.block),
            let annex = try? (final.block.annex() ?? Annex()),
            let own = try self.own(of: final.block.header.epoch, start),
            let chain = try? ChainState(
                genesis: genesis.block, head: final.block.header, frontier: frontier,
                window: SubmissionWindow(of: own), of: own, change: annex.change)
        else {
            self.notes.append("block \(before) or the tree at it is damaged: checked from the first block on")
            return .start
        }
        self.chain = chain
        return reader.position
    }

    /// What holds in an epoch, from the blocks that ended those before. Nil when one can't be found.
    private func own(of epoch: Epoch, _ start: ChainState) throws(StoreError) -> EpochMembers? {
        var own = start.present
        while own.epoch < epoch {
            guard let epochs, let places,
                let last = try onDisk({ () throws(DiskError) in try epochs.lastBlock(of: own.epoch) }),
                let place = try onDisk({ () throws(DiskError) in try places.place(of: last) }),
                place.position.segment < self.segments.count
            else { return nil }
            var reader = FrameReader(self.segments, from: place.position)
            guard case .frame(let final, _, _) = try reader.next(), final.block.index == last,
                final.block.header.epoch == own.epoch, let change = try? final.block.annex()?.change
            else { return nil }
            own = own.following(change, treeSize: final.block.header.treeSize)
        }
        return own
    }

    /// How many bytes there are to check, headers of files included.
    func bytesLeft() throws(StoreError) -> UInt64 {
        var bytes: UInt64 = 0
        for segment in self.segments[min(self.position.segment, self.segments.count)...] {
            bytes += try onDisk { () throws(DiskError) in try segment.file.size() }
        }
        bytes -= min(bytes, self.position.offset)
        // What is behind the last block to check.
        guard let last = self.options.to, let places,
            let end = try onDisk({ () throws(DiskError) in try places.place(of: last)?.end }),
            end > self.position, end.segment < self.segments.count
        else { return bytes }
        for number in end.segment..<self.segments.count {
            let size = try onDisk { () throws(DiskError) in try self.segments[number].file.size() }
            bytes -= min(bytes, number == end.segment ? size - min(size, end.offset) : size)
        }
        return bytes
    }
}
