public import CairnHash
public import CairnLedger

/// Where a ledger begins whose history isn't there, as far as reading it needs that: the rest of a `ChainBase` is large, and
/// stays in the file.
package struct StoredBase: Sendable {
    /// In the folder of the ledger that begins there.
    package static let path = "base"
    package static let newPath = "base.new"
    /// A window of the default size takes 28 MiB of it.
    private static let byteCountMax: UInt64 = 2 << 30

    /// The first block that is there.
    package let firstBlock: BlockIndex
    /// Ends of the epochs before the first block's.
    package let ends: [EpochEnd]
    /// Of the tree before the first block.
    package let edge: TreeEdge

    package init(_ base: ChainBase) {
        self.firstBlock = base.firstBlock
        self.ends = base.history.ends
        self.edge = base.edge
    }

    /// Nil when it isn't before the first block's.
    package func end(of epoch: Epoch) -> EpochEnd? {
        epoch < Epoch(self.ends.count) ? self.ends[Int(epoch.rawValue)] : nil
    }

    /// Puts the hashes of the edge into their places.
    func writeEdge(to tree: TreeFiles) throws(DiskError) {
        for (level, hashes) in self.edge.hashes.enumerated() {
            let first = self.edge.firstIndex(level: level)
            guard try tree.hashes(level: level, from: first, count: hashes.count) != hashes else { continue }
            try tree.write(hashes, level: level, from: first)
        }
    }

    /// Reads the base and checks it, with the state of the chain behind it.
    ///
    /// - Parameter genesis: the genesis block of the ledger that it has to belong to.
    package static func read(
        on disk: any Disk, genesis: Block, using verifier: some SignatureVerifier
    ) throws(StoreError) -> (base: StoredBase, chain: ChainState) {
        let file = try onDisk { () throws(DiskError) in try disk.open(Self.path, .read) }
        let size = try onDisk { () throws(DiskError) in try file.size() }
        let start = try onDisk { () throws(DiskError) in try file.bytes(at: 0, count: ChainBase.magicBytes.count) }
        // Before all of it is read: a file without content may claim any size.
        guard size <= Self.byteCountMax, start == ChainBase.magicBytes else {
            throw .corrupt(Corruption(file: Self.path, block: nil, reason: "the file is none, of \(size) bytes"))
        }
        let bytes = try onDisk { () throws(DiskError) in try file.bytes(at: 0, count: Int(size)) }
        do throws(ChainBaseError) {
            let base = try ChainBase(decoding: bytes.span.bytes)
            return (StoredBase(base), try base.state(chain: genesis.header.hash, using: verifier))
        } catch {
            throw .corrupt(
                Corruption(
                    file: Self.path, block: nil,
                    reason: "\(error)"))
        }
    }

    /// Puts a base there at once or not at all, durably.
    package static func write(_ base: ChainBase, on disk: any Disk) throws(StoreError) {
        let bytes = base.encoded()
        try onDisk { () throws(DiskError) in
            let file = try disk.open(Self.newPath, .create)
            try file.truncate(to: 0)
            try file.write(bytes.span.bytes, at: 0)
            try file.sync()
            try disk.rename(Self.newPath, to: Self.path)
            try disk.syncFolder("")
        }
    }
}

extension LedgerStore {
    /// Whether all blocks are there, from the genesis block on.
    public var isWhole: Bool { self.base == nil }

    /// The first block that is there, but for the genesis block, which always is.
    public var firstBlock: BlockIndex { self.base?.firstBlock ?? 0 }

    /// The first record that is there.
    public var firstRecord: RecordNumber { self.base?.edge.size.nextRecord ?? 0 }

    /// The right edge of the tree that the ledger had at some size, with which another one can go on.
    ///
    /// - Parameter root: the tree's root at that size.
    public func treeEdge(at size: TreeSize, root: Digest) throws(StoreError) -> TreeEdge {
        if size > 0 { try self.checkIsHere(size.nextRecord) }
        return try self.checked { () throws(StoreError) in
            var hashes: [Digest] = []
            for level in 0..<TreeFiles.levelCount {
                let count = TreeEdge.hashCount(level: level, size: size)
                let first = TreeFiles.hashCount(level: level, treeSize: size) - UInt64(count)
                hashes += try onDisk { () throws(DiskError) in
                    try self.tree.hashes(level: level, from: first, count: count)
                }
            }
            guard let edge = TreeEdge(size: size, hashes: hashes), edge.frontier.root == root else { return nil }
            return edge
        }
    }

    func checkIsHere(_ index: BlockIndex) throws(StoreError) {
        if let base, index < base.firstBlock { throw .notHereYet(before: base.firstBlock) }
    }

    func checkIsHere(_ number: RecordNumber) throws(StoreError) {
        if let base, number < base.edge.size.nextRecord { throw .notHereYet(before: base.firstBlock) }
    }
}
