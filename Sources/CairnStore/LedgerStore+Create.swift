internal import CairnHash
public import CairnLedger

extension LedgerStore {
    /// Founds a ledger in an empty data directory, made when it isn't there. Durable when this returns.
    ///
    /// A crash in the middle leaves no ledger, and it can be done again.
    ///
    /// - Parameter lock: the directory's, of whoever has it already.
    /// - Throws: `.ledgerExists` when there is one.
    public static func create(on disk: any Disk, genesis: Block, holding lock: (any DiskLock)? = nil) throws(StoreError)
    {
        precondition((try? ChainState(genesis: genesis)) != nil, "a ledger is founded on a valid genesis block")
        try onDisk { () throws(DiskError) in
            try disk.createFolder("")
            try disk.createFolder(BlockLog.folder)
            try disk.createFolder(TreeFiles.folder)
            try disk.syncFolder("")
        }
        let lock = if let lock { lock } else { try Self.lock(disk) }
        defer { withExtendedLifetime(lock) {} }
        guard try !Self.exists(on: disk) else { throw .ledgerExists(path: Segment.path(firstBlock: 0)) }

        var bytes = Segment.header(firstBlock: 0, chain: genesis.header.hash)
        Frame.encode(FinalBlock(block: genesis, certificate: nil), durableBlocks: 0, into: &bytes)
        try onDisk { () throws(DiskError) in
            let log = try disk.open(Segment.path(firstBlock: 0), .create)
            try log.truncate(to: 0)
            try log.write(bytes.span.bytes, at: 0)
            try log.sync()
            try disk.syncFolder(BlockLog.folder)
        }
        // The first opening makes the derived files and the seal.
    }

    /// Keeps other processes out of a data directory, made when it isn't there.
    public static func lock(_ disk: any Disk) throws(StoreError) -> any DiskLock {
        try onDisk { () throws(DiskError) in
            try disk.createFolder("")
            return try disk.lock(Self.lockPath)
        }
    }

    /// Whether a ledger was founded on the disk, be it damaged.
    public static func exists(on disk: any Disk) throws(StoreError) -> Bool {
        let segments = try Segment.openAll(on: disk, .read)
        if segments.count > 1 { return true }
        if try Seal.read(from: disk).newest != nil { return true }
        var reader = FrameReader(segments)
        switch try reader.next() {
        case .frame: return true
        case .end: return false
        case .bad: return try reader.wholeFramesBehind().count > 0
        }
    }
}
