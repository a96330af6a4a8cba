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
    private let database: DatabasePool
    /// Whether the file had to be made anew, and why.
    public let rebuildReason: String?

    private static let schemaVersion = 1

    /// Opens the index of a chain, or begins a new one.
    ///
    /// - Parameter path: of the SQLite file.
    public init(path: String, chain: Digest) throws(IndexError) {
        do {
            let database = try Self.open(path)
            if let problem = try Self.problem(database, chain: chain) {
                try database.close()
                throw IndexError(reason: problem)
            }
            self.database = database
            self.rebuildReason = nil
        } catch {
            do {
                for file in [path, path + "-wal", path + "-shm"] where FileManager.default.fileExists(atPath: file) {
                    try FileManager.default.removeItem(atPath: file)
                }
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
        return try DatabasePool(path: path, configuration: configuration)
    }

    private static func problem(_ database: DatabasePool, chain: Digest) throws -> String? {
        try database.read { database in
            guard try Int.fetchOne(database, sql: "PRAGMA user_version") == Self.schemaVersion else {
                return "there was none, or one of another version"
            }
            let stored = try Data.fetchOne(database, sql: "SELECT chain FROM meta")
            return stored.map { [UInt8]($0) } == chain.bytes ? nil : "it is of another chain"
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

    // MARK: Growing

    /// A block as the index sees it.
    public struct IndexedBlock: Sendable {
        public var index: BlockIndex
        public var hash: Digest
        public var firstRecord: RecordNumber
        public var leafHashes: [Digest]

        public init(index: BlockIndex, hash: Digest, firstRecord: RecordNumber, leafHashes: [Digest]) {
            self.index = index
            self.hash = hash
            self.firstRecord = firstRecord
            self.leafHashes = leafHashes
        }
    }

    /// How many blocks are indexed: the index of the next one to add.
    public func nextBlock() throws(IndexError) -> BlockIndex {
        try self.read { BlockIndex(try Int64.fetchOne($0, sql: "SELECT blocks FROM meta") ?? 0) }
    }

    /// Adds consecutive blocks, the first of which is `nextBlock()`, all or none.
    public func add(_ blocks: [IndexedBlock]) throws(IndexError) {
        guard let last = blocks.last else { return }
        do {
            try self.database.write { database in
                let addBlock = try database.makeStatement(sql: "INSERT INTO block VALUES (?, ?)")
                let addRecord = try database.makeStatement(sql: "INSERT INTO record VALUES (?, ?)")
                var records: Int64 = 0
                for block in blocks {
                    try addBlock.execute(arguments: [block.hash.prefix, Int64(block.index.rawValue)])
                    for (offset, leafHash) in block.leafHashes.enumerated() {
                        let number = Int64(block.firstRecord.rawValue) + Int64(offset)
                        try addRecord.execute(arguments: [leafHash.prefix, number])
                    }
                    records += Int64(block.leafHashes.count)
                }
                try database.execute(
                    sql: "UPDATE meta SET blocks = ?, records = records + ?",
                    arguments: [Int64(last.index.rawValue) + 1, records])
            }
        } catch {
            throw IndexError(reason: "\(error)")
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
        try self.read { database in
            try Int64.fetchAll(
                database,
                sql: "SELECT number FROM \(table) WHERE prefix = ? AND number >= ? ORDER BY number LIMIT ?",
                arguments: [hash.prefix, Int64(first), limit]
            ).map { UInt64($0) }
        }
    }

    private func read<Value: Sendable>(_ body: (Database) throws -> Value) throws(IndexError) -> Value {
        do {
            return try self.database.read(body)
        } catch {
            throw IndexError(reason: "\(error)")
        }
    }
}

/// The index can't do something; it can be deleted and is made anew.
public struct IndexError: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: String

    public var description: String { "the index failed: \(self.reason)" }
}

extension Digest {
    /// The first 8 bytes as SQLite's integer: enough to find a hash among 2^32, and a fourth of its size.
    var prefix: Int64 {
        self.bytes.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }
}
