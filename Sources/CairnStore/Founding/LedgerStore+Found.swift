public import CairnHash
public import CairnLedger

extension LedgerStore {
    /// How far ahead of the journal's end room is made in a new directory: one with a single member never needs it.
    private static let journalRoomBytes: UInt64 = 64 << 10

    /// Founds a ledger in a directory, and gives the directory's key the journal that it may vote with. Durable when this
    /// returns; a crash in the middle leaves no ledger, and it can be done again.
    ///
    /// - Parameters:
    ///   - genesis: the genesis block: a new one, or that of a ledger which others have.
    ///   - key: the directory's, which `KeyFile` or `UnusedKey` gave.
    ///   - lock: the directory's, of whoever has it already.
    ///   - isNewChain: whether the genesis block was made just now: then no key can have voted on it.
    /// - Returns: whether the key has a journal, so that it may vote once it is a member. A key that was there before, and
    ///   isn't known to be unused, follows a ledger that others have.
    /// - Throws: `.ledgerExists`, and `.journalExists` when there is one that another founding made.
    public static func found(
        on disk: any Disk, genesis: Block, key: PublicKey, isNewChain: Bool, holding lock: (any DiskLock)? = nil
    ) throws(StoreError) -> Bool {
        guard try !Self.exists(on: disk) else { throw .ledgerExists(path: Segment.path(firstBlock: 0)) }
        let chain = genesis.header.hash
        let isUnused = try UnusedKey.isThere(for: key, on: disk)
        let old = try JournalFile.list(on: disk).generations
        if isUnused {
            // No ledger was opened with this key: what is there is of a founding that didn't come to its end.
            try onDisk { () throws(DiskError) in
                for generation in old { try disk.remove(JournalFile.path(generation: generation)) }
                if !old.isEmpty { try disk.syncFolder(Journal.folder) }
            }
        } else if let newest = old.last {
            guard case .usable = try Journal.open(on: disk, chain: chain, key: key, roomBytes: Self.journalRoomBytes)
            else { throw .journalExists(path: JournalFile.path(generation: newest)) }
        }
        let mayMake = isUnused || (isNewChain && old.isEmpty)
        if mayMake {
            _ = try Journal.create(on: disk, chain: chain, key: key, roomBytes: Self.journalRoomBytes)
        }
        try Self.create(on: disk, genesis: genesis, holding: lock)
        return mayMake || !old.isEmpty
    }

    /// Gives a directory whose ledger was copied there a new key of its own, and the journal that it may vote with once it
    /// is made a member. Durable when this returns.
    ///
    /// - Throws: `.keyExists`, `.journalExists`.
    public static func equip(on disk: any Disk, chain: Digest) throws(StoreError) -> PrivateKey {
        let key = try UnusedKey.make(on: disk)
        _ = try Journal.create(on: disk, chain: chain, key: key.publicKey, roomBytes: Self.journalRoomBytes)
        return key
    }
}
