import ArgumentParser
import CairnLedger
import Foundation

struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write all records as NDJSON.",
        discussion: """
            One canonical JSON value a line (RFC 8785), in order: importing them into a new ledger gives the same tree \
            root. With --json each line also tells number, leaf hash and block.

            Examples:
              cairn export > records.ndjson
              cairn export --output records.ndjson --url http://127.0.0.1:5000
              cairn export --from 1000 --limit 10
            """)

    @Option(help: "The number of the first record.")
    var from: RecordNumber = 0

    @Option(help: "Write this many records at most.")
    var limit: UInt64?

    @Option(help: ArgumentHelp("Write to this file in place of standard output.", valueName: "file"))
    var output: String?

    @Flag(help: "Replace the file if there is one.")
    var force = false

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        if self.force, self.output == nil { throw ValidationError("--force goes with --output.") }
    }

    func run() async throws {
        let file = try self.output.map { path throws(CommandFailure) in
            try ExportFile(path: path, replaces: self.force)
        }
        let output = file?.output ?? Output.standard()
        let isShown = Terminal.isStandardError && (file != nil || !Terminal.isStandardOutput)
        try await self.ledger.withLedger { ledger in
            let size = try await ledger.status().treeSize
            guard self.from.rawValue <= size.rawValue else {
                throw CommandFailure.failed(
                    "there is no record \(self.from): the ledger has \(Readable.count(size.rawValue, "record"))")
            }
            let count = min(self.limit ?? .max, size.rawValue - self.from.rawValue)
            let meter = ProgressMeter(ProgressBar(label: "export", unit: "records", total: count), isShown: isShown)
            defer { meter.clear() }
            try await ledger.forEachRecord(from: self.from, count: count) { record throws(CommandFailure) in
                try output.line(self.format.json ? record.json.bytes : record.record.canonicalBytes)
                meter.update { bar in
                    bar.done += 1
                    bar.bytes += UInt64(record.record.canonicalBytes.count) + 1
                }
            }
        }
        try output.flush()
        try file?.finish()
    }
}
