public import CairnHash

/// Checks of Merkle proofs. They take what they are told by somebody else, so nothing in them traps.
public enum MerkleProof {
    /// Whether `path` leads from a leaf to the root of a tree (RFC 9162, section 2.1.3.2).
    public static func verifyInclusion(
        of leafHash: Digest, at number: RecordNumber, in size: TreeSize, path: [Digest], root: Digest
    ) -> Bool {
        guard size.contains(number) else { return false }
        var node = number.rawValue
        var last = size.rawValue - 1
        var hash = leafHash
        for sibling in path {
            guard last > 0 else { return false }
            if node & 1 == 1 || node == last {
                hash = Digest(hashingNode: sibling, hash)
                while node & 1 == 0, node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                hash = Digest(hashingNode: hash, sibling)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }

    /// Whether the tree of size `old` with `oldRoot` is the beginning of the one of size `new` with `newRoot`
    /// (RFC 9162, section 2.1.4.2). Everything is consistent with the empty tree, whose proof is empty.
    public static func verifyConsistency(
        from old: TreeSize, root oldRoot: Digest, to new: TreeSize, root newRoot: Digest, path: [Digest]
    ) -> Bool {
        guard old <= new else { return false }
        if old == 0 { return path.isEmpty && oldRoot == MerkleFrontier.emptyRoot }
        if old == new { return path.isEmpty && oldRoot == newRoot }

        var path = path[...]
        // A full old tree is itself the first node; the proof leaves it out.
        if old.rawValue.nonzeroBitCount == 1 { path = [oldRoot] + path }
        guard let first = path.popFirst() else { return false }

        var node = old.rawValue - 1
        var last = new.rawValue - 1
        while node & 1 == 1 {
            node >>= 1
            last >>= 1
        }
        var oldHash = first
        var newHash = first
        for sibling in path {
            guard last > 0 else { return false }
            if node & 1 == 1 || node == last {
                oldHash = Digest(hashingNode: sibling, oldHash)
                newHash = Digest(hashingNode: sibling, newHash)
                while node & 1 == 0, node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                newHash = Digest(hashingNode: newHash, sibling)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 && oldHash == oldRoot && newHash == newRoot
    }
}
