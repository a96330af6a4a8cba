import ArgumentParser
import CairnLedger
import CairnNode

struct Consistency: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a proof that the ledger only grew.",
        discussion: """
            The proof shows that the ledger of FROM records is the beginning of the one of TO records \
            (RFC 9162, section 2.1.4), as JSON. It was checked before it is printed.

            Examples:
              cairn consistency 100
              cairn consistency 100 250 --url http://127.0.0.1:5000
            """)

    @Argument(help: "The smaller number of records.")
    var from: TreeSize

    @Argument(help: "The larger number of records. (default: as many as there are now)")
    var to: TreeSize?

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let proof = try await self.ledger.withLedger { try await $0.consistencyProof(from: self.from, to: self.to) }
        guard proof.isValid else {
            throw CommandFailure.failed(
                "the proof is not valid: it does not show that the ledger of \(proof.oldSize) records is the beginning")
        }
        let output = Output.standard()
        try output.line(proof.json.bytes)
        try output.flush()
    }
}
