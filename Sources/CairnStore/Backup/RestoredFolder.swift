internal import CairnLedger

/// A data directory that is made from a backup: it holds a ledger when all of that is there, and nothing before.
public enum RestoredFolder {
    /// Begins in a directory that is empty, or made when it isn't there.
    ///
    /// What an earlier restoration left is to be removed from `partial`, and a key must not go with it. So none may be there,
    /// but for one in `partial` that was made there and that nobody can have used.
    ///
    /// - Throws: `.ledgerExists`, `.notEmpty`, `.keyExists`.
    public static func begin(on disk: any Disk) throws(StoreError) -> PartialFolder {
        guard try !LedgerStore.exists(on: disk) else { throw .ledgerExists(path: Segment.path(firstBlock: 0)) }
        return try PartialFolder(
            on: disk,
            names: [TreeFiles.folder, Journal.folder, UnusedKey.path, KeyFile.path, BlockLog.folder],
            check: { found throws(StoreError) in try Self.refuseKey(on: disk, found) })
    }

    private static func refuseKey(on disk: any Disk, _ found: [String]) throws(StoreError) {
        // Whose it is can't be told: it may have been put there by somebody.
        if found.contains(KeyFile.path) { throw .keyExists(path: KeyFile.path) }
        guard found.contains(PartialFolder.name) else { return }
        let partial = FolderDisk(disk: disk, folder: PartialFolder.name)
        let path = PartialFolder.name + "/" + KeyFile.path
        let key: PrivateKey?
        do throws(StoreError) {
            key = try KeyFile.readIfThere(on: partial, path: KeyFile.path)
        } catch {
            // What can't be read is a key nevertheless.
            throw .keyExists(path: path)
        }
        guard let key, try !UnusedKey.isThere(for: key.publicKey, on: partial) else { return }
        throw .keyExists(path: path)
    }
}
