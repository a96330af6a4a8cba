import CairnHash
import CairnLedger
import Testing

struct SubmissionTests {
    @Test func idsDependOnClientAndKeyAndWhereOneEnds() {
        let ids = [("a", "bc"), ("ab", "c"), ("abc", ""), ("", "abc")].map {
            SubmissionID(client: Array($0.utf8), idempotencyKey: Array($1.utf8))
        }
        #expect(Set(ids).count == ids.count)
        let again = SubmissionID(client: Array("a".utf8), idempotencyKey: Array("bc".utf8))
        #expect(again == ids[0])
        #expect(ids[0].bytes == Digest(hashing: [0, 0, 0, 1] + Array("abc".utf8)).bytes.prefix(16) + [])
    }

    @Test func leafHashesAreMade() throws {
        let entries = try Samples.entries(["1", "2"])
        #expect(try Submission(entries: entries).leafHashes == entries.leafHashes())
    }

    @Test func empty() {
        #expect(throws: SubmissionError.empty) { try Submission(entries: Entries()) }
    }

    @Test func records() throws {
        let limit = Limits.blockRecordsMax
        var entries = try Samples.entries(count: limit)
        #expect(try Submission(entries: entries).leafHashes.count == limit)
        entries.append(try Record(json: "1"))
        #expect(throws: SubmissionError.tooManyRecords(count: limit + 1, limit: limit)) {
            try Submission(entries: entries)
        }
    }

    @Test func bytes() throws {
        let limit = Submission.entryBytesMax
        let large = try Record(json: "\"" + String(repeating: "x", count: 65_000) + "\"")
        var entries = Entries()
        while entries.bytes.count + 2 + large.canonicalBytes.count <= limit { entries.append(large) }
        let rest = limit - entries.bytes.count - 2
        var fitting = entries
        fitting.append(try Record(json: "\"" + String(repeating: "x", count: rest - 2) + "\""))
        #expect(fitting.bytes.count == limit)
        #expect(throws: Never.self) { try Submission(entries: fitting) }
        entries.append(try Record(json: "\"" + String(repeating: "x", count: rest - 1) + "\""))
        #expect(throws: SubmissionError.tooLarge(bytes: limit + 1, limit: limit)) { try Submission(entries: entries) }
    }
}
