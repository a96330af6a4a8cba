import CairnHash
import CairnLedger
import CairnNode
import CairnStore

/// The work of `cairn restore --successor`: checks the backup, and founds a ledger that names its end.
package struct SuccessorWork {
    let source: BackupSource
    let directory: String
    let question: NewestQuestion

    func run(name: String?, message: String) async throws(CommandFailure) -> RestoreResult {
        var source = self.source
        if let note = source.note { try await self.question.ask(about: source.ledger(.init(note))) }
        let head = try self.checkedHead(&source)
        try source.check(head)
        if source.note == nil { try await self.question.ask(about: source.ledger(.init(head))) }
        let predecessor = Predecessor(chain: source.log.chain, size: head.treeSize, root: head.header.treeRoot)
        do throws(NodeError) {
            let founded = try Node.found(
                dataDirectory: self.directory, name: name ?? Self.name(after: source.settings.name), message: message,
                members: nil, predecessor: predecessor)
            return .successor(
                directory: self.directory, settings: founded.settings, of: source.settings, chain: founded.chain,
                key: founded.key)
        } catch {
            throw CommandFailure(opening: self.directory, error)
        }
    }

    /// Checks every block that counts, on all cores.
    private func checkedHead(_ source: inout BackupSource) throws(CommandFailure) -> LedgerHead {
        var options = ValidationOptions()
        options.to = source.note.flatMap { BlockIndex(rawValue: $0.blocks).previous() }
        let meter = ProgressMeter(ProgressBar(label: "verify", unit: "blocks"))
        let report = try RestoreWork.onStore(self.source.folder) { () throws(StoreError) in
            try LedgerVerifier.verify(on: RealDisk(root: self.source.folder), options: options) { progress in
                meter.update { bar in
                    (bar.done, bar.bytes, bar.bytesTotal) = (progress.blocks, progress.bytes, progress.bytesTotal)
                }
                return true
            }
        }
        meter.clear()
        if let failure = report.failure {
            guard !failure.isOfNewerVersion else {
                throw .failed("\(self.source.folder) can't be judged: \(failure). Nothing was founded")
            }
            throw .failed("\(self.source.folder) is damaged: \(failure). Nothing was founded; take another backup")
        }
        let final: FinalBlock? = try RestoreWork.onStore(self.source.folder) { () throws(StoreError) in
            guard let last = options.to else { return try source.log.newestFinal() }
            return try source.log.seek(to: last) ? try source.log.next() : nil
        }
        guard let header = final?.block.header else {
            throw .failed("\(self.source.folder) is damaged: its log ends before the block that backup.json names")
        }
        return LedgerHead(header: header, hash: header.hash)
    }

    /// `NAME/2`, or one more when the name ends so already.
    package static func name(after old: String) -> String {
        guard let slash = old.lastIndex(of: "/"), let number = UInt16(old[old.index(after: slash)...]), number > 1
        else {
            return old + "/2"
        }
        return old[...slash] + String(UInt32(number) + 1)
    }
}
