internal import CairnHash
package import CairnLedger

/// One block after another: the rules themselves.
extension ValidationRun {
    /// The next block: what its frame claims, the rules of the chain, derived files, the seal.
    package mutating func check(
        _ final: FinalBlock, header: Frame.Header, at position: LogPosition
    ) throws(StoreError) {
        let segment = self.segments[position.segment]
        let index = self.nextIndex
        if let problem = header.problem(of: index, at: position, in: segment) {
            self.failure = Corruption(file: segment.path, block: index, reason: problem)
            return
        }
        let leafHashes = final.block.entries.leafHashes()
        do throws(BlockProblem) {
            try self.checkRules(final, leafHashes: leafHashes)
        } catch {
            self.failure = Corruption(
                file: segment.path, block: error.block ?? index, reason: "\(error)",
                isOfNewerVersion: error.isOfNewerVersion)
            return
        }
        self.durableBlocks = max(self.durableBlocks, header.durableBlocks)
        self.progress.blocks += 1
        self.progress.records += UInt64(final.block.entries.count)
        self.progress.bytes += UInt64(header.frameByteCount)
        if self.offline != nil {
            for leafHash in leafHashes { self.grower.append(leafHash) }
            try self.compareDerived(BlockPlace(final.block, header: header, at: position), of: final.block.index)
        }
        if let seal = self.offline?.seal.newest, seal.blocks == final.block.index.rawValue + 1,
            let hash = self.chain?.headHash, hash != seal.headHash
        {
            self.failure = Corruption(
                file: self.segments[position.segment].path, block: final.block.index,
                reason: "its hash is \(hash), but the ledger was sealed at \(seal.headHash)")
        }
    }

    /// What can be wrong with one block.
    private enum BlockProblem: Error, CustomStringConvertible {
        case block(BlockError)
        case certificate(CertificateProblem)

        /// Nil for the block that was looked at.
        var block: BlockIndex? {
            if case .certificate(let problem) = self { problem.block } else { nil }
        }

        var isOfNewerVersion: Bool {
            if case .block(let error) = self { error.isOfNewerVersion } else { false }
        }

        var description: String {
            switch self {
            case .block(let error): "\(error)"
            case .certificate(let problem): "\(problem.error)"
            }
        }
    }

    private mutating func checkRules(_ final: FinalBlock, leafHashes: [Digest]) throws(BlockProblem) {
        let own = self.chain?.present
        do throws(BlockError) {
            if self.chain == nil {
                self.chain = try ChainState(genesis: final.block)
                return
            }
            try self.chain?.apply(final.block, leafHashes: leafHashes, using: self.verifier)
            if self.options.deep { try final.block.checkCanonicalForm() }
        } catch {
            if error.isOfNewerVersion, let own {
                do throws(CertificateProblem) {
                    try self.certificates.check(ofNewerVersion: final, of: own, using: self.verifier)
                } catch {
                    throw .certificate(error)
                }
            }
            throw .block(error)
        }
        guard let own, let chain else { return }
        do throws(CertificateProblem) {
            try self.certificates.take(final.certificate, of: own, tip: chain.tip)?.run(using: self.verifier)
        } catch {
            throw .certificate(error)
        }
    }

    private mutating func compareDerived(_ place: BlockPlace, of index: BlockIndex) throws(StoreError) {
        let made = self.grower.take()
        if let places, try onDisk({ () throws(DiskError) in try places.place(of: index) }) != place {
            self.note(BlockPlaces.path, "the entry of block \(index) differs")
        }
        if let chain, chain.tip.isEpochEnd, let epochs,
            try onDisk({ () throws(DiskError) in try epochs.lastBlock(of: chain.head.epoch) }) != index
        {
            self.note(EpochFile.path, "the entry of epoch \(chain.head.epoch) differs")
        }
        guard let tree else { return }
        for (level, first, hashes) in made {
            let stored = try onDisk { () throws(DiskError) in
                try tree.hashes(level: level, from: first, count: hashes.count)
            }
            if stored != hashes { self.note(TreeFiles.path(level: level), "hashes of block \(index) differ") }
        }
    }
}
