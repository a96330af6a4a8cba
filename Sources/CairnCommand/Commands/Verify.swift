import ArgumentParser
import CairnLedger
import CairnNode
import CairnStore
import Foundation

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check all that is stored in a data directory.",
        discussion: """
            Recomputes every hash, link and tree root, and never changes a file. A running node may go on using the \
            directory. Exits with 1 and names the first bad block when the ledger is not valid.

            Examples:
              cairn verify
              cairn verify --data /var/lib/cairn --deep --certificates
              cairn verify --from 1000 --to 2000
              cairn verify --device gpu
            """)

    @Option(
        help: ArgumentHelp(
            "The data directory. (default: $CAIRN_DATA, or \(Settings.dataDefault))", valueName: "dir"))
    var data: String?

    @Option(help: "The first block to check; those before it are taken as good.")
    var from: BlockIndex = 0

    @Option(help: "The last block to check. (default: the newest)")
    var to: BlockIndex?

    @Flag(help: "Also check that each record is in canonical form, and the rows of the index.")
    var deep = false

    @Flag(help: "Check every certificate, not only those that vouch for the rest.")
    var certificates = false

    @Option(
        help: """
            What hashes the records: the CPU; a GPU by OpenCL; or, of a large ledger, whichever is faster here. All find \
            the same.
            """)
    var device = VerifyDevice.auto

    @Option(help: ArgumentHelp("How many threads check. (default: one for each core)", valueName: "threads"))
    var workers: Int?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let workers, !(1...1_024).contains(workers) { throw ValidationError("--workers must be 1 to 1024.") }
        if let to, to < self.from { throw ValidationError("--to must not be before --from.") }
    }

    func run() async throws {
        let directory = try await Settings.directory(self.data)
        guard FileManager.default.fileExists(atPath: directory) else {
            throw CommandFailure.failed("there is no directory \(directory); name another with --data")
        }
        var options = ValidationOptions()
        options.from = self.from
        options.to = self.to
        options.deep = self.deep
        options.allCertificates = self.certificates
        options.workers = self.workers
        let meter = ProgressMeter(ProgressBar(label: "verify", unit: "blocks"))
        let report: ValidationReport
        let hasher = try self.device.hasher(forLedgerIn: directory)
        do throws(NodeError) {
            report = try Node.verify(dataDirectory: directory, options: options, leavesOn: hasher) { progress in
                meter.update { bar in
                    bar.done = progress.blocks
                    bar.bytes = progress.bytes
                    bar.bytesTotal = progress.bytesTotal
                }
                return true
            }
        } catch {
            meter.clear()
            throw CommandFailure(opening: directory, error)
        }
        meter.clear()
        let output = Output.standard()
        if self.output.json { try output.line(report.json.bytes) } else { try output.line(report.text) }
        try output.flush()
        if !report.isValid { throw ExitCode.failure }
    }
}
