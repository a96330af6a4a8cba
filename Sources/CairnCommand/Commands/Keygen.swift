import ArgumentParser
import CairnLedger
import CairnNode

struct Keygen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the key of a data directory before its ledger is known.",
        discussion: """
            For members who found a ledger together: each makes its key, one names all of them to "cairn init", and the \
            others found theirs with the genesis block that this writes. The public key is printed; the key itself stays \
            in the directory. A key belongs to one directory: never copy it.

            Examples:
              cairn keygen --data /var/lib/cairn
              cairn init --data /var/lib/cairn --member KEY1 --member KEY2 --member KEY3 --genesis-out genesis
              cairn init --data /var/lib/cairn --genesis genesis        # at the other members
            """)

    @Option(
        help: ArgumentHelp(
            "The data directory. (default: $CAIRN_DATA, or \(Settings.dataDefault))", valueName: "dir"))
    var data: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let directory = try await Settings.directory(self.data)
        let key: PublicKey
        do throws(NodeError) {
            key = try Node.makeKey(dataDirectory: directory)
        } catch {
            throw CommandFailure(opening: directory, error)
        }
        let output = Output.standard()
        if self.output.json {
            try output.line(
                JSONValue.object(["data_directory": .string(directory), "key": .string("\(key)")]).bytes)
        } else {
            try output.line("\(key)")
        }
        try output.flush()
    }
}
