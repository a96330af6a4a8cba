import CairnHash
import CairnLedger
import Foundation

/// How far an import has come, in a small file beside the imported one.
///
/// Idempotency keys alone would do while the ledger remembers them, which it does for its newest records only; so a
/// large import that goes on must not begin with the first batch.
struct ImportNotes {
    let path: String
    let chain: Digest
    let digest: Digest

    init(path: String, chain: Digest, plan: ImportPlan) {
        self.path = path
        self.chain = chain
        self.digest = plan.digest
    }

    static func path(for file: String) -> String { file + ".cairn-import" }

    /// Batches that were appended before, 0 when there are no notes on this file and this ledger.
    func batchesDone() -> UInt64 {
        guard let data = FileManager.default.contents(atPath: self.path),
            let fields = (try? JSONValue(canonical: [UInt8](data).span.bytes))?.object,
            fields["chain"]?.string == self.chain.description, fields["digest"]?.string == self.digest.description
        else { return 0 }
        return fields["batches"]?.uint64 ?? 0
    }

    /// Best effort: where no file can be made, the keys still hold.
    func write(batchesDone: UInt64) {
        let json = JSONValue.object([
            "chain": .hash(self.chain), "digest": .hash(self.digest), "batches": .integer(batchesDone),
        ])
        try? Data(json.bytes).write(to: URL(filePath: self.path), options: .atomic)
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: self.path)
    }
}
