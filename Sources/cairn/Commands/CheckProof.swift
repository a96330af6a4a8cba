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
        let policy = try Self.parse(self.policy) { bytes throws(PolicyError) in try TrustPolicy(parsing: bytes) }
        let proof = try Self.parse(self.proof) { bytes throws(TLogProofError) in try TLogProof(parsing: bytes) }
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

    private static func parse<Value, Failure: Error>(
        _ path: String, _ parse: ([UInt8]) throws(Failure) -> Value
    ) throws(CommandFailure) -> Value {
        let bytes = try InputFile.read(path, bytesMax: Limits.noteBytesMax * 2)
        do throws(Failure) {
            return try parse(bytes)
        } catch {
            throw .failed("\(path): \(error)")
        }
    }
}
