import CairnHash
import CairnLedger

/// A node's answer to a submission.
struct AppendAnswer {
    var json: JSONValue
    /// The node had the submission already.
    var isRepeat: Bool

    /// - Throws: when it isn't what a node says, or about another record.
    func single(_ record: Record, of source: String) throws(CommandFailure) -> AppendedBatch {
        let fields = try AnswerFields(self.json, of: source)
        let leafHash = try fields.digest("leaf_hash")
        guard leafHash == record.leafHash else {
            throw .failed("\(source) took the record, but answered with the leaf hash of another one: \(leafHash)")
        }
        return try self.batch(fields, first: "number", count: 1, leafHash: leafHash)
    }

    func batch(_ count: Int, of source: String) throws(CommandFailure) -> AppendedBatch {
        let fields = try AnswerFields(self.json, of: source)
        let taken = try fields.uint64("count")
        guard taken == UInt64(count) else { throw .failed("\(source) took \(taken) records in place of \(count)") }
        return try self.batch(fields, first: "first_number", count: count, leafHash: nil)
    }

    private func batch(
        _ fields: AnswerFields, first: String, count: Int, leafHash: Digest?
    ) throws(CommandFailure) -> AppendedBatch {
        AppendedBatch(
            firstRecord: RecordNumber(rawValue: try fields.uint64(first)), count: count, leafHash: leafHash,
            blockIndex: BlockIndex(rawValue: try fields.uint64("block_index")),
            blockHash: try fields.digest("block_hash"), timestamp: try fields.string("timestamp"),
            isRepeat: self.isRepeat)
    }
}
