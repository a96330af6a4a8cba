internal import CairnHash
internal import CairnLedger

// Files that are derived from the blocks.
extension LedgerStore {
    /// Goes through the whole log and writes anew what differs in the derived files. Slow: it reads everything.
    ///
    /// Blocks that were written since it began are not looked at: their entries were right when they were written.
    ///
    /// - Throws: `.corrupt` naming the first block that breaks a rule: nothing is derived from it.
    package func rebuildDerived() throws(StoreError) {
        try self.withHealing { () throws(StoreError) in
            let snapshot = self.snapshot
            var reader = FrameReader(snapshot.segments)
            var (next, chain, grower) = try self.beginning()
            while next <= snapshot.head.header.index {
                guard case .frame(let final, let header, let position) = try reader.next() else {
                    let file = snapshot.segments[min(reader.position.segment, snapshot.segments.count - 1)].path
                    throw .corrupt(
                        Corruption(file: file, block: next, reason: "its stored bytes are not what was written"))
                }
                let leafHashes = final.block.entries.leafHashes()
                do throws(BlockError) {
                    if chain == nil {
                        chain = try ChainState(genesis: final.block)
                    } else {
                        try chain?.apply(final.block, leafHashes: leafHashes, using: self.verifier)
                    }
                } catch {
                    throw .corrupt(
                        Corruption(file: snapshot.segments[position.segment].path, block: next, reason: "\(error)"))
                }
                for leafHash in leafHashes { grower.append(leafHash) }
                try self.renew(BlockPlace(final.block, header: header, at: position), of: next, &grower)
                if chain?.tip.isEpochEnd ?? false { try self.renewEnd(of: final.block.header.epoch, at: next) }
                next = next.next()
            }
        }
    }

    /// The first block that is there, and what was before it.
    private func beginning() throws(StoreError) -> (next: BlockIndex, chain: ChainState?, grower: TreeGrower) {
        guard self.base != nil else { return (0, nil, TreeGrower()) }
        let (base, chain) = try StoredBase.read(on: self.disk, genesis: self.genesis, using: self.verifier)
        try onDisk { () throws(DiskError) in try base.writeEdge(to: self.tree) }
        return (base.firstBlock, chain, TreeGrower(at: base.edge.frontier))
    }

    private func renewEnd(of epoch: Epoch, at index: BlockIndex) throws(StoreError) {
        try onDisk { () throws(DiskError) in
            if try self.epochs.lastBlock(of: epoch) != index { try self.epochs.write(index, of: epoch) }
        }
    }

    /// Writes what differs of one block's place and hashes.
    private func renew(_ place: BlockPlace, of index: BlockIndex, _ grower: inout TreeGrower) throws(StoreError) {
        try onDisk { () throws(DiskError) in
            if try self.places.place(of: index) != place { try self.places.write([place], from: index) }
            for (level, first, hashes) in grower.take() {
                let stored = try self.tree.hashes(level: level, from: first, count: hashes.count)
                if stored != hashes { try self.tree.write(hashes, level: level, from: first) }
            }
        }
    }
}
