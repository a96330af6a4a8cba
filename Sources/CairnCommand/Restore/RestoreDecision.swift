package import CairnHash
package import CairnLedger

/// Whether a backup is the newest that is known of its ledger.
package struct RestoreDecision {
    /// How far a ledger goes.
    package struct Extent: Equatable, Sendable {
        package var blocks: UInt64
        package var size: TreeSize
        package var root: Digest

        package init(blocks: UInt64, size: TreeSize, root: Digest) {
            self.blocks = blocks
            self.size = size
            self.root = root
        }
    }

    /// What somebody knows of it.
    package struct Answer: Equatable, Sendable {
        package var source: String
        /// Whether blocks can be had from there.
        package var isNode: Bool
        /// Nil: it tells of records only.
        package var blocks: UInt64?
        package var size: TreeSize
        /// The root that its tree has at the backup's size; nil: it doesn't tell.
        package var rootAtBackup: Digest?

        package init(source: String, isNode: Bool, blocks: UInt64?, size: TreeSize, rootAtBackup: Digest?) {
            self.source = source
            self.isNode = isNode
            self.blocks = blocks
            self.size = size
            self.rootAtBackup = rootAtBackup
        }

        fileprivate func isBeyond(_ backup: Extent) -> Bool {
            self.size > backup.size || (self.blocks ?? 0) > backup.blocks
        }

        /// Whether it has not even seen the backup's end: then it can't know whether the ledger goes on there.
        fileprivate func isBehind(_ backup: Extent) -> Bool {
            self.size < backup.size || (self.blocks ?? .max) < backup.blocks
        }

        fileprivate var text: String {
            let blocks = self.blocks.map { " in \(Readable.count($0, "block"))" } ?? ""
            return "\(self.source) has \(Readable.count(self.size.rawValue, "record"))\(blocks)"
        }
    }

    package var backup: Extent
    /// Where the backup is, and which ledger's it is: for what is said.
    package var folder: String
    package var chain: Digest
    package var answers: [Answer] = []
    /// Of those who were asked and said nothing that counts, a sentence each.
    package var problems: [String] = []
    /// Whether an older state will do.
    package var acceptsOlder: Bool

    package init(backup: Extent, folder: String, chain: Digest, acceptsOlder: Bool) {
        self.backup = backup
        self.folder = folder
        self.chain = chain
        self.acceptsOlder = acceptsOlder
    }

    /// What is worth a warning.
    ///
    /// - Throws: when nothing must be restored.
    package func warnings() throws(CommandFailure) -> [String] {
        let own =
            "\(Readable.count(self.backup.size.rawValue, "record")) in \(Readable.count(self.backup.blocks, "block"))"
        if let other = self.answers.first(where: { $0.rootAtBackup.map { $0 != self.backup.root } ?? false }) {
            throw .failed(
                "\(other.source) has another history: the root of its first \(self.backup.size) records is not that of the "
                    + "backup. Nothing was restored; keep both, and find out why")
        }
        let newest = self.answers.filter { $0.isBeyond(self.backup) }
            .max { ($0.size, $0.blocks ?? 0) < ($1.size, $1.blocks ?? 0) }
        if let newest {
            guard self.acceptsOlder else {
                throw .failed(
                    "the ledger goes on beyond this backup: \(newest.text), the backup has \(own). Nothing was restored. "
                        + self.advice + "; or go back to the older state with --accept-older")
            }
            return self.problems + [
                "an older state was restored: \(newest.text), this directory \(own). What is beyond is missing here, and must "
                    + "not be written anew where somebody has it already"
            ]
        }
        // Who is behind the backup can't tell what came later, like one who doesn't answer.
        let behind = self.answers.filter { $0.isBehind(self.backup) }
        let problems = self.problems + behind.map { "\($0.text), and is behind the backup" }
        guard behind.count == self.answers.count else { return problems }
        let unknowing = self.answers.isEmpty ? nil : "nobody who was asked can tell"
        let reasons = problems.isEmpty ? "" : " (\(problems.joined(separator: "; ")))"
        guard self.acceptsOlder else {
            throw .failed(
                "\(unknowing ?? "nobody could be asked") whether the ledger goes on beyond this backup, which has "
                    + "\(own)\(reasons). Nothing was restored: name its nodes with --from URL and its witnesses with "
                    + "--policy FILE; or take what may be an older state with --accept-older")
        }
        return problems + [
            "\(unknowing ?? "nobody was asked") whether the ledger goes on beyond this backup, which has \(own): what "
                + "came later is missing here"
        ]
    }

    /// How to get what the backup lacks.
    private var advice: String {
        guard let node = self.answers.filter({ $0.isNode && $0.isBeyond(self.backup) }).max(by: { $0.size < $1.size })
        else {
            return
                "Find a node that has them, and fetch what is missing: cairn backup --url URL --output \(self.folder)"
        }
        return
            "Fetch what is missing: cairn backup --url \(node.source) --output \(self.folder); or copy the ledger from its "
            + "nodes, without a backup: cairn serve --join HOST:PORT --chain \(self.chain)"
    }
}
