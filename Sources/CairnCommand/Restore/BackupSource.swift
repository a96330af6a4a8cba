import CairnHash
import CairnLedger
import CairnStore

/// A backup that is to be restored, or a copy of a data directory's blocks.
struct BackupSource {
    let folder: String
    /// Nil of a copy that was made by hand: then all of its final blocks count.
    let note: BackupNote?
    var log: LogSource
    let settings: GenesisSettings

    /// - Parameter chain: what the ledger has to be; nil: any.
    init(folder: String, chain: Digest?) throws(CommandFailure) {
        let (note, isUnfinished) = try Self.note(in: folder)
        guard !isUnfinished else {
            throw .failed(
                "the backup in \(folder) has not come to its end: run 'cairn backup' again, which goes on where it was")
        }
        self.folder = folder
        self.note = note
        self.log = try LogSource(directory: folder)
        if let chain, chain != self.log.chain {
            throw .failed("\(folder) has the ledger \(self.log.chain), not \(chain)")
        }
        guard let state = try? ChainState(genesis: self.log.genesis) else {
            preconditionFailure("the log begins with a valid genesis block")
        }
        self.settings = state.genesisSettings
        if let note, note.chain != self.log.chain {
            throw .failed(
                "\(folder): its blocks are of the ledger \(self.log.chain), but backup.json names \(note.chain)")
        }
    }

    private static func note(in folder: String) throws(CommandFailure) -> (BackupNote?, isUnfinished: Bool) {
        let backup = BackupFolder(on: RealDisk(root: folder))
        do throws(StoreError) {
            return (try backup.note(), try backup.isUnfinished())
        } catch {
            throw CommandFailure(backup: folder, error)
        }
    }

    /// What others are asked about.
    func ledger(_ extent: RestoreDecision.Extent) -> NewestQuestion.Ledger {
        NewestQuestion.Ledger(name: self.settings.name, chain: self.log.chain, extent: extent, folder: self.folder)
    }

    /// - Throws: when the blocks don't end as the backup says.
    func check(_ head: LedgerHead) throws(CommandFailure) {
        guard let note else { return }
        guard head.index.rawValue + 1 == note.blocks, head.hash == note.head, head.treeSize == note.size,
            head.header.treeRoot == note.root
        else {
            throw .failed(
                "\(self.folder) is damaged: backup.json says that it has \(note.blocks) blocks up to \(note.head), and its blocks "
                    + "end with block \(head.index), \(head.hash)")
        }
    }
}

extension RestoreDecision.Extent {
    init(_ note: BackupNote) {
        self.init(blocks: note.blocks, size: note.size, root: note.root)
    }

    init(_ head: LedgerHead) {
        self.init(blocks: head.index.rawValue + 1, size: head.treeSize, root: head.header.treeRoot)
    }
}
