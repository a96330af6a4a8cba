import CairnHash
import CairnLedger
import Testing

struct MerkleTreeTests {
    private static let leafHashes = (0..<300).map { Samples.digest(UInt64($0)) }
    private static let naive = NaiveTree(leafHashes: leafHashes)

    @Test func everySizeHasTheRootOfTheDefinition() throws {
        var tree = MerkleTree()
        var frontier = MerkleFrontier()
        let whole = MerkleTree(Self.leafHashes)
        for size in 0...300 {
            let expected = Self.naive.root(0..<size)
            #expect(tree.size == TreeSize(size))
            #expect(tree.root(at: TreeSize(size)) == expected)
            #expect(whole.root(at: TreeSize(size)) == expected)
            #expect(frontier.root == expected)
            #expect(frontier.size == TreeSize(size))
            #expect(frontier.subtreeRoots.count == size.nonzeroBitCount)
            #expect(whole.frontier(at: TreeSize(size)) == frontier)
            #expect(MerkleFrontier(size: TreeSize(size), subtreeRoots: frontier.subtreeRoots) == frontier)
            if size < 300 {
                tree.append(Self.leafHashes[size])
                frontier.append(Self.leafHashes[size])
            }
        }
    }

    @Test func aFrontierGoesOnFromAnywhere() throws {
        let whole = MerkleTree(Self.leafHashes)
        for size in stride(from: 0, through: 300, by: 7) {
            var frontier = whole.frontier(at: TreeSize(size))
            frontier.append(contentsOf: Self.leafHashes[size...])
            #expect(frontier.root == whole.root(at: 300))
        }
    }

    @Test func aFrontierNeedsARootForEachFullSubtree() {
        let roots = Array(Self.leafHashes.prefix(3))
        #expect(MerkleFrontier(size: 7, subtreeRoots: roots) != nil)
        #expect(MerkleFrontier(size: 8, subtreeRoots: roots) == nil)
        #expect(MerkleFrontier(size: 0, subtreeRoots: roots) == nil)
        #expect(MerkleFrontier(size: 1, subtreeRoots: []) == nil)
        #expect(MerkleFrontier(size: TreeSize(rawValue: .max), subtreeRoots: roots) == nil)
    }

    @Test func aFrontierOfAnySizeGrows() throws {
        // 2^63 - 1 leaves: the next one merges all 63 subtrees.
        let roots = (0..<63).map { Samples.digest(UInt64($0)) }
        var frontier = try #require(MerkleFrontier(size: TreeSize(rawValue: UInt64.max >> 1), subtreeRoots: roots))
        frontier.append(Samples.digest(99))
        #expect(frontier.size.rawValue == 1 << 63)
        #expect(frontier.subtreeRoots.count == 1)
    }

    @Test func everyProofIsTheOneOfTheDefinition() throws {
        let tree = MerkleTree(Self.leafHashes)
        for size in 1...64 {
            for leaf in 0..<size {
                #expect(
                    tree.inclusionProof(of: RecordNumber(leaf), in: TreeSize(size)) == Self.naive.path(leaf, 0..<size),
                    "leaf \(leaf) of \(size)")
            }
            for old in 1...size {
                #expect(
                    tree.consistencyProof(from: TreeSize(old), to: TreeSize(size)) == Self.naive.proof(old, size),
                    "from \(old) to \(size)")
            }
        }
    }
}
