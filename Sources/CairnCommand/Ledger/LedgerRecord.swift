import CairnHash
package import CairnLedger

/// A record with its place in the ledger.
package struct LedgerRecord: Equatable, Sendable {
    var number: RecordNumber
    package var record: Record
    var leafHash: Digest
    var blockIndex: BlockIndex
    var blockHash: Digest
    /// RFC 3339.
    var timestamp: String

    var json: JSONValue {
        .object([
            "number": .integer(self.number),
            "data": self.record.json,
            "leaf_hash": .hash(self.leafHash),
            "block": .object([
                "index": .integer(self.blockIndex),
                "hash": .hash(self.blockHash),
                "timestamp": .string(self.timestamp),
            ]),
        ])
    }
}
