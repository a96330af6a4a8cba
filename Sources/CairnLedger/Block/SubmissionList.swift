/// Which records of a block were submitted under which id: a part of the annex.
///
/// As JSON: `{"ids": <base64 of the ids, 16 bytes each>, "spans": [[first, count, times], …]}`. A span stands for
/// `times` submissions of `count` records each that follow one another from the record at offset `first` in the block;
/// the ids belong to them in order. Spans are as long as possible, so that a list has one encoding.
public struct SubmissionList: Hashable, Sendable {
    public struct Item: Hashable, Sendable {
        public var id: SubmissionID
        /// Places of its records in the block, from 0.
        public var offsets: Range<Int>

        public init(id: SubmissionID, offsets: Range<Int>) {
            self.id = id
            self.offsets = offsets
        }
    }

    /// In the order of their records.
    public private(set) var items: [Item]

    /// - Precondition: no item is without records.
    public init(_ items: [Item]) {
        precondition(items.allSatisfy { !$0.offsets.isEmpty }, "a submission has records")
        self.items = items
    }

    /// What one more submission adds to an annex at most, in bytes: 16 in base64, and a span of its own.
    public static let encodedBytesPerItemMax = 24 + 20

    /// Checks that the submissions lie in a block of so many records and don't overlap.
    public func check(recordCount: Int) throws(AnnexError) {
        var end = 0
        for item in self.items {
            guard item.offsets.lowerBound >= end, item.offsets.upperBound <= recordCount else {
                throw .submissionOutside(offsets: item.offsets, recordCount: recordCount)
            }
            end = item.offsets.upperBound
        }
    }
}

// MARK: - JSON

extension SubmissionList {
    private struct Span {
        var first: Int
        var count: Int
        var times: Int
        var end: Int { self.first + self.count * self.times }
    }

    package var json: JSONValue {
        var spans: [Span] = []
        var ids: [UInt8] = []
        ids.reserveCapacity(self.items.count * SubmissionID.byteCount)
        for item in self.items {
            item.id.encode(into: &ids)
            if let last = spans.last, last.end == item.offsets.lowerBound, last.count == item.offsets.count {
                spans[spans.count - 1].times += 1
            } else {
                spans.append(Span(first: item.offsets.lowerBound, count: item.offsets.count, times: 1))
            }
        }
        return .object([
            "ids": .string(Base64.encode(ids)),
            "spans": .array(spans.map { .array([$0.first, $0.count, $0.times].map { .integer(UInt64($0)) }) }),
        ])
    }

    package init(json: JSONValue) throws(AnnexError) {
        let fields = try AnnexFields(json, of: "submissions", known: ["ids", "spans"])
        let text = try fields.string("ids")
        guard let ids = Base64.decode(text), ids.count.isMultiple(of: SubmissionID.byteCount), !ids.isEmpty else {
            throw .invalidField("submissions.ids")
        }
        var items: [Item] = []
        items.reserveCapacity(ids.count / SubmissionID.byteCount)
        var before: Span?
        for span in try fields.array("spans") {
            guard case .array(let numbers) = span, numbers.count == 3,
                let first = numbers[0].count, let count = numbers[1].count, let times = numbers[2].count,
                count > 0, times > 0
            else { throw .invalidField("submissions.spans") }
            // Spans that could be longer are another text of the same list.
            if let before, before.end == first, before.count == count { throw .invalidField("submissions.spans") }
            before = Span(first: first, count: count, times: times)
            for time in 0..<times {
                let place = items.count * SubmissionID.byteCount
                guard place < ids.count else { throw .invalidField("submissions.spans") }
                let id = SubmissionID(loading: ids.span.bytes, at: place)
                items.append(Item(id: id, offsets: first + time * count..<first + (time + 1) * count))
            }
        }
        guard items.count * SubmissionID.byteCount == ids.count else { throw .invalidField("submissions.ids") }
        self.items = items
    }
}

extension JSONValue {
    /// A number that counts something in a block: it is bounded, so that sums and products of it can't overflow.
    fileprivate var count: Int? {
        guard let number = self.uint64, number <= UInt64(Limits.blockRecordsMax) else { return nil }
        return Int(number)
    }
}
