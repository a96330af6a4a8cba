internal import CairnHash
public import CairnLedger

/// The part of a ledger that is ahead of its history: a node that begins with a snapshot keeps here what comes behind it, in
/// the folder `ahead` of its data directory, while the ordinary ledger of the directory is filled from its beginning. When the
/// two meet, the blocks from here go there, and the folder goes.
///
/// | file | what |
/// |---|---|
/// | `ahead/base` | where it begins: `ChainBase`. Written last when it is made, removed first when it goes |
/// | `ahead/blocks`, `ahead/tree`, `ahead/lock` | as in a data directory, without what is before the base |
public enum LedgerAhead {
    public static let folder = "ahead"

    package static func disk(_ disk: any Disk) -> FolderDisk { FolderDisk(disk: disk, folder: Self.folder) }

    /// Whether the ledger on a disk began with a snapshot whose history has not come yet.
    public static func exists(on disk: any Disk) throws(StoreError) -> Bool {
        try onDisk { () throws(DiskError) in try disk.list(Self.folder) }.contains(StoredBase.path)
    }

    /// Begins a ledger ahead of its history, in a data directory that has no such part yet. Durable when this returns; a
    /// crash before leaves none.
    ///
    /// - Parameter first: the first block, which passed all checks behind the base, with its certificate.
    public static func create(_ base: ChainBase, first: FinalBlock, on disk: any Disk) throws(StoreError) {
        precondition(first.block.index == base.firstBlock && first.certificate != nil, "the base leads to the block")
        try Self.remove(from: disk)
        let ahead = Self.disk(disk)
        var bytes = Segment.header(firstBlock: base.firstBlock, chain: base.history.genesis.header.hash)
        Frame.encode(first, durableBlocks: base.firstBlock.rawValue, into: &bytes)
        try onDisk { () throws(DiskError) in
            for folder in ["", BlockLog.folder, TreeFiles.folder] { try ahead.createFolder(folder) }
            try disk.syncFolder("")
            let log = try ahead.open(Segment.path(firstBlock: base.firstBlock), .create)
            try log.truncate(to: 0)
            try log.write(bytes.span.bytes, at: 0)
            try log.sync()
            try ahead.syncFolder(BlockLog.folder)
            try ahead.syncFolder("")
        }
        try StoredBase.write(base, on: ahead)
    }

    /// Opens it.
    ///
    /// Every block is checked: there are only those that have come since the ledger was joined.
    public static func open(
        on disk: any Disk, genesis: Block, using verifier: any SignatureVerifier = Ed25519Verifier()
    ) throws(StoreError) -> OpenedLedger {
        try Self.open(on: disk, genesis: genesis, segmentBytesMax: Segment.byteCountMax, using: verifier)
    }

    package static func open(
        on disk: any Disk, genesis: Block, segmentBytesMax: UInt64, using verifier: any SignatureVerifier
    ) throws(StoreError) -> OpenedLedger {
        do throws(StoreError) {
            return try Self.openFiles(
                on: disk, genesis: genesis, segmentBytesMax: segmentBytesMax, using: verifier)
        } catch {
            guard case .corrupt(var corruption) = error else { throw error }
            // What was acknowledged from here the members have.
            corruption.file = Self.folder + "/" + corruption.file
            corruption.reason +=
                "; remove the folder \(Self.folder) and start again: other nodes have all that is in it"
            throw .corrupt(corruption)
        }
    }

    private static func openFiles(
        on disk: any Disk, genesis: Block, segmentBytesMax: UInt64, using verifier: any SignatureVerifier
    ) throws(StoreError) -> OpenedLedger {
        let ahead = Self.disk(disk)
        let lock = try onDisk { () throws(DiskError) in try ahead.lock(LedgerStore.lockPath) }
        let (base, chain) = try StoredBase.read(on: ahead, genesis: genesis, using: verifier)
        var repairs: [String] = []
        while true {
            var recovery = try Recovery(disk: ahead, base: base, chain: chain, genesis: genesis, verifier: verifier)
            let isWhole = try recovery.run()
            repairs += recovery.repairs.filter { !repairs.contains($0) }
            if isWhole { return try recovery.finish(lock: lock, segmentBytesMax: segmentBytesMax, repairs: repairs) }
        }
    }

    /// Removes what there is of it. A crash leaves nothing that would be opened.
    public static func remove(from disk: any Disk) throws(StoreError) {
        let ahead = Self.disk(disk)
        try onDisk { () throws(DiskError) in
            let names = try ahead.list("")
            guard !names.isEmpty else { return try ahead.removeFolder("") }
            if names.contains(StoredBase.path) {
                try ahead.remove(StoredBase.path)
                try ahead.syncFolder("")
            }
            for folder in [BlockLog.folder, TreeFiles.folder] {
                for name in try ahead.list(folder) { try ahead.remove(folder + "/" + name) }
                try ahead.removeFolder(folder)
            }
            for name in [StoredBase.newPath, LedgerStore.lockPath] where names.contains(name) { try ahead.remove(name) }
            try ahead.removeFolder("")
            try disk.syncFolder("")
        }
    }
}
