internal import CairnHash
internal import CairnLedger

/// Verified headers whose blocks are being fetched, from the block behind the newest checked one on.
struct Skeleton: Sendable {
    /// What is kept of a verified header: a block is known by its hash.
    struct Link: Hashable, Sendable {
        var hash: Digest
        var treeSize: TreeSize
        /// Records of the block.
        var records: UInt64
        /// Checked, where there is one.
        var certificate: Certificate?
    }

    /// How far it reaches: the next header stands behind this one.
    private(set) var end: SkeletonEnd
    private var links: [Link] = []
    /// Links that were dropped from the front and are still in the array.
    private var dropped = 0

    init(_ end: SkeletonEnd) {
        self.end = end
    }

    var count: Int { self.links.count - self.dropped }
    var isEmpty: Bool { self.count == 0 }
    var first: BlockIndex { BlockIndex(rawValue: self.end.index.rawValue + 1 - UInt64(self.count)) }

    subscript(index: BlockIndex) -> Link? {
        guard self.first <= index, index <= self.end.index else { return nil }
        return self.links[self.dropped + Int(index.rawValue - self.first.rawValue)]
    }

    /// Adds what stands behind the end, which may have moved since the headers were checked.
    ///
    /// - Returns: how many, none when they don't reach it.
    mutating func append(_ headers: CheckedCatchUp.Headers) -> Int {
        let count = headers.end.index.rawValue - min(self.end.index, headers.end.index).rawValue
        guard 0 < count, count <= UInt64(headers.links.count) else { return 0 }
        let known = headers.links.count - Int(count)
        guard (known == 0 ? headers.behind : headers.links[known - 1].hash) == self.end.hash else { return 0 }
        self.links += headers.links[known...]
        self.end = headers.end
        return Int(count)
    }

    /// Lets go what was dealt with.
    mutating func drop(through index: BlockIndex) {
        guard !self.isEmpty, index >= self.first else { return }
        self.dropped += Int(min(index, self.end.index).rawValue - self.first.rawValue) + 1
        if self.dropped > 4_096, self.dropped > self.links.count / 2 {
            self.links.removeFirst(self.dropped)
            self.dropped = 0
        }
    }
}

/// The end of what is verified of a chain.
package struct SkeletonEnd: Hashable, Sendable {
    var index: BlockIndex
    var hash: Digest
    var treeSize: TreeSize
    /// Of the next block.
    var members: EpochMembers

    init(index: BlockIndex, hash: Digest, treeSize: TreeSize, members: EpochMembers) {
        self.index = index
        self.hash = hash
        self.treeSize = treeSize
        self.members = members
    }

    init(_ tip: ChainTip) {
        self.init(
            index: tip.header.index, hash: tip.hash, treeSize: tip.header.treeSize,
            members: tip.present)
    }
}
