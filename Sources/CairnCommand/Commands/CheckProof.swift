import ArgumentParser
import CairnLedger
import Foundation

struct CheckProof: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-proof",
        abstract: "Check offline that a record is in a ledger.",
        discussion: """
            Needs no ledger and no network: only the record, its proof file (c2sp.org/tlog-proof) and a trust policy \
            (c2sp.org/tlog-policy) that says whose signatures count. Exits with 1 and says why when the record is not \
            proven.

            Examples:
              cairn check-proof record.json record.tlog-proof --policy policy.txt
              cairn get 7 --url http://127.0.0.1:5000 | cairn check-proof - record.tlog-proof --policy policy.txt
            """)

    @Argument(help: "A file with the record as JSON, in any spelling; - is standard input.")
    var record: String

    @Argument(help: "The proof file.")
    var proof: String

    @Option(help: ArgumentHelp("The trust policy.", valueName: "file"))
    var policy: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let record = try self.readRecord()
        let policy = try TrustPolicy(file: self.policy)
        let proof = try self.readProof()
        let findings: TLogProof.Findings
        do throws(TLogProofError) {
            findings = try proof.verify(leafHash: record.leafHash, policy: policy)
        } catch {
            throw CommandFailure.failed("not proven: \(error)")
        }
        let output = Output.standard()
        let report = ProofReport(number: proof.index, findings: findings)
        if self.output.json { try output.line(report.json.bytes) } else { try output.line(report.text) }
        try output.flush()
    }

    private func readRecord() throws(CommandFailure) -> Record {
        let bytes =
            self.record == "-"
            ? try InputFile.standardInput(bytesMax: Limits.recordTextBytesMax)
            : try InputFile.read(self.record, bytesMax: Limits.recordTextBytesMax)
        do throws(RecordError) {
            return try Record(json: bytes.span.bytes)
        } catch {
            throw .failed("\(self.record) is no record: \(error)")
        }
    }

    private func readProof() throws(CommandFailure) -> TLogProof {
        let bytes = try InputFile.read(self.proof, bytesMax: Limits.noteBytesMax * 2)
        do throws(TLogProofError) {
            return try TLogProof(parsing: bytes)
        } catch {
            throw .failed("\(self.proof): \(error)")
        }
    }
}
