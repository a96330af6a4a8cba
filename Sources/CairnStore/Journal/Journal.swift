public import CairnLedger

/// What a member has said and vouched for and that isn't final yet: what it must not forget, also in a crash.
///
/// A vote leaves the member only after `sync()` gave a `DurableJournal`. One file, `journal/<generation>.log`, holds
/// a header (`JournalHeader`) and the batches that were synced (`JournalBatch`); `trim` lets a new one take over.
///
/// **What is guaranteed.** Opening yields every entry that was synced, in order, or says that the journal is unusable, after
/// - a crash of the process or the machine at any point, if the disk keeps what was synced and writes sectors whole;
/// - any changed bit or bytes anywhere, as long as they don't turn whole cells of the last batch to zeros;
/// - a file that was cut short, lost or renamed.
///
/// A crash alone never makes it unusable: what it leaves is told from damage by what unwritten sectors hold (zeros),
/// and not by a guess. So a torn sector, on a disk that writes less than sectors, costs the vote and never forgets one.
///
/// **What is not.** A disk that loses a synced write, or turns it to zeros, in the last batch before a crash, makes a
/// journal that is like one whose last sync never came to its end. `seal()` at a quiet moment, the next `sync()` and
/// the next opening each end that. An older copy of the whole folder can't be told from the journal that it once was.
///
/// The size of the file is no trace of how much is in it: room is made ahead and synced before it is written to, so
/// that a full disk shows at `append`, a sync has no metadata of its own to write, and a shorter file is damage.
///
/// Whoever opens it holds the lock of the data directory.
public struct Journal: ~Copyable, Sendable {
    public static let folder = "journal"
    /// How far ahead of the end room is made.
    public static let roomBytes: UInt64 = 8 << 20
    /// A batch's buffers are given back beyond this.
    private static let keptBufferBytes = 1 << 20

    private let disk: any Disk
    private var file: any DiskFile
    private var header: JournalHeader
    private var isHeaderWritten: Bool
    private let roomBytes: UInt64
    /// Batches that are durable, and where the next one goes.
    private var batches: UInt64
    private var end: UInt64
    /// Entries that are durable, from the journal's creation on.
    private var durableEntries: UInt64

    /// The next batch: appended, and not written yet.
    private var content: [UInt8] = []
    private var pendingEntries: UInt64 = 0
    /// Whether a part of the next batch may stand in the file: then it must be written again as it is, so that a crash
    /// leaves the cells of one batch and not of two.
    private var isBatchRefused = false
    private var failure: StoreError?

    package init(on disk: any Disk, _ begun: JournalFile, roomBytes: UInt64, durableEntries: UInt64) {
        self.disk = disk
        self.file = begun.file
        self.header = begun.header
        self.isHeaderWritten = true
        self.roomBytes = roomBytes
        self.batches = begun.header.durableBatches
        self.end = begun.end
        self.durableEntries = durableEntries
    }

    /// What the file takes with all that was appended, in bytes, without the room behind it: a reason to trim.
    public var byteCount: UInt64 {
        self.end + UInt64(JournalBatch.byteCount(contentByteCount: self.content.count))
    }

    // MARK: Appending

    /// Puts an entry into the next batch. It is in memory until `sync()`.
    ///
    /// - Throws: `.noSpace` when the disk is full: then the entry is not in the journal, and it may be tried again; after
    ///   a `sync()` that found no room, when that came to its end.
    public mutating func append(_ entry: JournalEntry) throws(StoreError) {
        if let failure { throw failure }
        guard !self.isBatchRefused else { throw .noSpace(file: self.file.path) }
        let start = self.content.count
        JournalBatch.encode(entry, into: &self.content)
        do throws(StoreError) {
            try self.makeRoom(upTo: self.byteCount)
        } catch {
            self.content.removeLast(self.content.count - start)
            throw error
        }
        self.pendingEntries += 1
    }

    /// Makes sure that the file reaches up to `end`, durably.
    private mutating func makeRoom(upTo end: UInt64) throws(StoreError) {
        guard end > self.header.fileByteCount else { return }
        let size: UInt64
        do throws(DiskError) {
            size = try JournalFile.makeRoom(in: self.file, upTo: end, step: self.roomBytes)
        } catch {
            throw self.failed(error)
        }
        do throws(DiskError) {
            try self.file.sync()
        } catch {
            throw self.fail(.syncFailed(error))
        }
        self.header.fileByteCount = size
        self.isHeaderWritten = false
    }

    // MARK: Making durable

    /// Makes all appended entries durable, with one write and one sync; two writes when room was made.
    ///
    /// - Returns: the proof of it, which whoever sends one of these votes has to hand over.
    /// - Throws: `.noSpace`, only where room can't be made ahead, when the disk is full: the entries stay appended,
    ///   and it may be tried again. After any other error nothing more is taken.
    public mutating func sync() throws(StoreError) -> DurableJournal {
        if let failure { throw failure }
        if self.pendingEntries > 0 {
            let cells = JournalBatch.cells(
                content: self.content, number: self.batches + 1, seed: self.header.cellSeed)
            if !self.isHeaderWritten { try self.writeHeader() }
            self.isBatchRefused = true
            try self.write(cells, at: self.end)
            self.isBatchRefused = false
            try self.syncFile()
            self.batches += 1
            self.end += UInt64(cells.count)
            self.durableEntries += self.pendingEntries
            self.pendingEntries = 0
            self.content.removeAll(keepingCapacity: self.content.capacity <= Self.keptBufferBytes)
        }
        return DurableJournal(entries: self.durableEntries)
    }

    /// Marks all batches as durable: at a quiet moment, and before the journal is let go. A sync of its own.
    ///
    /// - Throws: as `sync()` does.
    public mutating func seal() throws(StoreError) {
        _ = try self.sync()
        guard !self.isHeaderWritten || self.header.durableBatches < self.batches else { return }
        try self.writeHeader()
        try self.syncFile()
    }

    private mutating func writeHeader() throws(StoreError) {
        self.header.durableBatches = self.batches
        self.isHeaderWritten = false
        try self.write(self.header.encoded(), at: 0)
        self.isHeaderWritten = true
    }

    // MARK: Trimming

    /// Lets a new file take over that holds only `entries`, durably. A crash leaves the old file's or the new one's.
    ///
    /// - Parameter entries: what isn't final yet, in order.
    /// - Throws: `.noSpace` when the disk is full: then the old file goes on, and it may be tried again.
    public mutating func trim(keeping entries: [JournalEntry]) throws(StoreError) {
        _ = try self.sync()
        let header = JournalHeader(
            chain: self.header.chain, key: self.header.key, generation: self.header.generation + 1,
            entriesBefore: self.durableEntries, keptEntries: UInt64(entries.count), durableBatches: 0, fileByteCount: 0)
        let old = JournalFile.path(generation: self.header.generation)
        let begun: JournalFile
        do throws(StoreError) {
            begun = try JournalFile.make(on: self.disk, header: header, keeping: entries, roomBytes: self.roomBytes)
        } catch {
            if case .noSpace = error { throw error }
            throw self.fail(error)
        }
        do throws(DiskError) {
            try self.disk.remove(old)
            try self.disk.syncFolder(Self.folder)
        } catch {
            throw self.fail(.syncFailed(error))
        }
        self.file = begun.file
        self.header = begun.header
        self.isHeaderWritten = true
        self.batches = begun.header.durableBatches
        self.end = begun.end
    }

    // MARK: The file

    private mutating func write(_ bytes: [UInt8], at place: UInt64) throws(StoreError) {
        do throws(DiskError) {
            try self.file.write(bytes.span.bytes, at: place)
        } catch {
            throw self.failed(error)
        }
    }

    private mutating func syncFile() throws(StoreError) {
        do throws(DiskError) {
            try self.file.sync()
        } catch {
            throw self.fail(.syncFailed(error))
        }
    }

    /// A full disk can be waited for; everything else ends the journal.
    private mutating func failed(_ error: DiskError) -> StoreError {
        if let shortage = error.shortage { return .noSpace(file: shortage) }
        return self.fail(.disk(error))
    }

    private mutating func fail(_ error: StoreError) -> StoreError {
        self.failure = error
        return error
    }
}

/// That entries are durable. Only the journal makes one, and only after a sync, so that no vote is sent before.
public struct DurableJournal: ~Copyable, Sendable {
    /// How many, from the journal's creation on, also those that were trimmed: the first so many that were appended.
    public let entries: UInt64

    fileprivate init(entries: UInt64) {
        self.entries = entries
    }
}
