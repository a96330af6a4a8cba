internal import CairnHash
package import CairnLedger

/// The item's part of the Merkle tree (RFC 9162, section 2.1). Level k has the roots of full runs of 2^k records,
/// numbered over the whole ledger; an item keeps those runs that end within it. All but the first of each level also
/// begin within it, and can be hashed without knowing what comes before.
extension ValidationItem {
    // MARK: Leaves and nodes

    /// Lays the levels out, in the memory that was reserved with the records.
    func prepareTree() {
        var (first, end) = (self.firstRecord, self.endRecord)
        var start = 0
        while end > first {
            self.levelStarts.append(start)
            start += Int(end - first)
            (first, end) = (first >> 1, end >> 1)
        }
    }

    /// Hashes the leaves before `end` that are not hashed yet.
    func hashLeaves(upTo end: Int) {
        let range = self.hashedCount..<end
        let messages = UnsafeBufferPointer(start: self.records + range.lowerBound, count: range.count)
        SHA256Batch.hashLeaves(messages, in: self.content, into: self.nodes.room(range))
        self.hashedCount = end
    }

    /// Begins to hash the leaves on a device. The item's bytes must stay as they are until `awaitDevice`.
    func startDevice(_ batch: OpenCLBatch) throws(OpenCLError) {
        try batch.start(count: self.recordCount, byteCount: self.byteCount)
    }

    func awaitDevice(_ batch: OpenCLBatch) throws(OpenCLError) {
        try batch.wait { hashes, _ in
            _ = self.nodes.room(0..<hashes.count).update(fromContentsOf: hashes)
            self.hashedCount = hashes.count
        }
    }

    /// All nodes over leaves of this item alone.
    func hashNodes() {
        for level in self.levelStarts.indices.dropFirst() {
            // A run that begins before the item has its node from `join`.
            let skipped = self.crosses(level) ? 1 : 0
            let count = self.nodeCount(level) - skipped
            guard count > 0 else { continue }
            let children = self.place(level - 1, index: (self.firstIndex(level) + UInt64(skipped)) << 1)
            let start = self.levelStarts[level] + skipped
            SHA256Batch.hashNodes(
                children: self.nodes.values(children..<children + 2 * count),
                into: self.nodes.room(start..<start + count))
        }
    }

    private func firstIndex(_ level: Int) -> UInt64 { self.firstRecord >> UInt64(level) }

    func nodeCount(_ level: Int) -> Int { Int(self.endRecord >> UInt64(level) - self.firstIndex(level)) }

    /// Whether the first node of a level is over records of the item before, too.
    private func crosses(_ level: Int) -> Bool { self.firstIndex(level) << UInt64(level) != self.firstRecord }

    private func place(_ level: Int, index: UInt64) -> Int {
        self.levelStarts[level] + Int(index - self.firstIndex(level))
    }

    // MARK: Joining

    /// Goes on from the item before: checks the link, and makes the nodes that go over the edge between both.
    ///
    /// - Returns: false when the items don't link.
    func join(_ edge: inout ChainEdge) -> Bool {
        guard let first = self.firstHeader, let last = self.lastHeader else { return false }
        let facts = self.blocks.start[0]
        guard first.index.rawValue == edge.head.index.rawValue &+ 1,
            !self.beginsSegment || self.segmentFirstBlock == first.index,
            first.previousHash == edge.hash, first.timestamp >= edge.head.timestamp,
            first.treeSize.rawValue == edge.head.treeSize.rawValue &+ UInt64(facts.recordEnd)
        else { return false }
        self.before = edge.subtrees
        for level in self.levelStarts.indices.dropFirst() where self.crosses(level) {
            let below = self.levelStarts[level - 1]
            // The lower half lies before the item, or is itself over the edge.
            let isBefore = self.firstIndex(level - 1) & 1 == 1
            self.nodes.start[self.levelStarts[level]] =
                isBefore
                ? Digest(hashingNode: self.before[level - 1], self.nodes.start[below])
                : Digest(hashingNode: self.nodes.start[below], self.nodes.start[below + 1])
        }
        edge.head = last
        edge.hash = self.headerHashes.start[self.blockCount - 1]
        let subtrees = self.subtrees
        var rest = last.treeSize.rawValue
        while rest != 0 {
            let level = rest.trailingZeroBitCount
            edge.subtrees[level] = subtrees.root(level, of: last.treeSize.rawValue)
            rest &= rest - 1
        }
        return true
    }

    /// What the right edge of each tree that ends in this item is made of, once the item is joined.
    var subtrees: Subtrees {
        Subtrees(
            firstRecord: self.firstRecord, levelStarts: self.levelStarts, nodes: self.nodes.start, before: self.before)
    }
}

/// Full subtrees that end in an item or before it.
struct Subtrees {
    let firstRecord: UInt64
    let levelStarts: [Int]
    let nodes: UnsafeMutablePointer<Digest>
    let before: [Digest]

    /// The root of the full subtree of height `level` on the right edge of a tree of `size` leaves that ends in the item.
    /// `size` has this bit set.
    func root(_ level: Int, of size: UInt64) -> Digest {
        let index = size >> UInt64(level) - 1
        let firstIndex = self.firstRecord >> UInt64(level)
        guard level < self.levelStarts.count, index >= firstIndex else { return self.before[level] }
        return self.nodes[self.levelStarts[level] + Int(index - firstIndex)]
    }
}

/// Where joining has come to: the newest block that is linked, and the right edge of the tree at it.
struct ChainEdge {
    var head: BlockHeader
    var hash: Digest
    /// By height; only those count whose bit is set in the head's tree size.
    var subtrees: [Digest]

    init(_ chain: ChainState) {
        self.head = chain.head
        self.hash = chain.headHash
        self.subtrees = Array(repeating: .zero, count: UInt64.bitWidth)
        var rest = chain.frontier.size.rawValue
        for root in chain.frontier.subtreeRoots.reversed() {
            self.subtrees[rest.trailingZeroBitCount] = root
            rest &= rest - 1
        }
    }
}

extension ValidationItem {
    /// The right edge of the tree behind the item's last block.
    package var frontier: MerkleFrontier {
        let subtrees = self.subtrees
        var roots: [Digest] = []
        var rest = self.endRecord
        while rest != 0 {
            roots.append(subtrees.root(rest.trailingZeroBitCount, of: self.endRecord))
            rest &= rest - 1
        }
        guard let frontier = MerkleFrontier(size: TreeSize(rawValue: self.endRecord), subtreeRoots: roots.reversed())
        else { preconditionFailure("a tree has a full subtree for each bit of its size") }
        return frontier
    }
}
