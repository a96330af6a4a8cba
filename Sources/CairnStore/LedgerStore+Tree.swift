public import CairnHash
public import CairnLedger

// The Merkle tree of the records.
extension LedgerStore {
    /// The leaf hash of a record of the ledger. One read.
    public func leafHash(of number: RecordNumber) throws(StoreError) -> Digest {
        try self.checkIsHere(number)
        return try self.tree.subtreeRoot(level: 0, index: number.rawValue)
    }

    /// The leaf hashes of consecutive records of the ledger. One read.
    public func leafHashes(from first: RecordNumber, count: Int) throws(StoreError) -> [Digest] {
        try self.checkIsHere(first)
        return try onDisk { () throws(DiskError) in
            try self.tree.hashes(level: 0, from: first.rawValue, count: count)
        }
    }

    /// The leaf hashes of consecutive records up to the end of a block, checked against the block's tree root.
    public func leafHashes(
        from first: RecordNumber, to end: TreeSize, root: Digest
    ) throws(StoreError) -> [Digest] {
        try self.checked { () throws(StoreError) in
            var frontier = try self.tree.frontier(at: TreeSize(first.rawValue))
            let hashes = try self.leafHashes(from: first, count: Int(end.rawValue - first.rawValue))
            frontier.append(contentsOf: hashes)
            return frontier.size == end && frontier.root == root ? hashes : nil
        }
    }

    /// For one proof in any tree up to the present one.
    private var nodes: TileNodes {
        TileNodes(self.tree, size: self.head.treeSize, shared: self.foldedTiles)
    }

    /// The root that the tree had at `size` leaves, checked against the newest block's.
    public func root(at size: TreeSize) throws(StoreError) -> Digest {
        let head = self.head.header
        precondition(size <= head.treeSize, "the tree was never that large")
        if size == head.treeSize { return head.treeRoot }
        if size > 0 { try self.checkIsHere(size.nextRecord) }
        return try self.checked { () throws(StoreError) in
            let nodes = self.nodes
            let root = try nodes.root(at: size)
            guard size > 0 else { return root }
            let path = try nodes.consistencyProof(from: size, to: head.treeSize)
            let holds = MerkleProof.verifyConsistency(
                from: size, root: root, to: head.treeSize, root: head.treeRoot, path: path)
            return holds ? root : nil
        }
    }

    /// The siblings from a record's leaf to the root that the tree had at `size` leaves (RFC 9162, section 2.1.3.1),
    /// with the leaf's hash.
    public func inclusionProof(
        of number: RecordNumber, in size: TreeSize
    ) throws(StoreError) -> (leafHash: Digest, path: [Digest], root: Digest) {
        try self.checkIsHere(number)
        let root = try self.root(at: size)
        return try self.checked { () throws(StoreError) in
            let nodes = self.nodes
            let path = try nodes.inclusionProof(of: number, in: size)
            let leafHash = try nodes.subtreeRoot(level: 0, index: number.rawValue)
            let holds = MerkleProof.verifyInclusion(of: leafHash, at: number, in: size, path: path, root: root)
            return holds ? (leafHash, path, root) : nil
        }
    }

    /// What shows that the ledger of size `old` is the beginning of the one of size `new`
    /// (RFC 9162, section 2.1.4.1), with both roots.
    ///
    /// - Precondition: 0 < old ≤ new ≤ the present size.
    public func consistencyProof(
        from old: TreeSize, to new: TreeSize
    ) throws(StoreError) -> (path: [Digest], oldRoot: Digest, newRoot: Digest) {
        let oldRoot = try self.root(at: old)
        let newRoot = try self.root(at: new)
        return try self.checked { () throws(StoreError) in
            let path = try self.nodes.consistencyProof(from: old, to: new)
            let holds = MerkleProof.verifyConsistency(from: old, root: oldRoot, to: new, root: newRoot, path: path)
            return holds ? (path, oldRoot, newRoot) : nil
        }
    }

    /// Takes an answer from the tree's files that was checked; when the check fails, makes the files anew once.
    package func checked<Answer>(_ answer: () throws(StoreError) -> Answer?) throws(StoreError) -> Answer {
        do throws(StoreError) {
            if let good = try answer() { return good }
        } catch {
            // A file that was cut short.
            guard case .corrupt = error else { throw error }
        }
        try self.rebuildDerived()
        self.foldedTiles.removeAll()
        if let good = try answer() { return good }
        throw .corrupt(
            Corruption(
                file: TreeFiles.folder, block: nil,
                reason: "the blocks don't yield the newest block's tree root; `cairn verify` names the first bad one"))
    }
}
