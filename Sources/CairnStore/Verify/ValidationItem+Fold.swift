internal import CairnHash
package import CairnLedger

/// Memory for folding the roots of some blocks side by side.
struct FoldScratch: ~Copyable {
    /// As many lanes as fill any kernel several times over, and stay in the first-level cache.
    static let blocksMax = 128

    /// Besides `stored`.
    static let byteCountMax = blocksMax * (4 * Digest.byteCount + 8 + 4)

    var roots = Slab<Digest>()
    var pairs = Slab<Digest>()
    var results = Slab<Digest>()
    var rests = Slab<UInt64>()
    var owners = Slab<Int32>()
    /// What derived files hold.
    var stored = Slab<UInt8>()

    var byteCount: Int {
        self.roots.byteCount + self.pairs.byteCount + self.results.byteCount + self.rests.byteCount
            + self.owners.byteCount + self.stored.byteCount
    }

    mutating func reserve() {
        self.roots.reserve(Self.blocksMax)
        self.pairs.reserve(2 * Self.blocksMax)
        self.results.reserve(Self.blocksMax)
        self.rests.reserve(Self.blocksMax)
        self.owners.reserve(Self.blocksMax)
    }
}

extension ValidationItem {
    /// Checks what only could be checked once the items before were joined: roots, certificates, derived files.
    package func finish(_ stretch: ValidationStretch) {
        self.folds.reserve()
        var isGood = true
        for start in stride(from: 0, to: self.blockCount, by: FoldScratch.blocksMax) where isGood {
            isGood = self.areRootsGood(start..<min(start + FoldScratch.blocksMax, self.blockCount))
        }
        if isGood, stretch.checksCertificates { isGood = self.areCertificatesGood(stretch) }
        self.isSuspect = !isGood || !self.agrees(with: stretch)
    }

    // MARK: Roots

    /// Folds the right edges of some blocks' trees into their roots, step by step for all of them at once: a root takes
    /// half of log2(records) hashes, one on top of the other, but the blocks don't depend on each other.
    private func areRootsGood(_ blocks: Range<Int>) -> Bool {
        let (roots, rests) = (self.folds.roots.start, self.folds.rests.start)
        let (pairs, owners) = (self.folds.pairs.start, self.folds.owners.start)
        let (facts, subtrees) = (self.blocks.start + blocks.lowerBound, self.subtrees)
        /// The tree's size behind a block.
        func size(_ number: Int) -> UInt64 { subtrees.firstRecord + UInt64(facts[number].recordEnd) }
        for number in 0..<blocks.count {
            roots[number] = subtrees.root(size(number).trailingZeroBitCount, of: size(number))
            rests[number] = size(number) & (size(number) - 1)
        }
        while true {
            var count = 0
            for number in 0..<blocks.count where rests[number] != 0 {
                let rest = rests[number]
                pairs[2 * count] = subtrees.root(rest.trailingZeroBitCount, of: size(number))
                pairs[2 * count + 1] = roots[number]
                owners[count] = Int32(number)
                rests[number] = rest & (rest - 1)
                count += 1
            }
            if count == 0 { break }
            SHA256Batch.hashNodes(
                children: self.folds.pairs.values(0..<2 * count), into: self.folds.results.room(0..<count))
            for place in 0..<count { roots[Int(owners[place])] = self.folds.results.start[place] }
        }
        let content = self.content
        return (0..<blocks.count).allSatisfy { content.digest(at: facts[$0].header + 60) == roots[$0] }
    }

    // MARK: Certificates

    /// The certificate of one block, nil when it has none; that it is well-formed was seen before.
    package func certificate(of block: Int) -> Certificate? {
        let facts = self.blocks.start[block]
        guard facts.hasCertificate else { return nil }
        return try? Certificate(
            decoding: UnsafeRawBufferPointer(rebasing: self.content[facts.certificate..<facts.end]).bytes)
    }

    /// The newest block that has a certificate, by its place in the item; nil when none has.
    var lastCertified: CertificateRule.Certified? {
        for block in (0..<self.blockCount).reversed() {
            guard let certificate = self.certificate(of: block) else { continue }
            let header = UnsafeRawBufferPointer(
                rebasing: self.content[self.blocks.start[block].header...].prefix(BlockHeader.byteCount))
            // It was decoded before.
            guard let header = try? BlockHeader(decoding: header.bytes) else { return nil }
            return CertificateRule.Certified(
                place: block, certificate: certificate, blockHash: self.headerHashes.start[block], header: header)
        }
        return nil
    }

    private func areCertificatesGood(_ stretch: ValidationStretch) -> Bool {
        (0..<self.blockCount).allSatisfy { block in
            guard let certificate = self.certificate(of: block) else { return true }
            do throws(CertificateError) {
                try stretch.own.verify(certificate, of: self.headerHashes.start[block], using: stretch.verifier)
                return true
            } catch {
                return false
            }
        }
    }

    // MARK: Derived files

    private func agrees(with stretch: ValidationStretch) -> Bool {
        for (level, file) in stretch.treeFiles.enumerated() {
            let height = level * TreeFiles.tileHeight
            guard let file, height < self.levelStarts.count else { continue }
            let nodes = self.levelStarts[height]..<self.levelStarts[height] + self.nodeCount(height)
            let first = self.firstRecord >> UInt64(height)
            guard self.holds(file, at: first, UnsafeRawBufferPointer(self.nodes.values(nodes))) else { return false }
        }
        return stretch.places.map(self.agrees(with:)) ?? true
    }

    /// Whether a file has these hashes from this one on.
    private func holds(_ file: any DiskFile, at first: UInt64, _ hashes: UnsafeRawBufferPointer) -> Bool {
        guard first <= UInt64(Int64.max) / UInt64(Digest.byteCount) - UInt64(hashes.count) else { return false }
        guard let stored = self.read(file, at: first * UInt64(Digest.byteCount), count: hashes.count) else {
            return false
        }
        return stored.hasSameWords(as: hashes)
    }

    private func agrees(with places: BlockPlaces) -> Bool {
        guard let index = self.firstHeader?.index, index.rawValue <= UInt64(Int64.max) / 64,
            let stored = self.read(
                places.file, at: index.rawValue * UInt64(BlockPlace.byteCount),
                count: self.blockCount * BlockPlace.byteCount)
        else { return false }
        var start: UInt32 = 0
        for block in 0..<self.blockCount {
            let facts = self.blocks.start[block]
            let expected = BlockPlace(
                firstRecord: RecordNumber(rawValue: self.firstRecord + UInt64(start)),
                recordCount: Int(facts.recordEnd - start),
                position: LogPosition(
                    segment: self.position.segment, offset: self.position.offset + UInt64(facts.start)),
                frameByteCount: facts.byteCount, annexByteCount: Int(facts.annexByteCount))
            let bytes = UnsafeRawBufferPointer(rebasing: stored[(block * BlockPlace.byteCount)...])
            guard BlockPlace(decoding: bytes.bytes, index: index + block) == expected else { return false }
            start = facts.recordEnd
        }
        return true
    }

    /// Nil when the file can't be read or is too short.
    private func read(_ file: any DiskFile, at offset: UInt64, count: Int) -> UnsafeRawBufferPointer? {
        self.folds.stored.reserve(count)
        let buffer = UnsafeMutableRawBufferPointer(self.folds.stored.room(0..<count))
        guard (try? file.read(into: buffer, at: offset)) == count else { return nil }
        return UnsafeRawBufferPointer(buffer)
    }
}

extension UnsafeRawBufferPointer {
    /// Whether both hold the same bytes. Both have the same length, of whole 64-bit words.
    fileprivate func hasSameWords(as other: UnsafeRawBufferPointer) -> Bool {
        for place in stride(from: 0, to: self.count, by: MemoryLayout<UInt64>.size) {
            let word = self.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            guard word == other.loadUnaligned(fromByteOffset: place, as: UInt64.self) else { return false }
        }
        return true
    }
}
