package import CairnHash
import CairnLedger

/// What is known of a file before the first of its records is appended.
package struct ImportPlan: Equatable {
    /// SHA-256 over the canonical bytes of each record and a line feed.
    package var digest: Digest
    package var recordCount: UInt64
    /// Of the file.
    package var byteCount: UInt64?

    /// The digest over records that come one by one.
    struct Check {
        private var stream = SHA256Stream()

        mutating func add(_ record: Record) {
            self.stream.update(record.canonicalBytes.span.bytes)
            self.stream.update(CollectionOfOne(UInt8(ascii: "\n")).span.bytes)
        }

        consuming func finish() -> Digest { self.stream.finalize() }
    }

    package init(digest: Digest, recordCount: UInt64, byteCount: UInt64?) {
        self.digest = digest
        self.recordCount = recordCount
        self.byteCount = byteCount
    }

    /// Reads all of a file.
    ///
    /// - Throws: when a line is no record, and for what can't be read twice.
    package init(file: String) throws(CommandFailure) {
        let lines = try LineReader(path: file)
        guard let byteCount = lines.byteCount else {
            throw .failed("\(file) can't be read twice; for what comes once, use cairn append")
        }
        let reader = RecordReader(lines: lines)
        let meter = ProgressMeter(ProgressBar(label: "check", unit: "records", bytesTotal: byteCount))
        defer { meter.clear() }
        var check = Check()
        var count: UInt64 = 0
        while let record = try reader.next() {
            check.add(record)
            count += 1
            meter.update { bar in
                bar.done = count
                bar.bytes = lines.bytesRead
            }
        }
        guard count > 0 else { throw .failed("there is no record in \(file)") }
        self.init(digest: check.finish(), recordCount: count, byteCount: byteCount)
    }

    /// The idempotency key of a batch, from 0: the same for the same records whenever they are imported.
    package func key(ofBatch batch: UInt64) -> String {
        "import-\(self.digest)-\(batch)"
    }
}
