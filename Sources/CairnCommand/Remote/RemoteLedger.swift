import CairnHash
package import CairnLedger
import CairnNode

/// A ledger behind a running node's HTTP interface. What an answer says about itself is checked where that is cheap.
package struct RemoteLedger: WritableLedger {
    /// Blocks in one answer.
    private static let pageBlocks: UInt64 = 100
    /// A line of a record: its canonical form with every byte of it escaped, and what stands around it.
    private static let lineBytesMax = 6 * Limits.recordBytesMax + 4_096

    let client: NodeClient
    var source: String { self.client.address.text }

    package init(address: NodeAddress, retry: RetryRule = RetryRule()) {
        self.client = NodeClient(address: address, retry: retry)
    }

    package func close() async {
        await self.client.close()
    }

    // MARK: Writing

    package func append(_ entries: Entries, idempotencyKey: String?) async throws(CommandFailure) -> AppendedBatch {
        if entries.count == 1 {
            let record = entries[0]
            let answer = try await self.client.post(
                "/v1/records", body: record.canonicalBytes, contentType: "application/json",
                idempotencyKey: idempotencyKey)
            return try answer.single(record, of: self.source)
        }
        var lines: [UInt8] = []
        lines.reserveCapacity(entries.bytes.count)
        for position in 0..<entries.count {
            lines += entries.bytes[entries.range(of: position)]
            lines.append(UInt8(ascii: "\n"))
        }
        let answer = try await self.client.post(
            "/v1/records", body: lines, contentType: "application/x-ndjson", idempotencyKey: idempotencyKey)
        return try answer.batch(entries.count, of: self.source)
    }

    // MARK: Reading

    package func record(_ number: RecordNumber) async throws(CommandFailure) -> LedgerRecord {
        let record = try self.record(in: try await self.client.get("/v1/records/\(number)"))
        guard record.number == number else {
            throw .failed("\(self.source) gave record \(record.number) for record \(number)")
        }
        return record
    }

    package func forEachRecord(
        from first: RecordNumber, count: UInt64, _ body: (LedgerRecord) throws(CommandFailure) -> Void
    ) async throws(CommandFailure) {
        var next = first
        let end = first.rawValue + count
        while next.rawValue < end {
            let before = next
            try await self.client.lines(
                "/v1/records?from=\(next)&limit=\(end - next.rawValue)", lineBytesMax: Self.lineBytesMax
            ) { line throws(CommandFailure) in
                let record = try self.record(in: line)
                guard record.number == next, next.rawValue < end else {
                    throw .failed("\(self.source) gave record \(record.number) where record \(next) belongs")
                }
                next = next.next()
                try body(record)
            }
            // A node may give fewer than asked for, but not none.
            guard next > before else { throw .failed("\(self.source) gives no record \(next)") }
        }
    }

    private func record(in json: JSONValue) throws(CommandFailure) -> LedgerRecord {
        let fields = try AnswerFields(json, of: self.source)
        let block = try fields.object("block")
        let data = try fields.value("data").bytes
        let record: Record
        do throws(RecordError) {
            record = try Record(json: data.span.bytes)
        } catch {
            throw .failed("\(self.source) gave something that is no record: \(error)")
        }
        let found = LedgerRecord(
            number: RecordNumber(rawValue: try fields.uint64("number")), record: record,
            leafHash: try fields.digest("leaf_hash"), blockIndex: BlockIndex(rawValue: try block.uint64("index")),
            blockHash: try block.digest("hash"), timestamp: try block.string("timestamp"))
        guard found.leafHash == record.leafHash else {
            throw .failed("\(self.source) gave record \(found.number) with a leaf hash that is not the record's")
        }
        return found
    }

    package func blocks(_ range: ClosedRange<BlockIndex>) async throws(CommandFailure) -> [BlockSummary] {
        var summaries: [BlockSummary] = []
        var next = range.lowerBound.rawValue
        while next <= range.upperBound.rawValue {
            let limit = min(Self.pageBlocks, range.upperBound.rawValue - next + 1)
            let path = "/v1/blocks?from=\(next)&limit=\(limit)"
            let blocks = try AnswerFields(try await self.client.get(path), of: self.source).array("blocks")
            guard !blocks.isEmpty else { throw .failed("\(self.source) gives no block \(next)") }
            for json in blocks.prefix(Int(limit)) {
                let summary = try BlockSummary(AnswerFields(json, of: self.source))
                guard summary.index.rawValue == next else {
                    throw .failed("\(self.source) gave block \(summary.index) where block \(next) belongs")
                }
                if let before = summaries.last, before.hash != summary.previousHash {
                    throw .failed("\(self.source) gave a block \(next) that does not follow the one before it")
                }
                summaries.append(summary)
                next += 1
            }
        }
        return summaries
    }

    package func status() async throws(CommandFailure) -> LedgerStatus {
        let fields = try AnswerFields(try await self.client.get("/v1/node"), of: self.source)
        let head = try fields.object("head")
        return LedgerStatus(
            place: self.source, name: try fields.string("name"), chain: try fields.digest("chain"),
            predecessor: try Predecessor(in: fields), key: try fields.digest("key").description,
            headIndex: BlockIndex(rawValue: try head.uint64("index")),
            headHash: try head.digest("hash"), headTimestamp: try head.string("timestamp"),
            treeSize: TreeSize(rawValue: try head.uint64("tree_size")), treeRoot: try head.digest("tree_root"),
            version: try fields.string("version"), notReady: fields.optional("reason")?.string,
            warnings: fields.optional("warnings")?.array?.compactMap { $0.object?["detail"]?.string } ?? [],
            cluster: try ClusterStatus(fields))
    }
}

extension BlockSummary {
    fileprivate init(_ fields: AnswerFields) throws(CommandFailure) {
        self.init(
            index: BlockIndex(rawValue: try fields.uint64("index")), hash: try fields.digest("hash"),
            timestamp: try fields.string("timestamp"), previousHash: try fields.digest("previous_hash"),
            treeSize: TreeSize(rawValue: try fields.uint64("tree_size")), treeRoot: try fields.digest("tree_root"),
            recordCount: try fields.uint64("record_count"))
    }
}
