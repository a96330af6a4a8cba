internal import CairnLedger

/// A data directory that is made from a backup: it holds a ledger when all of that is there, and nothing before.
public enum RestoredFolder {
    /// Begins in a directory that is empty, or made when it isn't there.
    ///
    /// - Throws: `.ledgerExists`, `.notEmpty`.
    public static func begin(on disk: any Disk) throws(StoreError) -> PartialFolder {
        guard try !LedgerStore.exists(on: disk) else { throw .ledgerExists(path: Segment.path(firstBlock: 0)) }
        return try PartialFolder(
            on: disk,
            names: [TreeFiles.folder, Journal.folder, UnusedKey.path, KeyFile.path, BlockLog.folder])
    }
}
