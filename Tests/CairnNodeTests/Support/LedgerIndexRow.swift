import CairnHash
import CairnLedger
import GRDB

/// A row of the index that a test puts there behind the index's back.
struct LedgerIndexRow {
    var record: RecordNumber
    var leafHash: Digest

    func insert(into path: String) throws {
        let prefix = self.leafHash.bytes.prefix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        let number = Int64(self.record.rawValue)
        let database = try DatabaseQueue(path: path)
        try database.write { try $0.execute(sql: "INSERT INTO record VALUES (?, ?)", arguments: [prefix, number]) }
        try database.close()
    }
}
