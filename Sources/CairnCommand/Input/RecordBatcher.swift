package import CairnLedger

/// Gathers records into batches that each fit one block, as few and large ones as possible, in order.
package struct RecordBatcher {
    package let recordsMax: Int
    package let bytesMax: Int

    private var open = Entries()

    package init(recordsMax: Int = Limits.blockRecordsMax, bytesMax: Int = Submission.entryBytesMax) {
        self.recordsMax = recordsMax
        self.bytesMax = bytesMax
    }

    /// Adds a record. Gives back the batch before it when that is full.
    package mutating func add(_ record: Record) -> Entries? {
        // Each entry of a block has a length of two bytes before it.
        let size = 2 + record.canonicalBytes.count
        var full: Entries?
        if self.open.count == self.recordsMax || self.open.bytes.count + size > self.bytesMax { full = self.finish() }
        self.open.append(record)
        return full
    }

    /// The last batch, nil when nothing is left.
    package mutating func finish() -> Entries? {
        guard !self.open.isEmpty else { return nil }
        defer { self.open = Entries() }
        return self.open
    }
}
