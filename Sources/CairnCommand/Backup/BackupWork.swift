import CairnHash
import CairnLedger
import CairnStore

/// The work of `cairn backup`: takes blocks from a directory or a node, behind those that the folder has.
struct BackupWork {
    /// What became of it.
    struct Done {
        var note: BackupNote
        var folder: String
        var newBlocks: UInt64

        var json: JSONValue {
            .object([
                "output": .string(self.folder), "name": .string(self.note.name), "chain": .hash(self.note.chain),
                "head": .object([
                    "index": .integer(self.note.blocks - 1), "hash": .hash(self.note.head),
                    "timestamp": .string(self.note.timestamp), "tree_size": .integer(self.note.size),
                    "tree_root": .hash(self.note.root),
                ]),
                "new_blocks": .integer(self.newBlocks),
            ])
        }

        var text: String {
            """
            Backed up \(self.note.name.withoutControlCharacters) into \(self.folder): \
            \(Readable.count(self.newBlocks, "new block"))
            Chain   \(self.note.chain)
            Head    block \(self.note.blocks - 1) \(self.note.head)
            Date    \(self.note.timestamp)
            Records \(Readable.count(self.note.size.rawValue))
            Root    \(self.note.root)
            """
        }
    }

    let folder: String
    /// What the ledger has to be.
    let chain: Digest?
    private var backup: BackupFolder
    private let meter = ProgressMeter(ProgressBar(label: "backup", unit: "blocks"))

    init(folder: String, chain: Digest?) {
        self.folder = folder
        self.chain = chain
        self.backup = BackupFolder(on: RealDisk(root: folder))
    }

    // MARK: From a directory

    mutating func run(from directory: String) throws(CommandFailure) -> Done {
        defer { self.meter.clear() }
        var source = try LogSource(directory: directory)
        var copy = try self.open(genesis: source.genesis, from: directory)
        let before = copy.last
        guard try source.seek(to: before.index, in: directory), let same = try source.next(in: directory) else {
            throw self.isBehind(directory, before)
        }
        try self.check(same, is: before, from: directory)
        let total = try source.bytesLeft(in: directory)
        while let final = try source.next(in: directory) {
            let file = source.file
            do throws(LedgerCopyError) {
                try copy.take(final)
            } catch {
                throw CommandFailure(copying: directory, file: file, into: self.folder, error)
            }
            self.count(final, total: total)
        }
        let blocks = copy.last.index.rawValue + 1
        do throws(StoreError) {
            try source.makeDurable(blocks: blocks)
        } catch {
            throw .failed("\(directory): \(error)")
        }
        return try self.finish(&copy, since: before)
    }

    // MARK: From a node

    mutating func run(from node: NodeBlocks) async throws(CommandFailure) -> Done {
        defer { self.meter.clear() }
        let head = try await node.head()
        let genesis = try await node.block(0).block
        guard (try? ChainState(genesis: genesis)) != nil else {
            throw .failed("what \(node.source) gave for block 0 is no genesis block")
        }
        var copy = try self.open(genesis: genesis, from: node.source)
        let before = copy.last
        guard head >= before.index else { throw self.isBehind(node.source, before) }
        try self.check(try await node.block(before.index), is: before, from: node.source)
        if head > before.index {
            let total = head.rawValue - before.index.rawValue
            try await node.forEach(before.index.next()...head) { final throws(CommandFailure) in
                do throws(LedgerCopyError) {
                    try copy.take(final)
                } catch {
                    throw CommandFailure(copying: node.source, file: nil, into: self.folder, error)
                }
                self.count(final, totalBlocks: total)
            }
        }
        return try self.finish(&copy, since: before)
    }

    // MARK: The folder

    private mutating func open(genesis: Block, from source: String) throws(CommandFailure) -> LedgerCopy {
        let found = genesis.header.hash
        if let chain, chain != found { throw .failed("\(source) has the ledger \(found), not \(chain)") }
        try Folders.refuseLink(self.folder + "/" + PartialFolder.name)
        let note: BackupNote?
        do throws(StoreError) {
            note = try self.backup.note()
        } catch {
            throw CommandFailure(backup: self.folder, error)
        }
        if let note, note.chain != found {
            throw .failed("\(self.folder) has the backup of another ledger, \(note.chain); \(source) has \(found)")
        }
        do throws(StoreError) {
            return try self.backup.open(genesis: genesis)
        } catch {
            guard note == nil, case .corrupt = error else { throw CommandFailure(backup: self.folder, error) }
        }
        try self.refuseAnother(than: found, from: source)
        // What was begun of this ledger and can't be gone on with is no backup that anybody would miss. The lock is held until
        // it is gone.
        try Folders.empty(self.folder + "/" + PartialFolder.name)
        self.backup = BackupFolder(on: RealDisk(root: self.folder))
        do throws(StoreError) {
            return try self.backup.open(genesis: genesis)
        } catch {
            throw CommandFailure(backup: self.folder, error)
        }
    }

    /// - Throws: when what was begun in the folder is a backup of another ledger.
    private func refuseAnother(than chain: Digest, from source: String) throws(CommandFailure) {
        let partial = self.folder + "/" + PartialFolder.name
        guard let other = try? LogSource(on: RealDisk(root: partial)).chain, other != chain else { return }
        throw .failed(
            "\(self.folder) has the unfinished backup of another ledger, \(other); \(source) has \(chain). Nothing was changed: "
                + "name another folder with --output, or remove \(partial) if nobody goes on with that backup")
    }

    private func check(_ final: FinalBlock, is before: LedgerHead, from source: String) throws(CommandFailure) {
        let found = final.block.header.hash
        guard found != before.hash else { return }
        throw .failed(
            "\(source) has another history than the backup in \(self.folder): its block \(before.index) is \(found), there it "
                + "is \(before.hash). Nothing was changed; keep both, and find out why")
    }

    private func isBehind(_ source: String, _ before: LedgerHead) -> CommandFailure {
        .failed(
            "\(source) ends before the backup in \(self.folder), which has \(before.index.rawValue + 1) blocks: it is an older "
                + "copy, or has to catch up. Nothing was changed")
    }

    private func count(_ final: FinalBlock, total: UInt64? = nil, totalBlocks: UInt64? = nil) {
        self.meter.update { bar in
            bar.done += 1
            bar.bytes += UInt64(final.block.encodedByteCount + (final.certificate?.encodedByteCount ?? 0))
            bar.bytesTotal = total
            bar.total = totalBlocks
        }
    }

    private func finish(_ copy: inout LedgerCopy, since before: LedgerHead) throws(CommandFailure) -> Done {
        let head: LedgerHead
        do throws(LedgerCopyError) {
            head = try copy.finish()
        } catch {
            throw CommandFailure(copying: "the ledger", file: nil, into: self.folder, error)
        }
        let note = BackupNote(head, chain: copy.members.chain, name: copy.settings.name)
        do throws(StoreError) {
            try self.backup.finish(note)
        } catch {
            throw CommandFailure(backup: self.folder, error)
        }
        return Done(note: note, folder: self.folder, newBlocks: head.index.rawValue - before.index.rawValue)
    }
}
