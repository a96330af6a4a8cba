package import CairnHash
package import CairnLedger

/// Where records went that were appended together.
package struct AppendedBatch: Equatable, Sendable {
    package var firstRecord: RecordNumber
    package var count: Int
    /// Of the only record; nil when there are more.
    package var leafHash: Digest?
    package var blockIndex: BlockIndex
    var blockHash: Digest
    /// RFC 3339.
    var timestamp: String
    /// It was there already, under the same idempotency key: nothing was written.
    package var isRepeat = false

    var lastRecord: RecordNumber { self.firstRecord + max(0, self.count - 1) }

    package var json: JSONValue {
        var object: JSONObject = [
            "block_index": .integer(self.blockIndex),
            "block_hash": .hash(self.blockHash),
            "timestamp": .string(self.timestamp),
            "repeated": .bool(self.isRepeat),
        ]
        if let leafHash {
            object["number"] = .integer(self.firstRecord)
            object["leaf_hash"] = .hash(leafHash)
        } else {
            object["first_number"] = .integer(self.firstRecord)
            object["count"] = .integer(UInt64(self.count))
        }
        return .object(object)
    }

    /// For a person: `record 7  leaf 3f…  block 4 9c…`.
    package var text: String {
        let what =
            if let leafHash {
                "record \(self.firstRecord)  leaf \(leafHash)"
            } else {
                "records \(self.firstRecord)-\(self.lastRecord)"
            }
        return "\(what)  block \(self.blockIndex) \(self.blockHash)\(self.isRepeat ? "  (was there already)" : "")"
    }
}
