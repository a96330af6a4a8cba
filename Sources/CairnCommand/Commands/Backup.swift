import ArgumentParser
import CairnHash
import CairnLedger
import CairnStore

struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy a ledger into a folder, while a node goes on writing it.",
        discussion: """
            Copies all blocks up to a final one, which is durable. Each is checked as it is written: hashes, links, tree \
            roots, and the signatures under the last block and under the last of each epoch. Keys, journal and lock are not \
            part of it: the folder can be given to anybody who may read the records.

            A second backup into the same folder copies only what is new. One that was interrupted leaves no backup, or the \
            one that was there before; the next goes on where it was. 'cairn restore' makes a data directory of it again.

            Examples:
              cairn backup --data /var/lib/cairn --output /backup/cairn
              cairn backup --url http://10.0.0.2:5000 --output /backup/cairn
            """)

    @Option(
        help: ArgumentHelp(
            "The data directory; a node may be running on it. (default: $CAIRN_DATA, or \(Settings.dataDefault))",
            valueName: "dir"))
    var data: String?

    @Option(help: "The address of a running node that gives the blocks, in place of --data.")
    var url: String?

    @Option(help: ArgumentHelp("The folder of the backup, made when it isn't there.", valueName: "folder"))
    var output: String

    @Option(help: ArgumentHelp("The identity that the ledger has to have.", valueName: "hash"))
    var chain: String?

    @OptionGroup var format: OutputOptions

    func validate() throws {
        if self.data != nil, self.url != nil { throw ValidationError("Give --data or --url, not both.") }
        if let chain, Digest(hex: chain) == nil {
            throw ValidationError("--chain must be 64 hexadecimal digits, not \"\(chain)\".")
        }
        if self.output.isEmpty { throw ValidationError("--output must name a folder.") }
    }

    func run() async throws {
        let chain = self.chain.flatMap { Digest(hex: $0) }
        var work = BackupWork(folder: self.output, chain: chain)
        let done: BackupWork.Done
        if let url {
            let node = NodeBlocks(NodeClient(address: try NodeAddress(url)))
            do throws(CommandFailure) {
                done = try await work.run(from: node)
            } catch {
                await node.close()
                throw error
            }
            await node.close()
        } else {
            done = try work.run(from: try await Settings.directory(self.data))
        }
        let output = Output.standard()
        if self.format.json { try output.line(done.json.bytes) } else { try output.line(done.text) }
        try output.flush()
    }
}
