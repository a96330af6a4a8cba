public import CairnHash
public import CairnLedger
internal import Foundation
internal import GRDB

extension LedgerIndex {
    /// What looking at a whole index found.
    public enum Finding: Hashable, Sendable {
        case good
        case missing
        /// A running node uses it, or a crash left it unfinished: its next start takes care.
        case inUse
        /// The first thing that is wrong.
        case damaged(String)
    }

    /// Looks at all of an index file, and never changes it.
    ///
    /// - Parameters:
    ///   - blockHash: hash of a block, nil when the ledger has no such block.
    ///   - leafHash: leaf hash of a record, nil when the ledger has no such record.
    public static func check(
        path: String, blockHash: (BlockIndex) -> Digest?, leafHash: (RecordNumber) -> Digest?
    ) -> Finding {
        guard FileManager.default.fileExists(atPath: path) else { return .missing }
        guard !FileManager.default.fileExists(atPath: path + "-wal") else { return .inUse }
        do {
            var configuration = Configuration()
            configuration.readonly = true
            let database = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? database.close() }
            return try database.read { database in
                try Self.firstProblem(in: database, blockHash: blockHash, leafHash: leafHash).map { .damaged($0) }
                    ?? .good
            }
        } catch {
            return .damaged("\(error)")
        }
    }

    private static func firstProblem(
        in database: Database, blockHash: (BlockIndex) -> Digest?, leafHash: (RecordNumber) -> Digest?
    ) throws -> String? {
        if let problem = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)"), problem != "ok" {
            return problem
        }
        guard let meta = try Row.fetchOne(database, sql: "SELECT blocks, records FROM meta") else {
            return "the watermark is missing"
        }
        return try Self.firstProblem(in: database, "block", rows: meta.number("blocks")) {
            blockHash(BlockIndex(rawValue: $0))
        }
            ?? Self.firstProblem(in: database, "record", rows: meta.number("records")) {
                leafHash(RecordNumber(rawValue: $0))
            }
    }

    /// Rows are distinct, so as many right ones as there must be are all that there must be.
    private static func firstProblem(
        in database: Database, _ table: String, rows expected: UInt64?, hash: (UInt64) -> Digest?
    ) throws -> String? {
        guard let expected else { return "the watermark is damaged" }
        var count: UInt64 = 0
        let rows = try Row.fetchCursor(database, sql: "SELECT prefix, number FROM \(table)")
        while let row = try rows.next() {
            guard let number = row.number("number") else { return "a row of \(table) has no number" }
            guard let hash = hash(number), hash.prefix == row.integer("prefix") else {
                return "the row of \(table) \(number) is wrong"
            }
            count += 1
        }
        return count == expected ? nil : "\(count) rows of \(table) in place of \(expected)"
    }
}
