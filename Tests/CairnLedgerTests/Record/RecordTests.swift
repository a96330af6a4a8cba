import CairnHash
import CairnLedger
import Testing

struct RecordTests {
    @Test(arguments: [
        ("1.0", "1"), ("-0", "0"), ("1e21", "1e+21"), ("0.1", "0.1"), (" \"\\u00e9\" ", "\"é\""),
        (#"{"\ud83d\ude00":1,"\uffff":2}"#, "{\"😀\":1,\"\u{FFFF}\":2}"), ("{}", "{}"),
    ])
    func canonicalText(text: String, canonical: String) throws {
        let record = try Record(json: text)
        #expect(record.text == canonical)
        #expect(record.canonicalBytes == Array(canonical.utf8))
        #expect(record.leafHash == Digest(hashing: [0] + Array(canonical.utf8)))
        #expect(try Record(json: record.text) == record)
    }

    @Test(arguments: [
        "", "nul", "9007199254740993", "0.1000000000000000055", "1e400", "01", #"{"a":1,"\u0061":2}"#, #""\ud800""#,
        "\u{FEFF}1", "[1] 2", "NaN",
    ])
    func textsThatAreNoRecord(text: String) {
        do throws(RecordError) {
            let record = try Record(json: text)
            Issue.record("taken as \(record.text)")
        } catch {
            guard case .json = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func nesting() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try Record(json: nested(Limits.nestingMax)).text == nested(Limits.nestingMax))
        #expect(throws: RecordError.self) { try Record(json: nested(Limits.nestingMax + 1)) }
        #expect(throws: RecordError.self) { try Record(json: nested(100_000)) }
    }
}
