import CairnHash
import CairnLedger
import TestSupport
import Testing

struct SubmissionListTests {
    private func ids(_ count: Int) -> String {
        Base64.encode((0..<UInt64(count)).flatMap { Samples.id($0).bytes })
    }

    private func decode(ids: String, spans: String) throws -> SubmissionList? {
        let text = "{\"submissions\":{\"ids\":\"\(ids)\",\"spans\":\(spans)}}"
        return try Annex(decoding: Array(text.utf8).span.bytes).submissions
    }

    private func list(_ ranges: [Range<Int>]) -> SubmissionList {
        SubmissionList(ranges.enumerated().map { .init(id: Samples.id(UInt64($0)), offsets: $1) })
    }

    @Test(arguments: [
        ([0..<1], "[[0,1,1]]"),
        ([0..<1, 1..<2, 2..<3], "[[0,1,3]]"),
        ([0..<2, 2..<4, 4..<5], "[[0,2,2],[4,1,1]]"),
        ([0..<1, 2..<3], "[[0,1,1],[2,1,1]]"),
        ([3..<7, 7..<8, 8..<9], "[[3,4,1],[7,1,2]]"),
        ([0..<8_192], "[[0,8192,1]]"),
        ([8_191..<8_192], "[[8191,1,1]]"),
    ])
    func spans(ranges: [Range<Int>], spans: String) throws {
        let list = self.list(ranges)
        let text = "{\"submissions\":{\"ids\":\"\(self.ids(ranges.count))\",\"spans\":\(spans)}}"
        #expect(String(decoding: Annex(submissions: list).encoded(), as: UTF8.self) == text)
        #expect(try self.decode(ids: self.ids(ranges.count), spans: spans) == list)
        try list.check(recordCount: Limits.blockRecordsMax)
    }

    @Test func anyListComesBack() throws {
        var random = SplitMix64(seed: 8)
        for _ in 0..<100 {
            var ranges: [Range<Int>] = []
            var end = 0
            for _ in 0..<Int.random(in: 1...60, using: &random) {
                let start = end + (Bool.random(using: &random) ? 0 : Int.random(in: 0...3, using: &random))
                end = start + Int.random(in: 1...3, using: &random)
                ranges.append(start..<end)
            }
            let list = self.list(ranges)
            let bytes = Annex(submissions: list).encoded()
            #expect(try Annex(decoding: bytes.span.bytes).submissions == list)
            #expect(bytes.count <= 64 + ranges.count * SubmissionList.encodedBytesPerItemMax)
            try list.check(recordCount: end)
        }
    }

    @Test func theLongestItemStaysInItsBound() {
        // Every span of its own, with numbers as long as they get.
        let list = self.list((0..<50).map { 5_000 + 20 * $0..<5_000 + 20 * $0 + 10 + $0 % 2 })
        #expect(Annex(submissions: list).encoded().count <= 64 + 50 * SubmissionList.encodedBytesPerItemMax)
    }

    @Test(arguments: [
        // Zero, negative, fractions, other types, other lengths.
        "[[0,0,1]]", "[[0,1,0]]", "[[-1,1,1]]", "[[0.5,1,1]]", "[[0,1]]", "[[0,1,1,1]]", "[[]]", "[0,1,1]",
        "[[0,1,\"1\"]]", "[null]", "{}", "[[[0],1,1]]", "[[0,1,true]]",
        // More or fewer than there are ids.
        "[]", "[[0,1,2]]", "[[0,1,1],[1,2,1]]",
        // Counts that would overflow or run long.
        "[[0,1,8193]]", "[[0,8193,1]]", "[[8193,1,1]]", "[[0,1,9007199254740992]]", "[[9007199254740992,1,1]]",
        "[[8192,8192,8192]]", "[[1e+300,1,1]]",
    ])
    func hostileSpans(spans: String) {
        #expect(throws: AnnexError.self) { try self.decode(ids: self.ids(1), spans: spans) }
    }

    @Test func spansThatCouldBeLongerAreRefused() {
        for spans in ["[[0,1,1],[1,1,1],[2,1,1]]", "[[0,1,2],[2,1,1]]", "[[0,1,1],[1,1,2]]"] {
            #expect(throws: AnnexError.invalidField("submissions.spans")) {
                try self.decode(ids: self.ids(3), spans: spans)
            }
        }
    }

    @Test func idsThatCantBe() {
        for ids in ["", "AAAA", Base64.encode([UInt8](repeating: 0, count: 15)), self.ids(1).dropLast(2) + "", "é==="] {
            #expect(throws: AnnexError.invalidField("submissions.ids")) {
                try self.decode(ids: String(ids), spans: "[[0,1,1]]")
            }
        }
        #expect(throws: AnnexError.invalidField("submissions.ids")) {
            try self.decode(ids: self.ids(3), spans: "[[0,1,2]]")
        }
    }

    @Test func submissionsLieInTheBlockInOrder() throws {
        func refused(_ ranges: [Range<Int>], _ recordCount: Int, at place: Int) {
            let expected = AnnexError.submissionOutside(offsets: ranges[place], recordCount: recordCount)
            #expect(throws: expected) { try self.list(ranges).check(recordCount: recordCount) }
        }
        refused([0..<3], 2, at: 0)
        refused([0..<1, 1..<3], 2, at: 1)
        refused([2..<3], 2, at: 0)
        refused([0..<2, 1..<3], 9, at: 1)
        refused([3..<4, 0..<1], 9, at: 1)
        refused([0..<1, 0..<1], 9, at: 1)
        // What JSON may say, and a block may not hold.
        let overlapping = try #require(try self.decode(ids: self.ids(2), spans: "[[0,2,1],[1,2,1]]"))
        #expect(throws: AnnexError.submissionOutside(offsets: 1..<3, recordCount: 9)) {
            try overlapping.check(recordCount: 9)
        }
        let far = try #require(try self.decode(ids: self.ids(2), spans: "[[8192,8192,2]]"))
        #expect(throws: AnnexError.submissionOutside(offsets: 8_192..<16_384, recordCount: 8_192)) {
            try far.check(recordCount: 8_192)
        }
    }
}
