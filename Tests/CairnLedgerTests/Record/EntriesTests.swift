import CairnHash
import CairnLedger
import Testing

struct EntriesTests {
    @Test func recordsAndTextsMakeTheSameEntries() throws {
        let texts = [#"{"b":1, "a":[true , null]}"#, "\t\"stoné\"", "1E21", "0", "[]"]
        var records = Entries()
        var direct = Entries()
        direct.reserveCapacity(records: texts.count, bytes: 100)
        for text in texts {
            records.append(try Record(json: text))
            try direct.append(json: Array(text.utf8).span.bytes)
        }
        #expect(records == direct)
        #expect(direct.count == texts.count)
        #expect(direct[0].text == #"{"a":[true,null],"b":1}"#)
        #expect(direct[2].text == "1e+21")
        #expect(direct.range(of: 0) == 2..<25)
        #expect(direct.bytes.prefix(3) == [0, 23, UInt8(ascii: "{")])
        let hashes = direct.leafHashes()
        for position in 0..<direct.count {
            #expect(hashes[position] == direct[position].leafHash)
            #expect(direct.withRecord(at: position) { Digest(hashingLeaf: $0) } == hashes[position])
        }
        #expect(try Entries(decoding: direct.bytes) == direct)
    }

    @Test func partsJoin() throws {
        var joined = try Samples.entries(["1", "22"])
        joined.append(contentsOf: try Samples.entries(["333"]))
        joined.append(contentsOf: Entries())
        #expect(joined == (try Samples.entries(["1", "22", "333"])))
        #expect(joined[2].text == "333")
    }

    @Test(arguments: ["", "nope", "1 2", "[1,", "9007199254740993"])
    func aTextThatIsNoRecordChangesNothing(text: String) throws {
        var entries = try Samples.entries(["1", "2"])
        let before = entries
        #expect(throws: RecordError.self) { try entries.append(json: Array(text.utf8).span.bytes) }
        #expect(entries == before)
        #expect(entries.count == 2)
        entries.append(try Record(json: "3"))
        #expect(entries == (try Samples.entries(["1", "2", "3"])))
    }

    @Test func theLargestRecord() throws {
        let limit = Limits.recordBytesMax
        let largest = "\"" + String(repeating: "x", count: limit - 2) + "\""
        var entries = Entries()
        try entries.append(json: Array(largest.utf8).span.bytes)
        #expect(entries.bytes.prefix(2) == [0xFF, 0xFF])
        #expect(try Entries(decoding: entries.bytes)[0].text == largest)
        #expect(throws: RecordError.tooLarge(bytes: limit + 1, limit: limit)) {
            try entries.append(json: Array(("\"x" + largest.dropFirst()).utf8).span.bytes)
        }
        #expect(entries.count == 1)
        #expect(entries.bytes.count == 2 + limit)
    }

    @Test func theLongestText() throws {
        let limit = Limits.recordTextBytesMax
        let padded = "1" + String(repeating: " ", count: limit - 1)
        #expect(try Record(json: padded).text == "1")
        #expect(throws: RecordError.textTooLarge(bytes: limit + 1, limit: limit)) { try Record(json: padded + " ") }
    }

    @Test func anEncodingCutShortAnywhereIsRefusedOrShorter() throws {
        let entries = try Samples.entries(["1", "\"two\"", "[3,3,3]"])
        var whole: Set<Int> = []
        for count in 0...entries.bytes.count {
            guard let cut = try? Entries(decoding: Array(entries.bytes.prefix(count))) else { continue }
            #expect(cut.bytes == Array(entries.bytes.prefix(count)))
            whole.insert(count)
        }
        #expect(whole == [0, 3, 10, 19])
    }

    @Test func decodingNamesTheEntry() {
        #expect(throws: BlockDecodingError.entryTruncated(entry: 1, neededBytes: 2, availableBytes: 1)) {
            try Entries(decoding: [0, 1, 49, 0])
        }
        #expect(throws: BlockDecodingError.entryTruncated(entry: 0, neededBytes: 65_535, availableBytes: 1)) {
            try Entries(decoding: [255, 255, 49])
        }
        #expect(throws: BlockDecodingError.entryEmpty(entry: 1)) { try Entries(decoding: [0, 1, 49, 0, 0]) }
    }
}
