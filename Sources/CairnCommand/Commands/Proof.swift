import ArgumentParser
import CairnLedger
import CairnNode

struct Proof: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a proof that a record is in the ledger.",
        discussion: """
            The proof is a file (c2sp.org/tlog-proof) that "cairn check-proof" and other tools check offline: the way \
            from the record to the root of a tree, and a checkpoint of that tree, signed by the members and by \
            witnesses. Of a record that was just appended, a node gives it within about a second.

            With --json it is only the inclusion path (RFC 9162, section 2.1.3) to the root of any tree size, unsigned; \
            it was checked before it is printed.

            Examples:
              cairn proof 7 > record.tlog-proof
              cairn proof 7 --url http://127.0.0.1:5000 > record.tlog-proof
              cairn proof 7 --json --tree-size 100
            """)

    @Argument(help: "The record's number, from 0.")
    var number: RecordNumber

    @Option(help: "With --json: the size of the tree that the proof leads to. (default: the ledger as it is now)")
    var treeSize: TreeSize?

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard self.treeSize == nil || self.output.json else {
            throw ValidationError("--tree-size needs --json: only sizes that were signed have a proof file.")
        }
    }

    func run() async throws {
        let output = Output.standard()
        if self.output.json {
            try output.line(try await self.inclusionProof().json.bytes)
        } else {
            let proof = try await self.ledger.withWritableLedger { try await $0.tlogProof(of: self.number) }
            // The file ends with a newline of its own.
            try output.line(proof.bytes.dropLast())
        }
        try output.flush()
    }

    private func inclusionProof() async throws -> InclusionProof {
        let proof = try await self.ledger.withLedger { try await $0.inclusionProof(of: self.number, in: self.treeSize) }
        guard proof.isValid else {
            throw CommandFailure.failed("the proof is not valid: it leads from record \(proof.number) to another root")
        }
        return proof
    }
}
