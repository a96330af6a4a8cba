internal import CairnHash
internal import CairnLedger

/// Which blocks of a skeleton are to be asked for, and those that came and wait for the ones before them.
struct BlockFetch: Sendable {
    struct Arrived: Sendable {
        var block: HashedBlock
        var byteCount: Int
        var sender: PublicKey
    }

    /// What a run is about as long as, in bytes.
    private static let runBytes = 4 << 20

    /// The first block that was never asked for.
    private(set) var next: BlockIndex
    /// What was asked for in vain, and is to be asked for again; by rising index.
    private var givenBack: [ClosedRange<BlockIndex>] = []
    private var arrived: [BlockIndex: Arrived] = [:]
    private(set) var arrivedBytes = 0
    /// Records and bytes of what came: what a block that isn't there yet may take.
    private var seen = (records: UInt64(1), bytes: UInt64(512))

    /// Blocks without a gap from the first one wanted on, as far as they were looked at.
    private var scan: Scan
    /// No block is missing between the first one wanted and this one.
    private var gap: BlockIndex

    private struct Scan {
        var first: BlockIndex
        /// The first that isn't there, or wasn't when it was looked for.
        var next: BlockIndex
        var bytes = 0
        /// The newest with a certificate that may end a run.
        var end: BlockIndex?

        init(from first: BlockIndex) {
            self.first = first
            self.next = first
        }
    }

    /// - Parameter first: the first block wanted.
    init(from first: BlockIndex) {
        self.next = first
        self.gap = first
        self.scan = Scan(from: first)
    }

    // MARK: Asking

    /// The lowest block that is to be asked for, nil when none is.
    mutating func lowestWanted(in skeleton: Skeleton) -> BlockIndex? {
        while let range = self.givenBack.first {
            // What came meanwhile, from whomever, isn't wanted any more.
            guard let wanted = range.lowerBound.upTo(range.upperBound).first(where: { self.isMissing($0, skeleton) })
            else {
                self.givenBack.removeFirst()
                continue
            }
            self.givenBack[0] = wanted...range.upperBound
            return wanted
        }
        while self.next <= skeleton.end.index, !self.isMissing(self.next, skeleton) { self.next = self.next.next() }
        return self.next <= skeleton.end.index ? self.next : nil
    }

    /// Takes blocks from the lowest wanted one on, of about so many bytes.
    mutating func takeRange(
        in skeleton: Skeleton, through last: BlockIndex, bytes: Int, blocksMax: Int
    ) -> ClosedRange<BlockIndex>? {
        guard let first = self.lowestWanted(in: skeleton), first <= last else { return nil }
        let isAgain = !self.givenBack.isEmpty
        let bound = min(last, isAgain ? self.givenBack[0].upperBound : skeleton.end.index)
        var end = first
        var expected = 0
        var records: UInt64 = 0
        for index in first.upTo(bound).prefix(blocksMax) {
            guard let link = skeleton[index], self.arrived[index] == nil else { break }
            records += link.records
            expected += self.expectedBytes(of: link)
            guard index == first || expected <= bytes && records <= Self.rangeRecordsMax else { break }
            end = index
        }
        if !isAgain {
            self.next = end.next()
        } else if end < self.givenBack[0].upperBound {
            self.givenBack[0] = end.next()...self.givenBack[0].upperBound
        } else {
            self.givenBack.removeFirst()
        }
        return first...end
    }

    /// Leaf hashes of one answer take half as much as its blocks at most, unless a single block has more.
    static let rangeRecordsMax: UInt64 = 65_536

    private func expectedBytes(of link: Skeleton.Link) -> Int {
        BlockHeader.byteCount + Int(min(link.records, 1 << 20) * self.seen.bytes / self.seen.records)
    }

    /// Whether a block surely had room in a message behind so many bytes.
    func fits(_ index: BlockIndex, behind bytes: Int, _ skeleton: Skeleton) -> Bool {
        guard let link = skeleton[index] else { return false }
        return bytes + 8 * self.expectedBytes(of: link) < CatchUpServing.blocksBytesMax
    }

    mutating func giveBack(_ range: ClosedRange<BlockIndex>) {
        guard range.lowerBound < self.next else { return }
        let place = self.givenBack.firstIndex { $0.lowerBound > range.lowerBound } ?? self.givenBack.count
        self.givenBack.insert(range, at: place)
    }

    // MARK: What came

    /// The first block that is wanted and isn't there.
    mutating func firstMissing() -> BlockIndex {
        while self.arrived[self.gap] != nil { self.gap = self.gap.next() }
        return self.gap
    }

    func isMissing(_ index: BlockIndex, _ skeleton: Skeleton) -> Bool {
        index >= self.scan.first && index <= skeleton.end.index && self.arrived[index] == nil
    }

    mutating func insert(_ fetched: FetchedBlock, from sender: PublicKey) {
        let index = fetched.block.block.index
        let arrived = Arrived(block: fetched.block, byteCount: fetched.byteCount, sender: sender)
        precondition(self.arrived.updateValue(arrived, forKey: index) == nil, "only missing blocks are taken")
        self.arrivedBytes += fetched.byteCount
        // Halved now and then, so that what came last counts most.
        if self.seen.bytes > 64 << 20 { self.seen = (self.seen.records / 2 + 1, self.seen.bytes / 2) }
        self.seen.records += UInt64(fetched.block.block.entries.count)
        self.seen.bytes += UInt64(fetched.block.block.encodedByteCount)
    }

    /// Lets go what a node gave and nobody has checked, since the node lied.
    mutating func remove(from sender: PublicKey) {
        for index in self.arrived.filter({ $0.value.sender == sender }).keys.sorted() {
            self.arrivedBytes -= self.arrived.removeValue(forKey: index)?.byteCount ?? 0
            self.giveBack(index...index)
        }
        self.scan = Scan(from: self.scan.first)
        self.gap = self.scan.first
    }

    /// Lets go the newest blocks, so many bytes of them, but none that others don't keep waiting.
    mutating func evict(_ bytes: Int) {
        let gap = self.firstMissing()
        var left = bytes
        for index in self.arrived.keys.filter({ $0 > gap }).sorted(by: >) where left > 0 {
            let byteCount = self.arrived.removeValue(forKey: index)?.byteCount ?? 0
            self.arrivedBytes -= byteCount
            left -= byteCount
            self.giveBack(index...index)
        }
    }

    func sender(of index: BlockIndex) -> PublicKey? { self.arrived[index]?.sender }

    // MARK: Runs

    /// What is there from the first block wanted on, up to a certificate. Nil when that isn't there yet.
    mutating func run(in skeleton: Skeleton) -> [(block: HashedBlock, certificate: Certificate?)]? {
        while self.scan.bytes < Self.runBytes || self.scan.end == nil, let arrived = self.arrived[self.scan.next],
            let link = skeleton[self.scan.next]
        {
            self.scan.bytes += arrived.byteCount
            if link.certificate != nil { self.scan.end = self.scan.next }
            self.scan.next = self.scan.next.next()
        }
        guard let end = self.scan.end else { return nil }
        return self.scan.first.upTo(end).compactMap { index in
            self.arrived[index].map { ($0.block, skeleton[index]?.certificate) }
        }
    }

    /// Bytes of the blocks that are there without a gap, when none of them has a certificate.
    var uncertifiedBytes: Int { self.scan.end == nil ? self.scan.bytes : 0 }

    /// Lets go all blocks up to one.
    ///
    /// - Returns: their bytes.
    mutating func drop(through index: BlockIndex) -> Int {
        var bytes = 0
        for old in self.arrived.keys.filter({ $0 <= index }) {
            bytes += self.arrived.removeValue(forKey: old)?.byteCount ?? 0
        }
        self.arrivedBytes -= bytes
        self.scan = Scan(from: index.next())
        self.gap = max(self.gap, index.next())
        self.next = max(self.next, index.next())
        return bytes
    }
}

extension BlockIndex {
    /// All from this one to another, in order; none when that is before.
    fileprivate func upTo(_ last: BlockIndex) -> some Collection<BlockIndex> {
        (self.rawValue..<max(self.rawValue, last.rawValue + 1)).lazy.map(BlockIndex.init(rawValue:))
    }
}
