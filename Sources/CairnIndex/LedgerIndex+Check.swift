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
        /// All that it holds is right, but it holds only so many blocks: the next start adds the others.
        case behind(blocks: UInt64)
        /// Why nothing can be said of it.
        case unreadable(String)
        /// The first thing that is wrong.
        case damaged(String)
    }

    /// The ledger that an index is compared with.
    public struct Compared {
        var chain: Digest?
        var blocks: UInt64
        var blockHash: (BlockIndex) -> Digest?
        var leafHash: (RecordNumber) -> Digest?

        /// - Parameters:
        ///   - chain: its identity; nil: not compared.
        ///   - blocks: how many it has.
        ///   - blockHash: hash of a block, nil when the ledger has no such block.
        ///   - leafHash: leaf hash of a record, nil when the ledger has no such record.
        public init(
            chain: Digest?, blocks: UInt64, blockHash: @escaping (BlockIndex) -> Digest?,
            leafHash: @escaping (RecordNumber) -> Digest?
        ) {
            self.chain = chain
            self.blocks = blocks
            self.blockHash = blockHash
            self.leafHash = leafHash
        }
    }

    /// Looks at all of an index file, and never changes it.
    public static func check(path: String, against ledger: Compared) -> Finding {
        if let problem = IndexPath.problem(path) { return .unreadable(problem) }
        guard FileManager.default.fileExists(atPath: path) else { return .missing }
        guard !FileManager.default.fileExists(atPath: path + "-wal") else { return .inUse }
        do {
            // Opened, such a file would be given a log of its own.
            guard try !Self.wantsLog(path) else { return .inUse }
            var configuration = Configuration()
            configuration.readonly = true
            let database = try DatabaseQueue(path: IndexPath.plain(path), configuration: configuration)
            defer { try? database.close() }
            return try database.read { try Self.finding(in: $0, against: ledger) }
        } catch let error as DatabaseError
            where error.resultCode == .SQLITE_NOTADB || error.resultCode == .SQLITE_CORRUPT
        {
            return .damaged("\(error)")
        } catch {
            return .unreadable("it can't be opened or read: \(error)")
        }
    }

    /// Whether SQLite's header says that changes go to a log beside the file (sqlite.org/fileformat2.html, section 1.3).
    private static func wantsLog(_ path: String) throws -> Bool {
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? file.close() }
        let header = [UInt8](try file.read(upToCount: 20) ?? Data())
        return header.count == 20 && header[18] == 2
    }

    private static func finding(in database: Database, against ledger: Compared) throws -> Finding {
        if let problem = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)"), problem != "ok" {
            return .damaged(problem)
        }
        guard try Int.fetchOne(database, sql: "PRAGMA user_version") == Self.schemaVersion else {
            return .damaged("it is of another version")
        }
        guard let meta = try Row.fetchOne(database, sql: "SELECT chain, blocks, records FROM meta") else {
            return .damaged("the watermark is missing")
        }
        guard let blocks = meta.number("blocks"), let records = meta.number("records") else {
            return .damaged("the watermark is damaged")
        }
        if let chain = ledger.chain,
            Data.fromDatabaseValue(meta["chain"] as DatabaseValue).map({ [UInt8]($0) }) != chain.bytes
        {
            return .damaged("it is of another chain")
        }
        guard blocks <= ledger.blocks else {
            return .damaged("it has come to block \(blocks - 1), and the ledger has only \(ledger.blocks) blocks")
        }
        let problem =
            try Self.firstProblem(in: database, "block", rows: blocks) { ledger.blockHash(BlockIndex(rawValue: $0)) }
            ?? Self.firstProblem(in: database, "record", rows: records) { ledger.leafHash(RecordNumber(rawValue: $0)) }
        if let problem { return .damaged(problem) }
        return blocks < ledger.blocks ? .behind(blocks: blocks) : .good
    }

    /// Rows are distinct, so as many right ones as there must be are all that there must be.
    private static func firstProblem(
        in database: Database, _ table: String, rows expected: UInt64, hash: (UInt64) -> Digest?
    ) throws -> String? {
        var count: UInt64 = 0
        let rows = try Row.fetchCursor(database, sql: "SELECT prefix, number FROM \(table)")
        while let row = try rows.next() {
            guard let number = row.number("number") else { return "a row of \(table) has no number" }
            guard number < expected else { return "a row of \(table) \(number) is beyond its watermark, \(expected)" }
            guard let hash = hash(number), hash.prefix == row.integer("prefix") else {
                return "the row of \(table) \(number) is wrong"
            }
            count += 1
        }
        return count == expected ? nil : "\(count) rows of \(table) in place of \(expected)"
    }
}
