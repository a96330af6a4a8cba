import CairnLedger

/// Reads records from NDJSON: one JSON value a line; empty lines are passed over.
struct RecordReader {
    let lines: LineReader

    /// The next record, nil at the end.
    func next() throws(CommandFailure) -> Record? {
        while let line = try self.lines.next() {
            if line.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) { continue }
            do throws(RecordError) {
                return try Record(json: line.span.bytes)
            } catch {
                let place = "\(self.lines.name), line \(self.lines.lineNumber)"
                throw .failed("\(place): \(error); each line must be one whole JSON value")
            }
        }
        return nil
    }
}
