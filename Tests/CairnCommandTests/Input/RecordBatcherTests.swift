import CairnCommand
import CairnLedger
import Testing

struct RecordBatcherTests {
    private func batches(_ records: [String], recordsMax: Int = 1_000, bytesMax: Int = 1_000) throws -> [[String]] {
        var batcher = RecordBatcher(recordsMax: recordsMax, bytesMax: bytesMax)
        var batches: [Entries] = []
        for text in records {
            if let full = batcher.add(try Record(json: text)) { batches.append(full) }
        }
        if let last = batcher.finish() { batches.append(last) }
        return batches.map { entries in (0..<entries.count).map { entries[$0].text } }
    }

    @Test func byCount() throws {
        #expect(
            try self.batches(["1", "2", "3", "4", "5"], recordsMax: 2) == [["1", "2"], ["3", "4"], ["5"]])
        #expect(try self.batches(["1", "2"], recordsMax: 2) == [["1", "2"]])
    }

    /// Each record counts with the two bytes before it.
    @Test func byBytes() throws {
        #expect(try self.batches(["1", "2", "3"], bytesMax: 6) == [["1", "2"], ["3"]])
        #expect(try self.batches(["1", "22", "3"], bytesMax: 6) == [["1"], ["22"], ["3"]])
    }

    @Test func nothing() throws {
        #expect(try self.batches([]) == [])
    }

    @Test func everyBatchCanBeSubmitted() throws {
        let record = try Record(json: "\"" + String(repeating: "x", count: Limits.recordBytesMax - 2) + "\"")
        var batcher = RecordBatcher()
        var submitted = 0
        for _ in 0..<130 {
            guard let full = batcher.add(record) else { continue }
            submitted += try Submission(entries: full).entries.count
        }
        if let last = batcher.finish() { submitted += try Submission(entries: last).entries.count }
        #expect(submitted == 130)
    }
}
