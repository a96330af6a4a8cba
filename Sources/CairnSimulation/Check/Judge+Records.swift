package import CairnLedger

/// Every record was handed in by a client, and each submission is there whole and once.
extension Judge {
    package mutating func expect(_ submission: Submission, hasID: Bool, operation: Int) {
        precondition(operation == self.operations.count, "operations are numbered in order")
        self.operations.append(
            ExpectedOperation(
                id: hasID ? submission.id?.bytes : nil, count: submission.entries.count))
        for position in 0..<submission.entries.count {
            self.expected[submission.entries[position].canonicalBytes] = (operation, position)
        }
    }

    mutating func takeRecords(of block: PlainBlock, annex: PlainJSON, from first: UInt64) throws(Violation) {
        func invalid(_ problem: String) -> Violation { Violation(.validity, "block \(block.index): \(problem)") }
        let listed = try self.listedSubmissions(in: annex, of: block, from: first)
        var offset = 0
        while offset < block.records.count {
            guard let (operation, position) = self.expected[block.records[offset]] else {
                throw invalid("record \(offset) was handed in by nobody")
            }
            let count = self.operations[operation].count
            guard position == 0, offset + count <= block.records.count,
                (0..<count).allSatisfy({ place in
                    self.expected[block.records[offset + place]].map { $0 == (operation, place) } ?? false
                })
            else { throw invalid("a submission's records were torn apart") }
            let start = first + UInt64(offset)
            if let id = self.operations[operation].id {
                guard let range = listed[id], range == start..<start + UInt64(count) else {
                    throw invalid("a submission isn't listed with its id and records")
                }
            }
            if let before = self.operations[operation].firstRecords.last,
                before + UInt64(count) > self.forgotten(at: start)
            {
                throw Violation(
                    .exactlyOnce, "operation \(operation) stands at record \(before) and again at \(start)")
            }
            self.operations[operation].firstRecords.append(start)
            offset += count
        }
        self.records += block.records
    }

    /// The submissions that a block lists, by id, in numbers of records; and that none is repeated within the window.
    private mutating func listedSubmissions(
        in annex: PlainJSON, of block: PlainBlock, from first: UInt64
    ) throws(Violation) -> [[UInt8]: Range<UInt64>] {
        guard let submissions = annex["submissions"] else { return [:] }
        guard let ids = submissions["ids"]?.string.flatMap(PlainText.base64), let spans = submissions["spans"]?.array
        else { throw Violation(.validity, "block \(block.index): its list of submissions can't be read") }
        var listed: [[UInt8]: Range<UInt64>] = [:]
        var place = 0
        for span in spans {
            let numbers = span.array?.compactMap(\.number) ?? []
            guard numbers.count == 3 else {
                throw Violation(.validity, "block \(block.index): a span isn't three numbers")
            }
            for time in 0..<numbers[2] {
                guard place + 16 <= ids.count else {
                    throw Violation(.validity, "block \(block.index): there are fewer ids than submissions")
                }
                let id = Array(ids[place..<place + 16])
                let start = first + numbers[0] + time * numbers[1]
                if let before = self.places[id], before.upperBound > self.forgotten(at: first) {
                    throw Violation(
                        .exactlyOnce, "block \(block.index) repeats a submission id of record \(before.lowerBound)")
                }
                self.places[id] = start..<start + numbers[1]
                listed[id] = start..<start + numbers[1]
                place += 16
            }
        }
        return listed
    }
}
