public import CairnLedger

/// A folder with a backup of a ledger, without keys and journal.
///
/// | path | what |
/// |---|---|
/// | `backup.json` | how far it reaches: `BackupNote`. Without it there is no backup |
/// | `blocks/…`, `tree/…` | the ledger, as in a data directory, at least as far |
/// | `partial/` | a first backup that has not come to its end: the same, and it is gone on with |
///
/// A later backup writes behind the blocks that are there, and the note in the end.
public struct BackupFolder {
    private let disk: any Disk
    /// Of a first backup.
    private var partial: PartialFolder?

    public init(on disk: any Disk) {
        self.disk = disk
    }

    /// How far the backup reaches; nil when there is none.
    public func note() throws(StoreError) -> BackupNote? { try BackupNote.read(on: self.disk) }

    /// Whether there is a first backup that has not come to its end.
    public func isUnfinished() throws(StoreError) -> Bool {
        guard try self.note() == nil else { return false }
        return try PartialFolder.isThere(on: self.disk)
    }

    /// Begins a backup, or goes on behind what is there.
    ///
    /// - Parameter genesis: of the ledger that is backed up; valid.
    public mutating func open(genesis: Block) throws(StoreError) -> LedgerCopy {
        guard try self.note() != nil else {
            // Takes the lock, and then looks at what is there.
            let partial = try PartialFolder(
                on: self.disk, names: [TreeFiles.folder, BlockLog.folder, BackupNote.path])
            self.partial = partial
            return try LedgerCopy.open(on: partial.inside, genesis: genesis)
        }
        // Its lock is the folder's: only from here on nobody else changes what is there.
        let copy = try LedgerCopy.open(on: self.disk, genesis: genesis)
        guard let note = try self.note() else {
            throw .corrupt(Corruption(file: BackupNote.path, block: nil, reason: "it was there, and is gone"))
        }
        if try PartialFolder.isThere(on: self.disk) { try PartialFolder.clear(on: self.disk) }
        guard copy.store.head.blocks >= note.blocks else {
            throw .corrupt(
                Corruption(
                    file: BlockLog.folder, block: BlockIndex(rawValue: copy.store.head.blocks),
                    reason: "it is missing: the backup had \(note.blocks) blocks"))
        }
        return copy
    }

    /// Says how far the backup reaches now: from here on it counts.
    public func finish(_ note: BackupNote) throws(StoreError) {
        let place = self.partial?.inside ?? self.disk
        // Of the one who wrote; whoever writes next makes another.
        do throws(DiskError) {
            try place.remove(LedgerStore.lockPath)
        } catch {
            guard case .notFound = error.reason else { throw StoreError(error) }
        }
        try note.write(on: place)
        guard let partial else { return }
        try partial.finish()
        do throws(DiskError) {
            try self.disk.remove(LedgerStore.lockPath)
        } catch {
            guard case .notFound = error.reason else { throw StoreError(error) }
        }
    }
}
