public import CairnHash
public import CairnLedger
internal import Foundation
internal import GRDB

/// A SQLite file that finds blocks by hash and records by leaf hash. Derived from the ledger, behind it by a watermark,
/// and made anew when it is missing, damaged, or of another chain: it may be deleted at any time.
///
/// An answer is a hint: whoever asks checks it against the ledger, so that a damaged index can't invent a record.
///
/// | table | columns |
/// |---|---|
/// | `meta` | `chain`: genesis hash; `blocks`: the watermark, how many blocks are indexed; `records`: how many records |
/// | `block` | `prefix`: the first 8 bytes of the block's hash as a signed integer; `number`: its index |
/// | `record` | `prefix`: the same of the leaf hash; `number`: the record's number |
public final class LedgerIndex: Sendable {
    private let path: String
    private let database: DatabasePool
    /// Whether the file had to be made anew, and why.
    public let rebuildReason: String?

    /// One more since 0.1.0, whose release wrote other numbers than the hashes begin with: of some files only the last block's
    /// row was right, by which they would be taken for good.
    static let schemaVersion = 2

    /// Opens the index of a chain, or begins a new one.
    ///
    /// - Parameters:
    ///   - path: of the SQLite file.
    ///   - blockHash: hash of a block, nil when the ledger has no such block. The last indexed block must be there:
    ///     otherwise the index belongs to another future of the same chain, as after a return to a backup.
    public init(path: String, chain: Digest, blockHash: (BlockIndex) -> Digest?) throws(IndexError) {
        self.path = path
        if let problem = IndexPath.problem(path) { throw IndexError(reason: problem) }
        do {
            let database = try Self.open(path)
            if let problem = try Self.problem(database, chain: chain, blockHash: blockHash) {
                try database.close()
                throw IndexError(reason: problem)
            }
            self.database = database
            self.rebuildReason = nil
        } catch {
            do {
                try Self.removeFiles(path)
                self.database = try Self.open(path)
                try Self.create(self.database, chain: chain)
            } catch {
                throw IndexError(reason: "can't make \(path): \(error)")
            }
            self.rebuildReason = (error as? IndexError)?.reason ?? "\(error)"
        }
    }

    private static func open(_ path: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.maximumReaderCount = 2
        configuration.prepareDatabase { database in
            // A crash may cost the whole file: it is derived, and a sync would take time from the ledger's own.
            try database.execute(sql: "PRAGMA synchronous = OFF")
            try database.execute(sql: "PRAGMA cache_size = -16384")
        }
        return try DatabasePool(path: IndexPath.plain(path), configuration: configuration)
    }

    private static func removeFiles(_ path: String) throws {
        for file in [path, path + "-wal", path + "-shm"] where FileManager.default.fileExists(atPath: file) {
            try FileManager.default.removeItem(atPath: file)
        }
    }

    private static func problem(
        _ database: DatabasePool, chain: Digest, blockHash: (BlockIndex) -> Digest?
    ) throws -> String? {
        try database.read { database in
            guard try Int.fetchOne(database, sql: "PRAGMA user_version") == Self.schemaVersion else {
                return "there was none, or one of another version"
            }
            let stored = try Data.fetchOne(database, sql: "SELECT chain FROM meta")
            guard stored.map({ [UInt8]($0) }) == chain.bytes else { return "it is of another chain" }
            guard let last = try Self.watermark(database).nextBlock.previous() else { return nil }
            guard let hash = blockHash(last),
                try Self.numbers(database, "block", hash, from: last.rawValue, limit: 1) == [last.rawValue]
            else { return "its last block, \(last), is not the ledger's" }
            return nil
        }
    }

    private static func create(_ database: DatabasePool, chain: Digest) throws {
        try database.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE meta (chain BLOB NOT NULL, blocks INTEGER NOT NULL, records INTEGER NOT NULL);
                    CREATE TABLE block (prefix INTEGER NOT NULL, number INTEGER NOT NULL,
                        PRIMARY KEY (prefix, number)) WITHOUT ROWID;
                    CREATE TABLE record (prefix INTEGER NOT NULL, number INTEGER NOT NULL,
                        PRIMARY KEY (prefix, number)) WITHOUT ROWID;
                    PRAGMA user_version = \(Self.schemaVersion);
                    """)
            try database.execute(sql: "INSERT INTO meta VALUES (?, 0, 0)", arguments: [Data(chain.bytes)])
        }
    }

    /// Leaves one file that can be read without being changed: no write-ahead log, and no mark of one.
    public func close() {
        let path = self.database.path
        // What fails here, the next opening puts right.
        try? self.database.close()
        guard let alone = try? DatabaseQueue(path: path) else { return }
        _ = try? alone.writeWithoutTransaction { try String.fetchOne($0, sql: "PRAGMA journal_mode = DELETE") }
        try? alone.close()
    }

    /// Closes the index and deletes it, so that the next opening makes it anew.
    public func discard() {
        try? self.database.close()
        try? Self.removeFiles(self.path)
    }

    // MARK: Growing

    /// How many blocks and records are indexed: the numbers of the next ones to add.
    public func watermark() throws(IndexError) -> (nextBlock: BlockIndex, records: UInt64) {
        try self.read { try Self.watermark($0) }
    }

    private static func watermark(_ database: Database) throws -> (nextBlock: BlockIndex, records: UInt64) {
        guard let meta = try Row.fetchOne(database, sql: "SELECT blocks, records FROM meta"),
            let blocks = meta.number("blocks"), let records = meta.number("records")
        else { throw IndexError(reason: "the watermark is missing") }
        return (BlockIndex(rawValue: blocks), records)
    }

    /// Adds consecutive blocks and their records, from the watermark on, all or none.
    ///
    /// - Parameter isCancelled: asked now and then; after a yes nothing is added.
    /// - Returns: whether they were added.
    @discardableResult
    public func add(
        blockHashes: [Digest], from firstBlock: BlockIndex, leafHashes: [Digest], from firstRecord: RecordNumber,
        isCancelled: () -> Bool = { false }
    ) throws(IndexError) -> Bool {
        do {
            try self.database.write { database in
                try Self.insert(blockHashes, from: firstBlock.rawValue, into: "block", database, isCancelled)
                try Self.insert(leafHashes, from: firstRecord.rawValue, into: "record", database, isCancelled)
                try database.execute(
                    sql: "UPDATE meta SET blocks = ?, records = ?",
                    arguments: [
                        Int64(firstBlock.rawValue) + Int64(blockHashes.count),
                        Int64(firstRecord.rawValue) + Int64(leafHashes.count),
                    ])
            }
            return true
        } catch is CancellationError {
            return false
        } catch {
            throw IndexError(error)
        }
    }

    /// In the order of the tree that holds them, which touches each of its pages once.
    private static func insert(
        _ hashes: [Digest], from first: UInt64, into table: String, _ database: Database, _ isCancelled: () -> Bool
    ) throws {
        let statement = try database.makeStatement(sql: "INSERT INTO \(table) VALUES (?, ?)")
        let rows = hashes.enumerated().map { (prefix: $1.prefix, number: Int64(first) + Int64($0)) }
        let sorted = rows.sorted { ($0.prefix, $0.number) < ($1.prefix, $1.number) }
        for (position, row) in sorted.enumerated() {
            if position.isMultiple(of: 512), isCancelled() { throw CancellationError() }
            try statement.execute(arguments: [row.prefix, row.number])
        }
    }

    // MARK: Finding

    /// Blocks that may have this hash, ascending.
    public func blocks(withHash hash: Digest) throws(IndexError) -> [BlockIndex] {
        try self.numbers("block", hash, from: 0, limit: 16).map { BlockIndex(rawValue: $0) }
    }

    /// Records from `first` on that may have this leaf hash, ascending, at most `limit`.
    public func records(
        withLeafHash leafHash: Digest, from first: RecordNumber, limit: Int
    ) throws(IndexError) -> [RecordNumber] {
        try self.numbers("record", leafHash, from: first.rawValue, limit: limit).map { RecordNumber(rawValue: $0) }
    }

    private func numbers(
        _ table: String, _ hash: Digest, from first: UInt64, limit: Int
    ) throws(IndexError) -> [UInt64] {
        try self.read { try Self.numbers($0, table, hash, from: first, limit: limit) }
    }

    private static func numbers(
        _ database: Database, _ table: String, _ hash: Digest, from first: UInt64, limit: Int
    ) throws -> [UInt64] {
        // SQLite's numbers end there, and so do those of any ledger.
        guard let first = Int64(exactly: first) else { return [] }
        return try Int64.fetchAll(
            database,
            sql: "SELECT number FROM \(table) WHERE prefix = ? AND number >= ? ORDER BY number LIMIT ?",
            arguments: [hash.prefix, first, limit]
        ).compactMap { UInt64(exactly: $0) }
    }

    func read<Value: Sendable>(_ body: (Database) throws -> Value) throws(IndexError) -> Value {
        do {
            return try self.database.read(body)
        } catch {
            throw IndexError(error)
        }
    }
}

extension Row {
    /// A column of a file that may be damaged, which may hold anything. Nil when it is no integer from 0 on.
    func number(_ column: String) -> UInt64? {
        self.integer(column).flatMap { UInt64(exactly: $0) }
    }

    func integer(_ column: String) -> Int64? {
        Int64.fromDatabaseValue(self[column] as DatabaseValue)
    }
}

/// The index can't do something; it can be deleted and is made anew.
public struct IndexError: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: String
    /// Whether the disk is full: it may be tried again.
    public var isDiskFull: Bool

    init(reason: String) {
        self.reason = reason
        self.isDiskFull = false
    }

    init(_ error: any Error) {
        if let error = error as? IndexError {
            self = error
        } else {
            self.reason = "\(error)"
            self.isDiskFull = (error as? DatabaseError)?.resultCode == .SQLITE_FULL
        }
    }

    public var description: String { "the index failed: \(self.reason)" }
}

extension Digest {
    /// The first 8 bytes as SQLite's integer: enough to find a hash among 2^32, and a fourth of its size.
    var prefix: Int64 {
        self.withUnsafeBytes { Int64(bigEndian: $0.loadUnaligned(as: Int64.self)) }
    }
}
