import ArgumentParser
import CairnHash
import CairnLedger
import CairnStore

struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a data directory of a backup.",
        discussion: """
            The directory gets a new key without a vote: it follows the ledger, reads, serves and exports. Every block of the \
            backup is checked on the way. A copy of a data directory's blocks that was made by hand will do as well.

            A backup is older than its ledger. So the witnesses and logs of a trust policy (--policy) and the nodes that are \
            named (--from) are asked first how far it goes. When that is beyond the backup, or when nobody answers, nothing \
            is restored, unless --accept-older says that the older state will do.

            A member of several comes back when the others replace its key by the new one ('cairn members replace'). Of a \
            ledger with a single member:
              --key FILE    its node.key was kept: it signs one block, the change of members to the new
                            key, and the ledger goes on
              --recovery-key FILE
                            the key was lost, and the ledger names recovery keys: so many of them as it
                            needs sign that block in its place
              --successor   the key was lost: nobody can write to that ledger any more. A new one is
                            founded, whose first block names the old one with its size and root

            Examples:
              cairn restore /backup/cairn --data /var/lib/cairn --policy policy.txt --from http://10.0.0.2:5000
              cairn restore /backup/cairn --data ./cairn-data --key /safe/node.key --policy policy.txt
              cairn restore /backup/cairn --data ./next --successor --name example.com/parcels/2 --accept-older
            """)

    @Argument(help: ArgumentHelp("The folder that 'cairn backup' wrote.", valueName: "backup"))
    var backup: String

    @Option(
        help: ArgumentHelp(
            "The data directory, which must not be there, or be empty. (default: $CAIRN_DATA, or \(Settings.dataDefault))",
            valueName: "dir"))
    var data: String?

    @Option(
        help: ArgumentHelp("A trust policy: its witnesses and logs that have an address are asked.", valueName: "file"))
    var policy: String?

    @Option(help: ArgumentHelp("The address of a node to ask; repeatable.", valueName: "url"))
    var from: [String] = []

    @Option(help: ArgumentHelp("The identity that the ledger has to have.", valueName: "hash"))
    var chain: String?

    @Flag(help: "Restore also when more is known than the backup has, or nobody could be asked.")
    var acceptOlder = false

    @Option(help: ArgumentHelp("The node.key of the only member, kept apart: the ledger goes on.", valueName: "file"))
    var key: String?

    @Option(
        help: ArgumentHelp(
            "A key file of a recovery key, when the only member's is lost: the ledger goes on; repeatable.",
            valueName: "file"))
    var recoveryKey: [String] = []

    @Flag(help: "Found a new ledger that names the one of the backup as its predecessor.")
    var successor = false

    @Option(help: "With --successor: its name. (default: the old one's, with /2 behind it, or one more)")
    var name: String?

    @Option(help: "With --successor: a sentence for people. (default: \(Founding.messageDefault))")
    var message: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if [self.key != nil, !self.recoveryKey.isEmpty, self.successor].count(where: { $0 }) > 1 {
            throw ValidationError(
                "Give one of --key, --recovery-key and --successor: with keys the old ledger goes on.")
        }
        if let chain, Digest(hex: chain) == nil {
            throw ValidationError("--chain must be 64 hexadecimal digits, not \"\(chain)\".")
        }
        if !self.successor, self.name != nil || self.message != nil {
            throw ValidationError("--name and --message go with --successor.")
        }
    }

    func run() async throws {
        let directory = try await Settings.directory(self.data)
        var question = NewestQuestion()
        question.policy = try self.policy.map { path throws(CommandFailure) in try TrustPolicy(file: path) }
        question.nodes = try self.from.map { text throws(CommandFailure) in try NodeAddress(text) }
        question.acceptsOlder = self.acceptOlder
        let source = try BackupSource(folder: self.backup, chain: self.chain.flatMap { Digest(hex: $0) })
        let result: RestoreResult
        if self.successor {
            let work = SuccessorWork(source: source, directory: directory, question: question)
            result = try await work.run(name: self.name, message: self.message ?? Founding.messageDefault)
        } else {
            let work = RestoreWork(
                source: source, directory: directory, question: question, successor: try self.successorKeys())
            result = try await work.run()
        }
        let output = Output.standard()
        if self.output.json { try output.line(result.json.bytes) } else { try output.line(result.text) }
        try output.flush()
    }

    private func successorKeys() throws(CommandFailure) -> RestoreWork.Successor {
        do throws(StoreError) {
            if let key { return .member(try KeyFile.read(file: key)) }
            guard !self.recoveryKey.isEmpty else { return .nobody }
            return .recovery(
                try self.recoveryKey.map { path throws(StoreError) in try KeyFile.read(file: path) })
        } catch {
            throw .failed("\(error)")
        }
    }
}
