package import CairnHash
import CairnLedger
import Foundation

/// How far an import has come, in a small file beside the imported one.
///
/// Idempotency keys alone would do while the ledger remembers them, which it does for its newest records only; so a
/// large import that goes on must not begin with the first batch.
package struct ImportNotes {
    /// More than they take.
    private static let byteCountMax = 4_096

    package let path: String
    package let chain: Digest
    package let digest: Digest

    package init(path: String, chain: Digest, plan: ImportPlan) {
        self.path = path
        self.chain = chain
        self.digest = plan.digest
    }

    package static func path(for file: String) -> String { file + ".cairn-import" }

    /// Batches that were appended before, 0 when there are no notes on this file and this ledger.
    package func batchesDone() -> UInt64 {
        guard let bytes = try? InputFile.read(self.path, bytesMax: Self.byteCountMax),
            let fields = (try? JSONValue(canonical: bytes.span.bytes))?.object,
            fields["chain"]?.string == self.chain.description, fields["digest"]?.string == self.digest.description
        else { return 0 }
        return fields["batches"]?.uint64 ?? 0
    }

    /// Best effort: where no file can be made, the keys still hold.
    package func write(batchesDone: UInt64) {
        let json = JSONValue.object([
            "chain": .hash(self.chain), "digest": .hash(self.digest), "batches": .integer(batchesDone),
        ])
        try? Data(json.bytes).write(to: URL(filePath: self.path), options: .atomic)
    }

    package func remove() {
        try? FileManager.default.removeItem(atPath: self.path)
    }
}
