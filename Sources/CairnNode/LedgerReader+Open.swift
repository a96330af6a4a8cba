public import CairnHash
public import CairnLedger
public import CairnStore

/// A directory that is only looked at.
public struct OpenedDirectory: Sendable {
    public let reader: LedgerReader
    public let settings: GenesisSettings
    /// The chain's identity.
    public let chain: Digest
    /// The directory's public key; nil when it has none, or one that can't be read.
    public let key: PublicKey?

    /// The newest block.
    public var head: LedgerHead { self.reader.store.head }
}

extension LedgerReader {
    /// Opens the ledger of a directory, or of a copy of one, without changing anything in it: neither a key nor the files
    /// that are derived from the blocks have to be there, and it may lie on a disk that can't be written.
    ///
    /// Blocking: what is derived and isn't there is made in memory, which takes as long as a verification.
    ///
    /// - Throws: `.locked` while a node writes the directory.
    public static func open(dataDirectory: String) throws(NodeError) -> OpenedDirectory {
        do throws(StoreError) {
            return try Self.open(on: RealDisk(root: dataDirectory))
        } catch {
            throw .store(error)
        }
    }

    package static func open(on disk: any Disk) throws(StoreError) -> OpenedDirectory {
        let reading = ReadingDisk(disk)
        let whole = try LedgerStore.open(on: reading)
        let key = try? KeyFile.readIfThere(on: disk, path: KeyFile.path)?.publicKey
        let (settings, chain) = (whole.chain.genesisSettings, whole.chain.chain)
        var store = whole.store
        if try LedgerAhead.exists(on: reading) {
            store = try LedgerAhead.open(on: reading, genesis: try store.block(0).block).store
        }
        let (first, record) = (store.firstBlock, store.firstRecord)
        let progress = SnapshotProgress(
            firstBlock: first, firstRecord: record, historyHead: whole.store.head.index,
            historySize: whole.store.head.treeSize)
        return OpenedDirectory(
            reader: LedgerReader(store: store, damaged: { _ in }, snapshotProgress: { progress }), settings: settings,
            chain: chain, key: key)
    }
}
