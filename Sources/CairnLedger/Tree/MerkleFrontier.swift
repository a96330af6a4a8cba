public import CairnHash

/// The right edge of a Merkle tree (RFC 9162, section 2.1): the roots of the largest full subtrees that its leaves
/// split into, left to right, which is all that appending a leaf and computing the root need.
///
/// A tree of n leaves has one such subtree for each 1 in n's binary form, so at most 64 hashes.
public struct MerkleFrontier: Hashable, Sendable {
    public private(set) var size: TreeSize
    /// From the largest (leftmost) subtree to the smallest.
    public private(set) var subtreeRoots: [Digest]

    /// The root of a tree without leaves: SHA-256 of nothing (RFC 9162, section 2.1.1).
    public static let emptyRoot = Digest(hashing: [UInt8]())

    /// A tree without leaves.
    public init() {
        self.size = 0
        self.subtreeRoots = []
    }

    /// A tree of `size` leaves. Nil unless there is one root for each full subtree.
    public init?(size: TreeSize, subtreeRoots: [Digest]) {
        guard subtreeRoots.count == size.rawValue.nonzeroBitCount else { return nil }
        self.size = size
        self.subtreeRoots = subtreeRoots
    }

    /// Adds a leaf. Amortised one hash.
    public mutating func append(_ leafHash: Digest) {
        // A tree of size ...0111 merges three times, like a carry.
        var merged = leafHash
        for _ in 0..<(~self.size.rawValue).trailingZeroBitCount {
            merged = Digest(hashingNode: self.subtreeRoots.removeLast(), merged)
        }
        self.subtreeRoots.append(merged)
        self.size = self.size.next()
    }

    /// Adds many leaves, each level of the tree at once.
    public mutating func append(contentsOf leafHashes: some Sequence<Digest>) {
        var nodes = Array(leafHashes)
        let grown = self.size + nodes.count
        var left = self.subtreeRoots
        // The last root of each level that has one, from the lowest level up.
        var roots: [Digest] = []
        for level in 0..<UInt64.bitWidth where !nodes.isEmpty {
            // The right edge's root of this level waits for its right sibling, which comes now.
            if self.size.rawValue >> level & 1 == 1 { nodes.insert(left.removeLast(), at: 0) }
            if !nodes.count.isMultiple(of: 2) { roots.append(nodes.removeLast()) }
            nodes.foldPairs()
        }
        self.subtreeRoots = left + roots.reversed()
        self.size = grown
    }

    /// The root over all leaves: MTH(D_n) in RFC 9162. At most 63 hashes.
    public var root: Digest {
        guard var root = self.subtreeRoots.last else { return Self.emptyRoot }
        for left in self.subtreeRoots.dropLast().reversed() { root = Digest(hashingNode: left, root) }
        return root
    }
}

extension [Digest] {
    /// Pairs of neighbours become their parents. There is an even number of them.
    fileprivate mutating func foldPairs() {
        let parents = self.count / 2
        self.withUnsafeMutableBufferPointer { nodes in
            SHA256Batch.hashNodes(
                children: UnsafeBufferPointer(nodes),
                into: UnsafeMutableBufferPointer(rebasing: nodes[..<parents]))
        }
        self.removeLast(parents)
    }
}
