import ArgumentParser
import CairnLedger

struct CheckEvidence: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-evidence",
        abstract: "Check offline that a log signed two histories.",
        discussion: """
            Needs no network: only the file that "cairn audit" or a client wrote, and a trust policy that says whose \
            signatures count. Exits with 0 when the file proves a split view, and with 1, and says why, when it doesn't.

            Examples:
              cairn check-evidence cairn-audit/fork-0123456789abcdef.json --policy policy.txt
            """)

    @Argument(help: "The file with the evidence.")
    var evidence: String

    @Option(help: ArgumentHelp("The trust policy.", valueName: "file"))
    var policy: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let policy = try TrustPolicy(file: self.policy)
        let bytes = try InputFile.read(self.evidence, bytesMax: 4 * Limits.noteBytesMax)
        let evidence: ForkEvidence
        do throws(ForkEvidenceError) {
            evidence = try ForkEvidence(parsing: bytes)
        } catch {
            throw CommandFailure.failed("\(self.evidence): \(error)")
        }
        do throws(ForkEvidenceError) {
            try evidence.verify(by: policy)
        } catch {
            throw CommandFailure.failed("no split view is proven: \(error)")
        }
        let output = Output.standard()
        let report = ForkReport(evidence: evidence)
        if self.output.json { try output.line(report.json.bytes) } else { try output.line(report.text) }
        try output.flush()
    }
}
