import CairnHash

/// RFC 9162's definitions as they stand in section 2.1, recursive and slow, sharing nothing with what they check.
struct NaiveTree {
    var leafHashes: [Digest]

    /// MTH(D[n]) over a range of leaves, section 2.1.1.
    func root(_ range: Range<Int>) -> Digest {
        if range.isEmpty { return Digest(hashing: [UInt8]()) }
        if range.count == 1 { return self.leafHashes[range.lowerBound] }
        let middle = Self.split(range)
        return Self.node(self.root(range.lowerBound..<middle), self.root(middle..<range.upperBound))
    }

    /// PATH(m, D[n]), section 2.1.3.1; `leaf` counts from the range's beginning.
    func path(_ leaf: Int, _ range: Range<Int>) -> [Digest] {
        if range.count == 1 { return [] }
        let middle = Self.split(range)
        let size = middle - range.lowerBound
        return leaf < size
            ? self.path(leaf, range.lowerBound..<middle) + [self.root(middle..<range.upperBound)]
            : self.path(leaf - size, middle..<range.upperBound) + [self.root(range.lowerBound..<middle)]
    }

    /// PROOF(m, D[n]), section 2.1.4.1.
    func proof(_ old: Int, _ new: Int) -> [Digest] {
        self.subproof(old, 0..<new, true)
    }

    private func subproof(_ old: Int, _ range: Range<Int>, _ isWhole: Bool) -> [Digest] {
        if old == range.count { return isWhole ? [] : [self.root(range)] }
        let middle = Self.split(range)
        let size = middle - range.lowerBound
        return old <= size
            ? self.subproof(old, range.lowerBound..<middle, isWhole) + [self.root(middle..<range.upperBound)]
            : self.subproof(old - size, middle..<range.upperBound, false) + [self.root(range.lowerBound..<middle)]
    }

    /// Where the largest power of two below the range's count ends.
    private static func split(_ range: Range<Int>) -> Int {
        var size = 1
        while size * 2 < range.count { size *= 2 }
        return range.lowerBound + size
    }

    private static func node(_ left: Digest, _ right: Digest) -> Digest {
        Digest(hashing: [1] + left.bytes + right.bytes)
    }
}
