import ArgumentParser
import CairnHash
import CairnLedger
import CairnNode
import CairnStore
import Foundation

struct Repair: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put damaged blocks right with those of other nodes.",
        discussion: """
            Checks a data directory that no node uses, gets the blocks that are bad from other nodes of the same ledger, \
            checks them against the chain, and writes them. No node is trusted: a block is taken only when the chain's own \
            hashes, or its members' signatures, say that it is the right one. The damaged file is kept in the folder \
            "damaged". Where no other copy of the ledger runs, put the directory back from a backup.

            Exits with 1 when the ledger is not valid afterwards.

            Examples:
              cairn repair --from http://10.0.0.2:5000
              cairn repair --data /var/lib/cairn --from http://10.0.0.2:5000 --from http://10.0.0.3:5000
              cairn repair --dry-run
            """)

    @Option(
        help: ArgumentHelp(
            "The data directory. (default: $CAIRN_DATA, or \(Settings.dataDefault))", valueName: "dir"))
    var data: String?

    @Option(
        help: ArgumentHelp("The address of a node that has the ledger; may be given several times.", valueName: "url"))
    var from: [String] = []

    @Option(
        help: ArgumentHelp(
            "The ledger's identity, for a directory that is too damaged to tell.", valueName: "hash"))
    var chain: String?

    @Flag(help: "Look for damage, and get and check the blocks for the first damaged file, but change nothing.")
    var dryRun = false

    @Flag(help: "Check every certificate, not only those that vouch for the rest.")
    var certificates = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let directory = try await Settings.directory(self.data)
        guard FileManager.default.fileExists(atPath: directory) else {
            throw CommandFailure.failed("there is no directory \(directory); name another with --data")
        }
        var chain: Digest?
        if let text = self.chain {
            guard let hash = Digest(hex: text) else {
                throw CommandFailure.usage("--chain is \"\(text)\"; it has to be 64 hexadecimal digits")
            }
            chain = hash
        }
        let remote = RemoteBlocks(try self.from.map { text throws(CommandFailure) in try NodeAddress(text) })
        let result: Result<Bool, CommandFailure>
        do throws(CommandFailure) {
            var work = try RepairWork(directory: directory, chain: chain, remote: remote, isJSON: self.output.json)
            work.isDryRun = self.dryRun
            work.options.allCertificates = self.certificates
            result = .success(try await work.run())
        } catch {
            result = .failure(error)
        }
        await remote.close()
        if try !result.get() { throw ExitCode.failure }
    }
}
