import CairnHash
import CairnLedger
import Testing

struct MerkleProofTests {
    private static let sizeMax = 40
    private static let leafHashes = (0..<sizeMax).map { Samples.digest(UInt64($0)) }
    private static let tree = MerkleTree(leafHashes)
    private static let roots = (0...sizeMax).map { tree.root(at: TreeSize($0)) }
    private static let other = Samples.digest(1_000_000)

    private func verify(_ leaf: Int, in size: Int, _ path: [Digest], hash: Digest? = nil, root: Digest? = nil) -> Bool {
        MerkleProof.verifyInclusion(
            of: hash ?? Self.leafHashes[leaf], at: RecordNumber(leaf), in: TreeSize(size), path: path,
            root: root ?? Self.roots[size])
    }

    private func verify(from old: Int, to new: Int, _ path: [Digest], oldRoot: Digest? = nil, root: Digest? = nil)
        -> Bool
    {
        MerkleProof.verifyConsistency(
            from: TreeSize(old), root: oldRoot ?? Self.roots[old], to: TreeSize(new), root: root ?? Self.roots[new],
            path: path)
    }

    /// A path with one thing wrong, in every way.
    private func mutations(of path: [Digest]) -> [[Digest]] {
        var mutations = [path + [Self.other], [Self.other] + path, path + path.suffix(1), path.prefix(1) + path]
        mutations.removeAll { $0 == path }
        for place in path.indices {
            var changed = path
            changed[place] = Self.other
            mutations.append(changed)
            changed = path
            changed.remove(at: place)
            mutations.append(changed)
            if place > 0 {
                changed = path
                changed.swapAt(place, place - 1)
                mutations.append(changed)
            }
        }
        return mutations
    }

    @Test func everyInclusionProofHoldsForNothingElse() {
        for size in 1...Self.sizeMax {
            for leaf in 0..<size {
                let path = Self.tree.inclusionProof(of: RecordNumber(leaf), in: TreeSize(size))
                #expect(self.verify(leaf, in: size, path))
                #expect(!self.verify(leaf, in: size, path, hash: Self.other))
                #expect(!self.verify(leaf, in: size, path, root: Self.other))
                for mutation in self.mutations(of: path) {
                    #expect(!self.verify(leaf, in: size, mutation), "leaf \(leaf) of \(size)")
                }
                for wrong in 0..<size where wrong != leaf {
                    #expect(!self.verify(wrong, in: size, path, hash: Self.leafHashes[leaf]))
                }
                for wrong in 0...Self.sizeMax where wrong != size {
                    #expect(!self.verify(leaf, in: wrong, path), "leaf \(leaf) of \(size), said to be of \(wrong)")
                }
            }
        }
    }

    @Test func everyConsistencyProofHoldsForNothingElse() {
        for new in 1...Self.sizeMax {
            for old in 1...new {
                let path = Self.tree.consistencyProof(from: TreeSize(old), to: TreeSize(new))
                #expect(self.verify(from: old, to: new, path))
                #expect(!self.verify(from: old, to: new, path, oldRoot: Self.other))
                #expect(!self.verify(from: old, to: new, path, root: Self.other))
                for mutation in self.mutations(of: path) {
                    #expect(!self.verify(from: old, to: new, mutation), "from \(old) to \(new)")
                }
                for wrong in 1...Self.sizeMax where wrong != old {
                    #expect(!self.verify(from: wrong, to: new, path), "from \(old), said \(wrong), to \(new)")
                }
            }
        }
    }

    /// A path goes no higher than its tree, even when the hashes above fit.
    @Test func pathsThatAreTooLong() {
        for size in 1...Self.sizeMax {
            let above = Digest(hashingNode: Self.other, Self.roots[size])
            let beside = Digest(hashingNode: Self.roots[size], Self.other)
            for leaf in 0..<size {
                let path = Self.tree.inclusionProof(of: RecordNumber(leaf), in: TreeSize(size)) + [Self.other]
                #expect(!self.verify(leaf, in: size, path, root: above))
                #expect(!self.verify(leaf, in: size, path, root: beside))
            }
            for old in 1...size {
                let path = Self.tree.consistencyProof(from: TreeSize(old), to: TreeSize(size)) + [Self.other]
                let oldAbove = Digest(hashingNode: Self.other, Self.roots[old])
                for oldRoot in [oldAbove, Self.roots[old]] {
                    #expect(!self.verify(from: old, to: size, path, oldRoot: oldRoot, root: above))
                    #expect(!self.verify(from: old, to: size, path, oldRoot: oldRoot, root: beside))
                }
            }
        }
    }

    @Test func theEmptyTreeIsTheBeginningOfAll() {
        #expect(self.verify(from: 0, to: 0, []))
        #expect(self.verify(from: 0, to: 7, []))
        #expect(!self.verify(from: 0, to: 7, [Self.other]))
        #expect(!self.verify(from: 0, to: 7, [], oldRoot: Self.other))
    }

    @Test func treesDontShrink() {
        #expect(!self.verify(from: 7, to: 6, []))
        #expect(!self.verify(from: 7, to: 0, []))
    }

    /// What a liar may send must not trap.
    @Test func hostileSizesAndPaths() {
        let sizes: [UInt64] = [0, 1, 2, 3, 1 << 32, 1 << 63, (1 << 63) + 1, .max - 1, .max]
        let paths = [0, 1, 2, 62, 63, 64, 65, 128, 1_000].map { Array(repeating: Self.other, count: $0) }
        for size in sizes {
            for number in sizes {
                for path in paths {
                    let inclusion = MerkleProof.verifyInclusion(
                        of: Self.other, at: RecordNumber(rawValue: number), in: TreeSize(rawValue: size), path: path,
                        root: Self.other)
                    // A tree of one leaf has that leaf as its root.
                    #expect(inclusion == (size == 1 && number == 0 && path.isEmpty))
                    let consistency = MerkleProof.verifyConsistency(
                        from: TreeSize(rawValue: number), root: Self.other, to: TreeSize(rawValue: size),
                        root: Self.other, path: path)
                    #expect(consistency == (number == size && size > 0 && path.isEmpty))
                }
            }
        }
    }
}
