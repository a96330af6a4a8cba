public import CairnHash

/// Access to the full subtrees of a Merkle tree, kept in memory or in files.
public protocol MerkleNodes {
    associatedtype Failure: Error

    /// The root over leaves `index * 2^level ..< (index + 1) * 2^level`, all of which are in the tree.
    func subtreeRoot(level: Int, index: UInt64) throws(Failure) -> Digest
}

extension MerkleNodes {
    /// The root that the tree had at `size` leaves.
    public func root(at size: TreeSize) throws(Failure) -> Digest {
        guard size > 0 else { return MerkleFrontier.emptyRoot }
        return try self.root(over: 0..<size.rawValue)
    }

    /// The right edge that the tree had at `size` leaves.
    public func frontier(at size: TreeSize) throws(Failure) -> MerkleFrontier {
        let roots = try self.fullSubtreeRoots(of: 0..<size.rawValue)
        guard let frontier = MerkleFrontier(size: size, subtreeRoots: roots) else {
            preconditionFailure("\(size) leaves split into \(size.rawValue.nonzeroBitCount) full subtrees")
        }
        return frontier
    }

    /// PATH(m, D_n) of RFC 9162, section 2.1.3.1: the siblings on the way from a leaf to the root, leaf's end first.
    ///
    /// - Precondition: the record is in a tree of that size.
    public func inclusionProof(of number: RecordNumber, in size: TreeSize) throws(Failure) -> [Digest] {
        precondition(size.contains(number), "record \(number) is not in a tree of size \(size)")
        var siblings: [Range<UInt64>] = []
        var range = 0..<size.rawValue
        while range.count > 1 {
            let middle = Self.split(range)
            if number.rawValue < middle {
                siblings.append(middle..<range.upperBound)
                range = range.lowerBound..<middle
            } else {
                siblings.append(range.lowerBound..<middle)
                range = middle..<range.upperBound
            }
        }
        return try self.roots(over: siblings.reversed())
    }

    /// PROOF(m, D_n) of RFC 9162, section 2.1.4.1: what shows that the tree of size `old` is the beginning of the one
    /// of size `new`. Empty when both are the same.
    ///
    /// - Precondition: 0 < old ≤ new.
    public func consistencyProof(from old: TreeSize, to new: TreeSize) throws(Failure) -> [Digest] {
        precondition(old > 0 && old <= new, "no consistency proof leads from size \(old) to \(new)")
        var parts: [Range<UInt64>] = []
        var range = 0..<new.rawValue
        var wholeOldTree = true
        while range.upperBound != old.rawValue {
            let middle = Self.split(range)
            if old.rawValue <= middle {
                parts.append(middle..<range.upperBound)
                range = range.lowerBound..<middle
            } else {
                parts.append(range.lowerBound..<middle)
                range = middle..<range.upperBound
                wholeOldTree = false
            }
        }
        if !wholeOldTree { parts.append(range) }
        return try self.roots(over: parts.reversed())
    }

    // MARK: Subtrees

    /// Where RFC 9162 splits a range of more than one leaf: the left part is the largest power of two below its count.
    private static func split(_ range: Range<UInt64>) -> UInt64 {
        let count = range.upperBound - range.lowerBound
        return range.lowerBound + 1 << UInt64(63 - (count - 1).leadingZeroBitCount)
    }

    private func roots(over ranges: some Sequence<Range<UInt64>>) throws(Failure) -> [Digest] {
        var roots: [Digest] = []
        for range in ranges { roots.append(try self.root(over: range)) }
        return roots
    }

    /// The root over a range that RFC 9162's splitting yields: it begins at a multiple of its largest full subtree.
    private func root(over range: Range<UInt64>) throws(Failure) -> Digest {
        var roots = try self.fullSubtreeRoots(of: range)
        var root = roots.removeLast()
        while let left = roots.popLast() { root = Digest(hashingNode: left, root) }
        return root
    }

    private func fullSubtreeRoots(of range: Range<UInt64>) throws(Failure) -> [Digest] {
        var roots: [Digest] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let level = 63 - (range.upperBound - start).leadingZeroBitCount
            roots.append(try self.subtreeRoot(level: level, index: start >> UInt64(level)))
            start += 1 << UInt64(level)
        }
        return roots
    }
}
