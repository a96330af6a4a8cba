internal import CairnHash
public import CairnLedger

extension LedgerClient {
    /// Appends a record, durably.
    ///
    /// When a node doesn't answer, the same is sent again, to the next node if there is one, under the same idempotency key: so
    /// it is written once, however often it was sent.
    ///
    /// - Parameters:
    ///   - record: what to append.
    ///   - idempotencyKey: what the caller calls this submission, 1 to 255 visible ASCII characters without quotation marks:
    ///     calling again with the same key, also after a restart, appends nothing new. Nil: a random one for this call.
    public func append(
        _ record: Record, idempotencyKey: String? = nil
    ) async throws(LedgerClientError) -> AppendReceipt {
        try await self.append([record], idempotencyKey: idempotencyKey)
    }

    /// Appends records, in order and in one block, or none of them. See ``append(_:idempotencyKey:)``.
    ///
    /// - Throws: `.badBatch` for no records, or more than a block takes (8,192 records, 4 MiB).
    public func append(
        _ records: [Record], idempotencyKey: String? = nil
    ) async throws(LedgerClientError) -> AppendReceipt {
        let key = idempotencyKey ?? Self.randomKey()
        guard Self.isValid(key: key) else { throw .badIdempotencyKey(key) }
        var entries = Entries()
        for record in records { entries.append(record) }
        let submission: Submission
        do throws(SubmissionError) {
            submission = try Submission(id: nil, entries: entries)
        } catch {
            throw .badBatch(error)
        }
        let nodes = self.pool.inOrder
        let configuration = self.pool.configuration
        var attempt = 0
        while true {
            let node = nodes[attempt % nodes.count]
            attempt += 1
            do throws(LedgerClientError) {
                let receipt = try await Self.submit(submission, key: key, to: node)
                self.pool.prefer(node)
                return receipt
            } catch {
                guard error.isTransient, attempt < configuration.attemptsMax else { throw error }
                configuration.report(NodeFailure(node: node.url, error: error))
                try await NodePool.sleep(Self.delay(after: error, attempt: attempt, nodes: nodes.count, configuration))
            }
        }
    }

    /// A node that was not asked yet is asked at once.
    private static func delay(
        after error: LedgerClientError, attempt: Int, nodes: Int, _ configuration: ClientConfiguration
    ) -> Duration {
        if attempt < nodes { return .zero }
        if case .refused(_, let problem) = error, let seconds = problem.retryAfterSeconds {
            return min(.seconds(Int64(clamping: seconds)), configuration.retryDelayMax)
        }
        return configuration.retryDelay(attempt: attempt - nodes + 1)
    }

    private static func submit(
        _ submission: Submission, key: String, to node: NodeConnection
    ) async throws(LedgerClientError) -> AppendReceipt {
        let entries = submission.entries
        let isSingle = entries.count == 1
        var body: [UInt8] = []
        body.reserveCapacity(entries.bytes.count)
        for position in 0..<entries.count {
            body += entries.bytes[entries.range(of: position)]
            if !isSingle { body.append(UInt8(ascii: "\n")) }
        }
        let (answer, isRepeat) = try await node.post(
            "/v1/records", body: body, contentType: isSingle ? "application/json" : "application/x-ndjson",
            idempotencyKey: key)
        if isSingle {
            guard try answer.digest("leaf_hash") == submission.leafHashes.first else {
                throw .otherReceipt(node.url, reason: "answered with the leaf hash of another one")
            }
        } else {
            let count = try answer.number("count")
            guard count == UInt64(entries.count) else {
                throw .otherReceipt(node.url, reason: "says that it was \(count) records in place of \(entries.count)")
            }
        }
        return AppendReceipt(
            firstRecord: RecordNumber(rawValue: try answer.number(isSingle ? "number" : "first_number")),
            leafHashes: submission.leafHashes, blockIndex: BlockIndex(rawValue: try answer.number("block_index")),
            blockHash: try answer.digest("block_hash"), timestamp: try answer.string("timestamp"), isRepeat: isRepeat,
            node: node.url)
    }

    private static func isValid(key: String) -> Bool {
        (1...255).contains(key.utf8.count)
            && key.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") }
    }

    private static func randomKey() -> String {
        Hex.encode((0..<16).map { _ in UInt8.random(in: .min ... .max) })
    }
}
