import ArgumentParser
import CairnLedger
import CairnNode

struct Proof: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a proof that a record is in the ledger.",
        discussion: """
            The proof is an inclusion path (RFC 9162, section 2.1.3), as JSON. It was checked before it is printed.

            Examples:
              cairn proof 7
              cairn proof 7 --tree-size 100 --url http://127.0.0.1:5000
            """)

    @Argument(help: "The record's number, from 0.")
    var number: RecordNumber

    @Option(help: "The size of the tree that the proof leads to. (default: the ledger as it is now)")
    var treeSize: TreeSize?

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let proof = try await self.ledger.withLedger { try await $0.inclusionProof(of: self.number, in: self.treeSize) }
        guard proof.isValid else {
            throw CommandFailure.failed("the proof is not valid: it leads from record \(proof.number) to another root")
        }
        let output = Output.standard()
        try output.line(proof.json.bytes)
        try output.flush()
    }
}
