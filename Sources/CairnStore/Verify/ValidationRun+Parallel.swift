internal import CairnHash
internal import CairnLedger
internal import Foundation

extension ValidationRun {
    /// Goes on in parallel as long as there is nothing odd.
    mutating func checkInParallel(_ onProgress: (ValidationProgress) -> Bool) -> ValidationPipeline.End {
        guard let chain else { return .stopped(at: self.position) }
        let bytesLeft = self.progress.bytesTotal - min(self.progress.bytes, self.progress.bytesTotal)
        let workers = max(
            1,
            min(
                self.options.workers ?? ProcessInfo.processInfo.activeProcessorCount,
                Int(bytesLeft / UInt64(self.limits.chunkBytes)) + 1))
        self.makeItems(self.limits.items(workers: workers))
        let pipeline = ValidationPipeline(
            self.stretch(of: chain),
            cutter: FrameCutter(
                self.segments, chain: chain.chain, from: self.position, to: self.options.to, limits: self.limits),
            edge: ChainEdge(chain), items: self.items, limits: self.limits)
        let end = pipeline.run(workers: workers) { item in self.take(item, onProgress) }
        if let failure = pipeline.deviceFailure { self.leaveDevice(failure) }
        return end
    }

    private mutating func makeItems(_ count: Int) {
        do throws(OpenCLError) {
            while self.items.count < count {
                let batch = try self.hasher?.makeBatch(
                    byteCapacity: self.limits.itemBytesMax, messageCapacity: self.limits.itemRecordsMax)
                self.items.append(ValidationItem(batch: batch))
            }
        } catch {
            self.leaveDevice(error)
            self.makeItems(count)
        }
    }

    /// Goes on without the device.
    private mutating func leaveDevice(_ failure: OpenCLError) {
        guard let hasher else { return }
        self.notes.append("\(hasher.device.name) failed, and the CPU hashed the rest: \(failure)")
        self.hasher = nil
        self.items = []
    }

    private func stretch(of chain: ChainState) -> ValidationStretch {
        var stretch = ValidationStretch(chain, options: self.options, limits: self.limits)
        stretch.verifier = self.verifier
        guard let offline else { return stretch }
        if let seal = offline.seal.newest, let head = BlockIndex(rawValue: seal.blocks).previous() {
            stretch.sealed = (head, seal.headHash)
        }
        // What is noted already is not looked at again.
        if let places, !self.notedFiles.contains(BlockPlaces.path) { stretch.places = places }
        if let tree {
            stretch.treeFiles = tree.files.enumerated().map { level, file in
                self.notedFiles.contains(TreeFiles.path(level: level)) ? nil : file
            }
        }
        return stretch
    }

    /// Goes on over an item in which all is well, but for repeated submissions: they show only here, in order.
    private mutating func take(
        _ item: ValidationItem, _ onProgress: (ValidationProgress) -> Bool
    ) -> ValidationPipeline.TakeAnswer {
        guard let first = item.firstHeader, let last = item.lastHeader, !self.certificates.isBehindUncoveredEnd else {
            return .suspect
        }
        for (block, list) in item.submissions where self.options.checksRepeats {
            let start = block == 0 ? 0 : item.blocks.start[block - 1].recordEnd
            do throws(BlockError) {
                try self.chain?.insert(
                    list, blockFirstRecord: RecordNumber(rawValue: item.firstRecord + UInt64(start)),
                    treeSize: TreeSize(rawValue: item.firstRecord + UInt64(item.blocks.start[block].recordEnd)))
            } catch {
                self.failure = Corruption(
                    file: self.segments[item.position.segment].path, block: first.index + block, reason: "\(error)")
                self.count(blocks: block, records: Int(start), bytes: Int(item.blocks.start[block].start))
                return .end
            }
        }
        self.chain?.advance(
            toChecked: last, hash: item.headerHashes.start[item.blockCount - 1], frontier: item.frontier)
        if let chain {
            self.certificates.pass(
                over: first.index, count: item.blockCount, lastCertified: item.lastCertified, of: chain.present)
        }
        self.durableBlocks = max(self.durableBlocks, item.durableBlocks)
        self.position = item.end
        self.nextSegment = item.end.segment + 1
        self.count(blocks: item.blockCount, records: item.recordCount, bytes: item.byteCount)
        return self.isWanted(onProgress) ? .goOn : .end
    }

    private mutating func count(blocks: Int, records: Int, bytes: Int) {
        self.progress.blocks += UInt64(blocks)
        self.progress.records += UInt64(records)
        self.progress.bytes += UInt64(bytes)
    }
}
