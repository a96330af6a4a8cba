import ArgumentParser

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell which ledger this is and how far it has come.",
        discussion: """
            Examples:
              cairn status
              cairn status --url http://127.0.0.1:5000 --json
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let status = try await self.ledger.withLedger { try await $0.status() }
        let output = Output.standard()
        if self.output.json { try output.line(status.json.bytes) } else { try output.line(status.text) }
        try output.flush()
    }
}
