import ArgumentParser
import CairnLedger

struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a record.",
        discussion: """
            Prints the record's canonical JSON (RFC 8785); with --json also its number, leaf hash and block.

            Examples:
              cairn get 0
              cairn get 7 --url http://127.0.0.1:5000 --json
            """)

    @Argument(help: "The record's number, from 0.")
    var number: RecordNumber

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let record = try await self.ledger.withLedger { try await $0.record(self.number) }
        let output = Output.standard()
        try output.line(self.output.json ? record.json.bytes : record.record.canonicalBytes)
        try output.flush()
    }
}
