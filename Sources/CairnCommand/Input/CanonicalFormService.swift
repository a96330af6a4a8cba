import CairnLedger
import Foundation

/// Answers for programs that compare canonical forms, a line for a line.
///
/// | line in | line out |
/// |---|---|
/// | base64 of a JSON text (RFC 4648, section 4) | `ok ` and base64 of its canonical form |
/// | the same, of a text that is refused | `error ` and why |
///
/// Answers are written out whenever no whole line waits to be read, so that a caller may ask one line at a time.
struct CanonicalFormService {
    let lines: LineReader
    let output: Output

    func run() throws(CommandFailure) {
        while let line = try self.lines.next() {
            try self.answer(line)
            while let line = try self.lines.buffered() { try self.answer(line) }
            try self.output.flush()
        }
    }

    private func answer(_ line: [UInt8]) throws(CommandFailure) {
        guard let text = Data(base64Encoded: Data(line)) else {
            try self.output.line("error the line is no base64")
            return
        }
        var canonical: [UInt8] = []
        do throws(CanonicalJSONError) {
            try CanonicalJSON.canonicalize([UInt8](text).span.bytes, into: &canonical, maxDepth: Limits.nestingMax)
        } catch {
            try self.output.line("error \(error)")
            return
        }
        try self.output.line("ok " + Data(canonical).base64EncodedString())
    }
}
