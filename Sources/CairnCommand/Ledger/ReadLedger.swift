import CairnLedger
import CairnNode
import CairnStore

/// A ledger in a data directory, or in a copy of one, that is only read: nothing in the directory is changed, and it needs
/// neither a key nor room.
struct ReadLedger: DirectoryReading {
    private let opened: OpenedDirectory
    private let directory: String

    init(directory: String) throws(CommandFailure) {
        do throws(NodeError) {
            self.opened = try LedgerReader.open(dataDirectory: directory)
        } catch {
            throw CommandFailure(opening: directory, error)
        }
        self.directory = directory
    }

    var reader: LedgerReader { self.opened.reader }

    func status() throws(CommandFailure) -> LedgerStatus {
        let head = self.opened.head
        return LedgerStatus(
            place: self.directory, name: self.opened.settings.name, chain: self.opened.chain,
            predecessor: self.opened.settings.predecessor, key: self.opened.key?.description, headIndex: head.index,
            headHash: head.hash,
            headTimestamp: head.header.timestamp.description, treeSize: head.treeSize,
            treeRoot: head.header.treeRoot, version: Node.version,
            notReady: self.opened.key == nil
                ? "the directory has no key: it can be read, and no node can run on it" : nil,
            warnings: Readiness.headAhead(head.header.timestamp, now: .now()).map { ["\($0)"] } ?? [])
    }

    func close() async {}
}
