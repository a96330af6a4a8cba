internal import CairnHash
internal import CairnLedger

extension ValidationItem {
    /// How many messages fill the lanes of the widest kernel.
    private static let lanes = 32

    /// Takes the frames apart, and checks all that can be checked without the item before. Leaves are hashed as they are
    /// read, unless a device does it.
    func examine(_ stretch: ValidationStretch) {
        self.isSuspect = !(self.takeApart(stretch) && self.checkHashes(stretch))
    }

    // MARK: Form

    private func takeApart(_ stretch: ValidationStretch) -> Bool {
        self.blocks.reserve(self.blockCount)
        var proposer: PublicKey?
        for (number, start) in self.frameStarts.enumerated() {
            guard let facts = self.facts(at: Int(start), stretch.limits),
                let header = try? BlockHeader(decoding: self.part(facts.header, BlockHeader.byteCount).bytes),
                self.isNext(header, after: self.lastHeader, count: Int(facts.recordEnd) - self.recordCount),
                header.epoch == stretch.own.epoch, header.targetBits == 0, header.nonce == 0,
                self.durableMark(at: Int(start)) <= header.index.rawValue
            else { return false }
            if header.proposer != proposer {
                guard stretch.own.members.position(of: header.proposer) != nil else { return false }
                proposer = header.proposer
            }
            guard self.isAnnexGood(of: number, facts, from: self.recordCount) else { return false }
            if stretch.checksForm, !self.areRecordsCanonical(self.recordCount..<Int(facts.recordEnd)) { return false }
            self.durableBlocks = max(self.durableBlocks, self.durableMark(at: Int(start)))
            self.recordCount = Int(facts.recordEnd)
            self.blocks.start[number] = facts
            if number == 0 { self.firstHeader = header }
            self.lastHeader = header
        }
        if self.batch == nil { self.hashLeaves(upTo: self.recordCount) }
        return true
    }

    private func part(_ start: Int, _ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self.content[start..<start + count])
    }

    private func durableMark(at start: Int) -> UInt64 { self.content.integer(at: start + 16) }

    /// The rules between one block and the next, but for the hash. The first block's are checked when items are joined.
    private func isNext(_ header: BlockHeader, after last: BlockHeader?, count: Int) -> Bool {
        guard let last else { return header.treeSize.rawValue >= UInt64(count) }
        return header.index.rawValue == last.index.rawValue &+ 1 && header.timestamp >= last.timestamp
            && header.treeSize.rawValue == last.treeSize.rawValue &+ UInt64(count)
    }

    /// Checks the checksum and all lengths of a frame, and lists its records. Nil when something is wrong.
    ///
    /// Of the frame, its header and its block's are read before. The rest is read piece by piece, and each piece is summed,
    /// listed and hashed before the next, so that it comes from the memory once.
    private func facts(at start: Int, _ limits: ValidationLimits) -> BlockFacts? {
        let bytes = self.content
        let blockByteCount = bytes.integer(at: start + 8, as: UInt32.self)
        let certificateByteCount = bytes.integer(at: start + 12, as: UInt32.self)
        let header = start + Frame.headerByteCount
        let certificate = header + Int(blockByteCount)
        let end = certificate + Int(certificateByteCount)
        let annexStart = header + BlockHeader.byteCount + 4
        guard annexStart <= certificate, certificate - annexStart <= Limits.blockBytesMax else { return nil }
        while self.readByteCount < annexStart { guard self.readMore(limits) else { return nil } }
        let annexByteCount = bytes.integer(at: annexStart - 4, as: UInt32.self)
        guard Int(annexByteCount) <= certificate - annexStart else { return nil }

        let entries = annexStart + Int(annexByteCount)..<certificate
        let recordsMax = self.recordsMax(in: entries, limits)
        var (listed, summed, checksum) = (entries.lowerBound, start + 8, UInt32(0))
        while true {
            let read = min(end, self.readByteCount)
            checksum = CRC32C.checksum(self.part(summed, read - summed).bytes, continuing: checksum)
            summed = read
            guard let place = self.listRecords(listed..<certificate, read: read, max: recordsMax) else { return nil }
            listed = place
            if read == end { break }
            // Whole groups of lanes: what is left goes with the next piece.
            let waiting = self.listedCount - self.hashedCount
            if self.batch == nil { self.hashLeaves(upTo: self.listedCount - waiting % Self.lanes) }
            guard self.readMore(limits) else { return nil }
        }
        guard checksum == bytes.integer(at: start + 4, as: UInt32.self), self.listedCount > self.recordCount,
            self.isCertificateWellFormed(certificate..<end)
        else { return nil }
        return BlockFacts(
            start: UInt32(start), blockByteCount: blockByteCount, certificateByteCount: certificateByteCount,
            annexByteCount: annexByteCount, recordEnd: UInt32(self.listedCount))
    }

    /// Makes room for a block's records. Returns how many the item may then have: the least entry has three bytes.
    private func recordsMax(in entries: Range<Int>, _ limits: ValidationLimits) -> Int {
        self.reserveRecords(min(Limits.blockRecordsMax, entries.count / 3), limits: limits)
    }

    /// Notes where the records of a block's entries stand, of those before `read`. Returns where the next entry begins.
    private func listRecords(_ entries: Range<Int>, read: Int, max: Int) -> Int? {
        let (bytes, messages, end) = (self.content, self.records, entries.upperBound)
        var count = self.listedCount
        var place = entries.lowerBound
        while place < end {
            guard end - place > 2, count < max else { return nil }
            guard read - place > 2 else { break }
            let size = Int(bytes.integer(at: place, as: UInt16.self))
            guard size > 0, end - place - 2 >= size else { return nil }
            guard read - place - 2 >= size else { break }
            messages[count] = SHA256Batch.Message(offset: UInt32(place + 2), byteCount: UInt32(size))
            count += 1
            place += 2 + size
        }
        self.listedCount = count
        return place
    }

    private func isCertificateWellFormed(_ place: Range<Int>) -> Bool {
        let bytes = self.content
        // Final through a later block's.
        if place.isEmpty { return true }
        guard place.count >= Certificate.byteCount(votes: 1) else { return false }
        let votes = Certificate.voteCount(bytes.integer(at: place.lowerBound + 48, as: UInt16.self))
        guard place.count == Certificate.byteCount(votes: votes) else { return false }
        var last = -1
        for vote in stride(from: place.lowerBound + 50, to: place.upperBound, by: 2 + Signature.byteCount) {
            let member = Int(bytes.integer(at: vote, as: UInt16.self))
            guard member > last else { return false }
            last = member
        }
        return true
    }

    /// An annex that is more than a list of submissions may change the rules for what follows.
    private func isAnnexGood(of number: Int, _ facts: BlockFacts, from firstRecord: Int) -> Bool {
        guard facts.annexByteCount > 0 else { return true }
        let bytes = self.part(facts.header + BlockHeader.byteCount + 4, Int(facts.annexByteCount))
        guard let annex = try? Annex(decoding: bytes.bytes), let list = annex.submissions,
            annex == Annex(submissions: list),
            (try? list.check(recordCount: Int(facts.recordEnd) - firstRecord)) != nil
        else { return false }
        self.submissions.append((number, list))
        return true
    }

    private func areRecordsCanonical(_ records: Range<Int>) -> Bool {
        records.allSatisfy { number in
            let message = self.records[number]
            return CanonicalJSON.isCanonical(
                self.part(Int(message.offset), Int(message.byteCount)).bytes, maxDepth: Limits.nestingMax)
        }
    }

    // MARK: Hashes

    private func checkHashes(_ stretch: ValidationStretch) -> Bool {
        self.hashHeaders()
        let (content, blocks, hashes) = (self.content, self.blocks.start, self.headerHashes.start)
        for number in 0..<self.blockCount {
            let facts = blocks[number]
            // A certificate names its block's hash behind epoch and view.
            if facts.hasCertificate,
                content.digest(at: facts.certificate + 16) != hashes[number]
                    || content.integer(at: facts.certificate, as: UInt64.self) != stretch.own.epoch.rawValue
            {
                return false
            }
            if number > 0, content.digest(at: facts.header + 20) != hashes[number - 1] { return false }
            guard content.digest(at: facts.header + 92) == self.hashOfAnnex(facts) else { return false }
        }
        guard let sealed = stretch.sealed, let first = self.firstHeader, sealed.block >= first.index,
            sealed.block.rawValue - first.index.rawValue < UInt64(self.blockCount)
        else { return true }
        return self.headerHashes.start[Int(sealed.block.rawValue - first.index.rawValue)] == sealed.hash
    }

    private func hashHeaders() {
        self.headerHashes.reserve(self.blockCount)
        withUnsafeTemporaryAllocation(of: SHA256Batch.Message.self, capacity: self.blockCount) { headers in
            for number in 0..<self.blockCount {
                headers.initializeElement(
                    at: number,
                    to: SHA256Batch.Message(
                        offset: UInt32(self.blocks.start[number].header), byteCount: UInt32(BlockHeader.byteCount)))
            }
            SHA256Batch.hash(
                UnsafeBufferPointer(headers), in: self.content, into: self.headerHashes.room(0..<self.blockCount))
        }
    }

    private func hashOfAnnex(_ facts: BlockFacts) -> Digest {
        guard facts.annexByteCount > 0 else { return .zero }
        return Digest(hashing: self.part(facts.header + BlockHeader.byteCount + 4, Int(facts.annexByteCount)).bytes)
    }
}
