internal import CairnHash
package import CairnLedger

/// Blocks that aren't final yet, as a tree on the newest final block.
package struct UnfinishedBlocks: Sendable {
    struct Node: Sendable {
        var block: CheckedBlock
        var places: [SubmissionID: SubmissionWindow.Place]
    }

    /// Checked, each on one that is checked or final.
    private(set) var nodes: [Digest: Node] = [:]
    /// Blocks whose parents are not there yet.
    private(set) var orphans: [Digest: HashedBlock] = [:]

    /// Honest members never have more in flight; liars must not fill the memory.
    private static let orphansMax = 64
    /// Those that this node voted for come on top.
    private(set) var orphansMax = Self.orphansMax

    subscript(hash: Digest) -> CheckedBlock? { self.nodes[hash]?.block }

    func body(of hash: Digest) -> Block? { self.nodes[hash]?.block.block ?? self.orphans[hash]?.block }

    mutating func insert(_ block: CheckedBlock) {
        self.orphans[block.hash] = nil
        let items = block.submissions?.items ?? []
        var places: [SubmissionID: SubmissionWindow.Place] = [:]
        places.reserveCapacity(items.count)
        for item in items { places[item.id] = block.block.place(of: item) }
        self.nodes[block.hash] = Node(block: block, places: places)
    }

    /// Keeps a block for when its parent comes.
    mutating func insert(orphan: HashedBlock) {
        guard self.nodes[orphan.hash] == nil, self.orphans.count < self.orphansMax else { return }
        self.orphans[orphan.hash] = orphan
    }

    /// Keeps a block that this node voted for until its parent comes, however many there are.
    mutating func insert(own block: HashedBlock) {
        guard self.nodes[block.hash] == nil, self.orphans.updateValue(block, forKey: block.hash) == nil else { return }
        self.orphansMax += 1
    }

    /// Those of some blocks whose parents are not there yet, in order.
    func orphans(in hashes: Set<Digest>) -> [Block] {
        self.orphans.values.filter { hashes.contains($0.hash) }.map(\.block).sorted { $0.index < $1.index }
    }

    /// Takes out an orphan that stands on a block, the one with the lowest hash first.
    mutating func takeOrphan(on parent: Digest) -> HashedBlock? {
        let found = self.orphans.values.filter { $0.block.header.previousHash == parent }.min { $0.hash < $1.hash }
        if let found { self.orphans[found.hash] = nil }
        return found
    }

    /// The blocks from the one on `base` up to the one with `hash`, nil when one is missing.
    func path(to hash: Digest, from base: Digest) -> [CheckedBlock]? {
        var path: [CheckedBlock] = []
        var next = hash
        while next != base {
            guard let node = self.nodes[next] else { return nil }
            path.append(node.block)
            next = node.block.block.header.previousHash
        }
        return path.reversed()
    }

    /// The block that is missing on the way down from one.
    func firstMissing(from hash: Digest, to base: Digest) -> Digest {
        var next = hash
        while next != base {
            if let node = self.nodes[next] {
                next = node.block.block.header.previousHash
            } else if let orphan = self.orphans[next] {
                next = orphan.block.header.previousHash
            } else {
                return next
            }
        }
        return next
    }

    /// Where an id stands in the blocks behind a final one, up to the one with `hash`; nil when it doesn't.
    func place(of id: SubmissionID, upTo hash: Digest, from base: Digest) -> SubmissionWindow.Place? {
        var next = hash
        while next != base, let node = self.nodes[next] {
            if let place = node.places[id] { return place }
            next = node.block.block.header.previousHash
        }
        return nil
    }

    /// All submissions in the blocks behind a final one, up to the one with `hash`.
    func forEachPlace(
        upTo hash: Digest, from base: Digest, _ body: (SubmissionID, SubmissionWindow.Place) -> Void
    ) {
        var next = hash
        while next != base, let node = self.nodes[next] {
            for (id, place) in node.places { body(id, place) }
            next = node.block.block.header.previousHash
        }
    }

    /// How many blocks stand between a final one and the one with `hash`.
    func depth(of hash: Digest, from base: Digest) -> Int {
        var depth = 0
        var next = hash
        while next != base, let node = self.nodes[next] {
            depth += 1
            next = node.block.block.header.previousHash
        }
        return depth
    }

    /// Keeps only what stands on a block that became final.
    mutating func settle(on final: ChainTip) {
        var kept: [Digest: Node] = [:]
        let byIndex = self.nodes.values.sorted { $0.block.block.header.index < $1.block.block.header.index }
        for node in byIndex {
            let parent = node.block.block.header.previousHash
            if parent == final.hash || kept[parent] != nil { kept[node.block.hash] = node }
        }
        self.nodes = kept
        self.orphans = self.orphans.filter { $0.value.block.header.index > final.header.index }
    }

    mutating func removeAll() {
        self.nodes = [:]
        self.orphans = [:]
        self.orphansMax = Self.orphansMax
    }

    /// All blocks that were checked, parents first.
    var all: [CheckedBlock] {
        self.nodes.values.map(\.block).sorted {
            ($0.block.header.index, $0.hash) < ($1.block.header.index, $1.hash)
        }
    }
}

extension Block {
    /// Where a submission of this block has its records in the ledger.
    package func place(of item: SubmissionList.Item) -> SubmissionWindow.Place {
        SubmissionWindow.Place(
            firstRecord: self.firstRecord + item.offsets.lowerBound, count: item.offsets.count)
    }
}
