internal import CairnHash
internal import CairnLedger

/// Where the log ends, or what was asked for does.
extension ValidationRun {
    /// Something that is no frame: damage if any durable mark covers it, otherwise a trace of a crash.
    mutating func checkBadEnd(
        _ error: FrameError, at position: LogPosition, reader: inout FrameReader
    ) throws(StoreError) {
        let segment = self.segments[position.segment]
        let behind = try reader.wholeFramesBehind()
        let mark = max(self.durableBlocks, behind.newestMark)
        if mark > self.nextIndex.rawValue || self.offline == nil || self.chain == nil {
            self.failure = Corruption(file: segment.path, block: self.nextIndex, reason: "\(error)")
        } else if behind.count > 0 {
            // A process that is killed leaves no gap. A loss of power may, since these blocks were not synced yet.
            self.notes.append(
                "\(segment.path): block \(self.nextIndex), from byte \(position.offset) on, is bad (\(error)), though "
                    + "\(behind.count) whole blocks follow it: a loss of power left it so, or it was damaged. No mark says that "
                    + "they were durable: the next start cuts the log there, and a member gets these blocks from its journal or "
                    + "from the other members")
        } else {
            self.notes.append(
                "\(segment.path): after the last whole block, from byte \(position.offset) on, is what a crash left of a "
                    + "block that no mark says was synced (\(error)). The next start cuts it; a node of several gets the block "
                    + "again, from its journal or from the others, if it is final")
        }
    }

    mutating func checkEnd(at position: LogPosition) {
        guard self.durableBlocks > self.nextIndex.rawValue || (self.offline == nil && self.options.to != nil) else {
            return
        }
        self.failure = Corruption(
            file: self.segments[min(position.segment, self.segments.count - 1)].path, block: self.nextIndex,
            reason: "it is missing: the log ends before it, and \(self.durableBlocks) blocks were durable")
    }

    package mutating func finish() {
        guard self.failure == nil else { return }
        self.checkLastCertificate()
        guard let offline else { return }
        for problem in offline.seal.problems {
            self.notes.append("\(Seal.path): \(problem); written anew at the next start")
        }
        self.compareLengths(offline.derivedSizes)
    }

    /// The certificate of the last block: with it, all blocks that link up to it are final.
    mutating func checkLastCertificate() {
        var isTorn = false
        if let first = self.certificates.firstUncovered, self.offline != nil, self.durableBlocks <= first.rawValue {
            isTorn = true
            self.notes.append(
                "\(BlockLog.folder): no block from \(first) on has a certificate: a crash left them before their sync. The "
                    + "next start cuts them; a node of several gets them again, from its journal or from the others, if they are "
                    + "final")
        }
        do throws(CertificateProblem) {
            try self.certificates.end(isTorn: isTorn)?.run(using: self.verifier)
        } catch {
            self.failure = Corruption(file: BlockLog.folder, block: error.block, reason: "\(error.error)")
        }
    }

    /// Derived files have neither less nor more than the blocks yield.
    private mutating func compareLengths(_ sizes: [String: UInt64]) {
        guard let chain else { return }
        var expected = [(BlockPlaces.path, (chain.head.index.rawValue + 1) * UInt64(BlockPlace.byteCount))]
        for level in 0..<TreeFiles.levelCount {
            let count = TreeFiles.hashCount(level: level, treeSize: chain.head.treeSize)
            expected.append((TreeFiles.path(level: level), count * UInt64(Digest.byteCount)))
        }
        // A ledger from before there were epochs lacks the file, and needs none.
        expected.append((EpochFile.path, EpochFile.byteCount(at: chain.epoch)))
        for (path, size) in expected {
            let found = sizes[path] ?? (path == EpochFile.path ? 0 : nil)
            if found != size {
                self.note(path, found.map { "it has \($0) bytes in place of \(size)" } ?? "it is missing")
            }
        }
    }
}
