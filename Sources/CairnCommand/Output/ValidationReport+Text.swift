package import CairnLedger
import CairnStore

extension ValidationReport {
    package var json: JSONValue {
        .object([
            "valid": .bool(self.isValid),
            "blocks": .integer(self.blocks),
            "records": .integer(self.records),
            "bytes": .integer(self.bytes),
            "execution_time": .seconds(self.seconds),
            "failed_block": self.failure?.block.map { .integer($0) } ?? .null,
            "file": self.failure.map { .string($0.file) } ?? .null,
            "reason": self.failure.map { .string($0.reason) } ?? .null,
            "notes": .array(self.notes.map(JSONValue.string)),
        ])
    }

    /// For a person: what was found first, then the notes.
    package var text: String {
        ([self.result] + self.notes.map { "note: \($0)" }).map(\.withoutControlCharacters).joined(separator: "\n")
    }

    private var result: String {
        let good = "\(Readable.count(self.blocks, "block")), \(Readable.count(self.records, "record"))"
        if let failure {
            let place = failure.block.map { "block \($0)" } ?? failure.file
            let file = failure.block == nil || failure.file.isEmpty ? "" : " (\(failure.file))"
            // What this program is too old for may be as good as the rest.
            let verdict = failure.isOfNewerVersion ? "NOT VERIFIED" : "NOT VALID"
            return "\(verdict): \(place)\(file): \(failure.reason); good before it: \(good)"
        }
        let time =
            self.seconds < 1 ? "\(UInt64(clamping: self.seconds * 1_000)) ms" : "\(Readable.decimal(self.seconds)) s"
        let rate = self.seconds > 0 ? ", \(Readable.bytes(Double(self.bytes) / self.seconds))/s" : ""
        return "valid: \(good), \(Readable.bytes(Double(self.bytes))) in \(time)\(rate)"
    }
}
