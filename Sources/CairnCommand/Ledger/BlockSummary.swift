import CairnHash
package import CairnLedger

/// What a list of blocks says about one.
package struct BlockSummary: Equatable, Sendable {
    package var index: BlockIndex
    var hash: Digest
    /// RFC 3339.
    var timestamp: String
    var previousHash: Digest
    var treeSize: TreeSize
    var treeRoot: Digest
    var recordCount: UInt64

    /// The number of its first record, or the next one's when it has none.
    var firstRecord: RecordNumber {
        RecordNumber(self.treeSize.rawValue - min(self.recordCount, self.treeSize.rawValue))
    }

    /// The number of its last record, of a block that has some.
    var lastRecord: RecordNumber {
        RecordNumber(self.treeSize.rawValue - min(1, self.treeSize.rawValue))
    }

    var json: JSONValue {
        .object([
            "index": .integer(self.index),
            "hash": .hash(self.hash),
            "timestamp": .string(self.timestamp),
            "previous_hash": .hash(self.previousHash),
            "tree_size": .integer(self.treeSize),
            "tree_root": .hash(self.treeRoot),
            "first_record": .integer(self.firstRecord),
            "record_count": .integer(self.recordCount),
        ])
    }
}
