internal import CairnHash
public import CairnLedger

/// The repair of one segment of the block log, up to where something is written: it tells which blocks are needed, and
/// takes those that are proven to be the right ones. It only reads, and may run beside the writer.
///
/// 1. Backwards: a block's header names the hash of the one before, so from a hash that is known for sure (the head's, the
///    seal's, one that a quorum's certificate vouches for) follow those of all blocks before it. Where the stored
///    header isn't the one, the right block is asked for by its hash.
/// 2. Forwards: every block, stored or given, has to keep every rule behind the one before it: its tree root says
///    whether its records are the right ones. One that doesn't is asked for.
///
/// So a block is written only if its hash is the one that the chain holds there, or if its members' certificate vouches
/// for it, and if it keeps every rule; and whatever a peer says, it can only be refused.
public struct SegmentRepair: Sendable {
    package let log: DamagedLog
    package let number: Int
    let survey: SegmentSurvey
    private let first: UInt64
    /// The last block that the segment has to hold.
    private let last: UInt64
    private let isLastSegment: Bool

    /// The end of the chain before `nextIndex`; nil before the genesis block.
    private var tip: ChainTip?
    /// The end of the chain whose members' certificates are believed on the way backwards.
    private let voters: ChainTip?
    /// Hashes that blocks have to have, from the segment's first block on.
    private var hashes: [Digest?]
    /// Going backwards: the block to look at. Nil when all were.
    private var cursor: UInt64?
    private var nextIndex: UInt64
    private var fetched: [UInt64: FinalBlock] = [:]
    private var needed: NeededBlock?
    private var rewrite: SegmentRewrite

    /// - Parameter start: what `DamagedLog.start` gave.
    package init(_ log: DamagedLog, at start: (number: Int, tip: ChainTip?)) throws(StoreError) {
        self.log = log
        self.number = start.number
        self.tip = start.tip
        let segment = log.segments[start.number]
        let survey = try SegmentSurvey(log, start.number)
        self.survey = survey
        self.first = segment.firstBlock.rawValue
        self.isLastSegment = start.number + 1 == log.segments.count
        let last =
            self.isLastSegment
            ? max(log.blocks, survey.newestMark, self.first + 1) - 1
            : log.segments[start.number + 1].firstBlock.rawValue - 1
        guard last - self.first < 2 * SegmentSurvey.blocksMax else {
            throw .corrupt(
                Corruption(
                    file: segment.path, block: segment.firstBlock,
                    reason:
                        "\(last - self.first + 1) blocks should be in it, more than a file holds: whole files are missing"
                ))
        }
        self.last = last
        self.hashes = Array(repeating: nil, count: Int(last - self.first) + 1)
        self.cursor = last
        self.nextIndex = self.first
        self.voters = if let tip = start.tip { tip } else { try Self.storedGenesis(of: log) }
        self.rewrite = SegmentRewrite(segment: segment, number: start.number, chain: log.chain)
        if !self.isLastSegment { self.hashes[self.hashes.count - 1] = try self.hashBefore(start.number + 1) }
    }

    /// Path of the file.
    public var file: String { self.log.segments[self.number].path }

    /// Behind the genesis block, if that is stored as it has to be.
    private static func storedGenesis(of log: DamagedLog) throws(StoreError) -> ChainTip? {
        var reader = FrameReader(log.segments)
        guard case .frame(let final, _, _) = try reader.next(), final.block.header.hash == log.chain else { return nil }
        return try? ChainState(genesis: final.block).tip
    }

    /// The hash of the last block before a segment, if its first block's certificate vouches for that.
    private func hashBefore(_ number: Int) throws(StoreError) -> Digest? {
        var reader = FrameReader(
            self.log.segments, from: LogPosition(segment: number, offset: LogPosition.start.offset))
        guard case .frame(let final, _, _) = try reader.next(),
            final.block.index == self.log.segments[number].firstBlock,
            self.isVouchedFor(final)
        else { return nil }
        return final.block.header.previousHash
    }

    // MARK: What is needed

    /// The next block that is needed; the same again until one is taken. Nil when all are good.
    public mutating func next() throws(StoreError) -> NeededBlock? {
        self.needed = nil
        while let index = self.cursor, self.needed == nil {
            try self.lookBack(at: index)
            if self.needed == nil { self.cursor = index > self.first ? index - 1 : nil }
        }
        while self.needed == nil, self.nextIndex <= self.last { try self.goOn() }
        return self.needed
    }

    /// Offers a block for the one that `next()` told of. Whoever offered it needs not be trusted.
    ///
    /// - Returns: why it isn't taken. Nil when it is taken so far: its records show only when all before it is good, and then
    ///   `next()` may ask for it again.
    public mutating func offer(_ final: FinalBlock) -> BlockRefusal? {
        guard let needed, final.block.index == needed.index else {
            return .otherIndex(expected: self.needed?.index, found: final.block.index)
        }
        let hash = final.block.header.hash
        if let expected = needed.hash, expected != hash { return .otherHash(expected: expected, found: hash) }
        if self.cursor == nil {
            if case .failure(let refusal) = self.check(final, isStored: false) { return refusal }
        }
        self.fetched[needed.index.rawValue] = final
        self.needed = nil
        return nil
    }

    private mutating func need(_ index: UInt64, _ reason: String) {
        var start = index
        while start > self.first, self.survey.frames[start - 1] == nil, self.fetched[start - 1] == nil { start -= 1 }
        self.needed = NeededBlock(
            index: BlockIndex(rawValue: index), hash: self.hash(of: index), runStart: BlockIndex(rawValue: start),
            reason: reason)
    }

    private func hash(of index: UInt64) -> Digest? { self.hashes[Int(index - self.first)] }

    // MARK: 1. Backwards

    private mutating func lookBack(at index: UInt64) throws(StoreError) {
        let place = Int(index - self.first)
        if let head = self.log.head, head.index.rawValue == index { self.hashes[place] = head.hash }
        if index == 0 { self.hashes[place] = self.log.chain }
        let frame = self.survey.frames[index]
        let previous: Digest?
        if let hash = self.hashes[place] {
            if let frame, frame.hash == hash {
                previous = frame.previousHash
            } else if let given = self.fetched[index] {
                previous = given.block.header.previousHash
            } else {
                self.need(index, frame == nil ? "it can't be found" : "its hash is not the one that the chain holds")
                return
            }
        } else if let frame, let stored = try self.read(frame), self.isVouchedFor(stored.final) {
            self.hashes[place] = frame.hash
            previous = frame.previousHash
        } else {
            return
        }
        if place > 0 { self.hashes[place - 1] = previous }
    }

    /// Whether a quorum of the members at the segment's beginning has signed a block. Where it is of a later epoch, the way
    /// forwards tells.
    private func isVouchedFor(_ final: FinalBlock) -> Bool {
        guard let voters, let certificate = final.certificate, final.block.header.epoch == voters.epoch
        else { return false }
        do throws(CertificateError) {
            try voters.present.verify(
                certificate, of: final.block.header, hash: final.block.header.hash, using: self.log.verifier)
            return true
        } catch {
            return false
        }
    }

    // MARK: 2. Forwards

    private mutating func goOn() throws(StoreError) {
        let index = self.nextIndex
        var reason = "it can't be found"
        if let frame = self.survey.frames[index], let stored = try self.read(frame) {
            switch self.check(stored.final, isStored: true) {
            case .success(let tip) where stored.header.durableBlocks <= index:
                self.rewrite.keep(frame, stored.final.block)
                self.advance(to: tip)
                return
            case .success: reason = "its durable mark is wrong"
            case .failure(let refusal):
                try self.checkAge(of: stored.final, refusal)
                reason = "\(refusal)"
            }
        }
        if let given = self.fetched.removeValue(forKey: index) {
            switch self.check(given, isStored: false) {
            case .success(let tip):
                self.rewrite.replace(given)
                self.advance(to: tip)
                return
            case .failure(let refusal):
                try self.checkAge(of: given, refusal)
                reason = "what was given for it is wrong: \(refusal)"
            }
        }
        self.need(index, reason)
    }

    /// No other block is put in the place of one that may well be right.
    ///
    /// - Throws: `.corrupt` of a newer version when the block is vouched for, and this program is too old for it.
    private func checkAge(of final: FinalBlock, _ refusal: BlockRefusal) throws(StoreError) {
        guard case .rule(let error) = refusal, error.isOfNewerVersion,
            self.hash(of: self.nextIndex) != nil || self.isSigned(final)
        else { return }
        throw .corrupt(
            Corruption(file: self.file, block: final.block.index, reason: "\(error)", isOfNewerVersion: true))
    }

    /// Whether those who decide on `nextIndex` have signed a block.
    private func isSigned(_ final: FinalBlock) -> Bool {
        guard let tip, let certificate = final.certificate else { return false }
        let header = final.block.header
        return self.problem(of: certificate, for: header, header.hash, tip.present, checksVotes: true) == nil
    }

    private mutating func advance(to tip: ChainTip) {
        self.tip = tip
        self.nextIndex += 1
    }

    private func read(_ frame: SegmentSurvey.StoredFrame) throws(StoreError) -> (
        header: Frame.Header, final: FinalBlock
    )? {
        let file = self.log.segments[self.number].file
        let bytes = try onDisk { () throws(DiskError) in try file.bytes(at: frame.offset, count: frame.byteCount) }
        return try? Frame.decode(bytes.span.bytes)
    }

    /// Whether the ledger ends with a block, so that its certificate vouches for all before it.
    private func isHead(_ index: UInt64) -> Bool {
        index + 1 == self.log.blocks
            || (self.isLastSegment && index == self.last && self.survey.frames[index + 1] == nil)
    }

    /// The end of the chain behind a block, if that is the right one for `nextIndex`.
    private func check(_ final: FinalBlock, isStored: Bool) -> Result<ChainTip, BlockRefusal> {
        let block = final.block
        let hash = block.header.hash
        let expected = self.hash(of: self.nextIndex)
        if let expected, expected != hash { return .failure(.otherHash(expected: expected, found: hash)) }
        do throws(BlockError) {
            guard let tip else { return .success(try ChainState(genesis: block).tip) }
            let checked = try tip.check(HashedBlock(block), using: self.log.verifier)
            let isDue = checked.tip.isEpochEnd || self.isHead(self.nextIndex)
            guard let certificate = final.certificate else {
                if isDue { return .failure(.certificate(.missing)) }
                return isStored || expected != nil ? .success(checked.tip) : .failure(.nothingVouches)
            }
            let problem = self.problem(
                of: certificate, for: block.header, hash, tip.present,
                checksVotes: isDue || !isStored || expected == nil || self.log.checksAllCertificates)
            if let problem { return .failure(.certificate(problem)) }
            return .success(checked.tip)
        } catch {
            return .failure(.rule(error))
        }
    }

    private func problem(
        of certificate: Certificate, for header: BlockHeader, _ hash: Digest, _ own: EpochMembers, checksVotes: Bool
    ) -> CertificateError? {
        guard certificate.blockHash == hash else { return .otherBlock(expected: hash, found: certificate.blockHash) }
        guard certificate.epoch == header.epoch else {
            return .otherEpoch(expected: header.epoch, found: certificate.epoch)
        }
        guard checksVotes else { return nil }
        do throws(CertificateError) {
            try own.verify(certificate, of: header, hash: hash, using: self.log.verifier)
            return nil
        } catch {
            return error
        }
    }

    // MARK: The result

    /// What is to be written, after `next()` gave nil. Nil when the segment was good all the time.
    public consuming func finish() throws(StoreError) -> VerifiedRepair? {
        precondition(self.cursor == nil && self.nextIndex > self.last, "blocks are still needed")
        let segment = self.log.segments[self.number]
        let hasGoodHeader = try segment.headerProblem(chain: self.log.chain) == nil
        let tailStart = self.rewrite.oldEnd ?? self.survey.frames[self.last + 1]?.offset
        let isWhole = self.isLastSegment || self.survey.fileByteCount == self.rewrite.end
        guard !hasGoodHeader || self.rewrite.isChanged || !isWhole else { return nil }
        return VerifiedRepair(
            rewrite: self.rewrite, last: BlockIndex(rawValue: self.last),
            tailStart: self.isLastSegment ? tailStart : nil, isOpenEnded: self.isLastSegment)
    }
}
