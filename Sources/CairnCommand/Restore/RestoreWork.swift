import CairnHash
import CairnLedger
import CairnNode
import CairnStore
import Foundation

/// The work of `cairn restore`: copies and checks the blocks, and gives the directory a key.
struct RestoreWork {
    let source: BackupSource
    let directory: String
    let question: NewestQuestion
    /// Whose word lets a ledger with a single member go on.
    enum Successor {
        case nobody
        /// The only member's key.
        case member(PrivateKey)
        case recovery([PrivateKey])
    }

    let successor: Successor
    private let meter = ProgressMeter(ProgressBar(label: "restore", unit: "blocks"))

    init(source: BackupSource, directory: String, question: NewestQuestion, successor: Successor) {
        self.source = source
        self.directory = directory
        self.question = question
        self.successor = successor
    }

    func run() async throws(CommandFailure) -> RestoreResult {
        defer { self.meter.clear() }
        var source = self.source
        // Before the work; of a copy without a note, how far it goes is known only behind it.
        if let note = source.note { try await self.question.ask(about: source.ledger(.init(note))) }
        let folder = try self.begin()
        let result: RestoreResult
        do throws(CommandFailure) {
            result = try await self.fill(folder, from: &source)
        } catch {
            // What isn't a ledger yet is of no use.
            try Folders.remove(self.directory + "/" + PartialFolder.name)
            throw error
        }
        try Self.onStore(self.directory) { () throws(StoreError) in try folder.finish() }
        return result
    }

    /// Puts into the folder all that becomes the data directory.
    private func fill(
        _ folder: PartialFolder, from source: inout BackupSource
    ) async throws(CommandFailure) -> RestoreResult {
        var copy = try Self.onStore(self.directory) { () throws(StoreError) in
            try LedgerCopy.open(on: folder.inside, genesis: source.log.genesis)
        }
        let head = try self.copy(from: &source, into: &copy)
        if source.note == nil { try await self.question.ask(about: source.ledger(.init(head))) }
        try self.checkKeys(copy.members)
        let newKey = try Self.onStore(self.directory) { () throws(StoreError) in
            try LedgerStore.equip(on: folder.inside, chain: source.log.chain)
        }
        let end: LedgerHead
        do throws(LedgerCopyError) {
            switch self.successor {
            case .nobody: break
            case .member(let key): try copy.replaceOnlyMember(key, by: newKey, now: .now())
            case .recovery(let keys): try copy.recoverOnlyMember(with: keys, by: newKey, now: .now())
            }
            end = try copy.finish()
        } catch {
            throw CommandFailure(copying: self.source.folder, file: nil, into: self.directory, error)
        }
        return .ledger(
            directory: self.directory, settings: source.settings, head: end, chain: source.log.chain,
            key: newKey.publicKey, isMember: self.goesOn)
    }

    /// Whatever an earlier restoration left is made anew.
    private func begin() throws(CommandFailure) -> PartialFolder {
        let partial = self.directory + "/" + PartialFolder.name
        try Folders.refuseLink(partial)
        let folder = try Self.onStore(self.directory) { () throws(StoreError) in
            try RestoredFolder.begin(on: RealDisk(root: self.directory))
        }
        try Folders.empty(partial)
        return folder
    }

    /// Copies the blocks that count.
    private func copy(
        from source: inout BackupSource, into copy: inout LedgerCopy
    ) throws(CommandFailure) -> LedgerHead {
        let total = try source.log.bytesLeft(in: self.source.folder)
        let blocks = source.note?.blocks ?? .max
        _ = try source.log.next(in: self.source.folder)
        while copy.last.index.rawValue + 1 < blocks, let final = try source.log.next(in: self.source.folder) {
            let file = source.log.file
            do throws(LedgerCopyError) {
                try copy.take(final)
            } catch {
                throw CommandFailure(copying: self.source.folder, file: file, into: self.directory, error)
            }
            self.meter.update { bar in
                bar.done += 1
                bar.bytes += UInt64(final.block.encodedByteCount + (final.certificate?.encodedByteCount ?? 0))
                bar.bytesTotal = total
            }
        }
        let head: LedgerHead
        do throws(LedgerCopyError) {
            head = try copy.sync()
        } catch {
            throw CommandFailure(copying: self.source.folder, file: nil, into: self.directory, error)
        }
        try source.check(head)
        return head
    }

    private var goesOn: Bool {
        if case .nobody = self.successor { false } else { true }
    }

    private func checkKeys(_ present: EpochMembers) throws(CommandFailure) {
        switch self.successor {
        case .nobody: break
        case .member(let key): try Self.check(key, present.members)
        case .recovery(let keys): try Self.check(keys.map(\.publicKey), present)
        }
    }

    private static func check(_ keys: [PublicKey], _ present: EpochMembers) throws(CommandFailure) {
        guard let recovery = present.recovery else {
            throw .failed(
                "the ledger has no recovery keys at the backup's end ('cairn members settings' names them), or several members. "
                    + "Nothing was restored")
        }
        for key in keys where !recovery.keys.contains(key) {
            throw .failed("\(key) is none of the ledger's recovery keys. Nothing was restored")
        }
        guard Set(keys).count >= recovery.needed else {
            throw .failed(
                "\(recovery.needed) recovery keys are needed, and \(Set(keys).count) were given. Nothing was restored")
        }
    }

    private static func check(_ key: PrivateKey, _ members: MemberSet) throws(CommandFailure) {
        guard members.members.count == 1 else {
            throw .failed(
                "the ledger has \(members.members.count) members, so that no single key can go on with it. Nothing was restored; "
                    + "restore it without --key, and have the others replace the member ('cairn members replace')")
        }
        guard members.members[0].key == key.publicKey else {
            throw .failed(
                "the key of --key, \(key.publicKey), is not the ledger's only member, \(members.members[0].key). Nothing was "
                    + "restored")
        }
    }

    static func onStore<Value>(
        _ directory: String, _ body: () throws(StoreError) -> Value
    ) throws(CommandFailure) -> Value where Value: ~Copyable {
        do throws(StoreError) {
            return try body()
        } catch {
            switch error {
            case .notEmpty(_, let found):
                throw .failed(
                    "\(directory) is not empty (it holds \(found.withoutControlCharacters)): name another directory with --data"
                )
            case .keyExists(let path):
                throw .failed(
                    "\(directory)/\(path) is a private key, which an interrupted restoration left there or somebody put there. "
                        + "Nothing was changed: move it to where it is safe and run this again, which makes a new key; or name "
                        + "another directory with --data")
            default: throw CommandFailure(opening: directory, .store(error))
            }
        }
    }
}
