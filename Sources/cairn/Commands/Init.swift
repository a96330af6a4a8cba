import ArgumentParser
import CairnHash
import CairnLedger
import CairnNode

struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Found a ledger in a data directory.",
        discussion: """
            The ledger's name stands in its checkpoints and never changes: best a name that nobody else uses, such as \
            a host name of yours with a path. The hash that is printed is the ledger's identity.

            Examples:
              cairn init
              cairn init --data /var/lib/cairn --name ledger.example.com/parcels
              cairn init --name demo --message 'For the workshop'
            """)

    @Option(
        help: ArgumentHelp(
            "The data directory. (default: $CAIRN_DATA, or \(Settings.dataDefault))", valueName: "dir"))
    var data: String?

    @Option(
        help: "The ledger's name, without spaces and plus signs. (default: cairn- and eight random hexadecimal digits)")
    var name: String?

    @Option(help: "A sentence for people, kept in the first block.")
    var message = Founding.messageDefault

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let directory = try await Settings.directory(self.data)
        let name = self.name ?? Founding.defaultName()
        let chain: Digest
        do throws(NodeError) {
            chain = try Node.create(dataDirectory: directory, name: name, message: self.message)
        } catch {
            throw CommandFailure(opening: directory, error)
        }
        let output = Output.standard()
        if self.output.json {
            try output.line(
                JSONValue.object([
                    "data_directory": .string(directory), "name": .string(name), "chain": .hash(chain),
                ]).bytes)
        } else {
            try output.line("Founded the ledger \(name) in \(directory)\nChain \(chain)")
        }
        try output.flush()
    }
}
