internal import CairnLedger

/// Reads a journal file from its header to its end, and tells what a crash left from damage.
struct JournalReader {
    private let file: any DiskFile
    private let path: String
    private let header: JournalHeader
    private let seed: UInt32

    private(set) var entries: [JournalEntry] = []
    /// Whole batches.
    private(set) var batches: UInt64 = 0
    /// Where the last whole batch begins, nil when there is none.
    private(set) var lastBatchStart: UInt64?
    /// Where the next batch goes.
    private(set) var end = UInt64(JournalHeader.byteCount)
    /// Behind the last cell that a crash left of the batch at `end`, nil when it left none.
    private(set) var tornEnd: UInt64?

    /// The content of the present batch so far, and where it ends as its cells say: nil before the first of them.
    private var content: [UInt8] = []
    private var batchEnd: UInt64?
    /// A blank cell was seen: no whole batch may follow.
    private var hasGap = false

    /// A journal is trimmed at 16 MiB at the latest, wherever the disk has room for that: no honest one comes near this, and a file
    /// without content may claim any size.
    static let fileByteCountMax: UInt64 = 1 << 30
    /// In one read. A multiple of the cells' size.
    private static let readBytes = 1 << 20

    init(_ file: any DiskFile, path: String, header: JournalHeader) {
        self.file = file
        self.path = path
        self.header = header
        self.seed = header.cellSeed
    }

    /// - Throws: `.corrupt` for anything that no crash leaves.
    mutating func readAll() throws(StoreError) {
        let size = try onDisk { () throws(DiskError) in try self.file.size() }
        guard size <= Self.fileByteCountMax else {
            throw self.damage("the file has \(size) bytes; no journal has more than \(Self.fileByteCountMax)")
        }
        guard size >= self.header.fileByteCount, size.isMultiple(of: UInt64(JournalBatch.cellByteCount)) else {
            throw self.damage("the file has \(size) bytes; it had \(self.header.fileByteCount)")
        }
        var place = UInt64(JournalHeader.byteCount)
        while place < size {
            let bytes = try onDisk { () throws(DiskError) in try self.file.bytes(at: place, count: Self.readBytes) }
            // Smaller than it said it was: only when somebody else writes to it.
            guard !bytes.isEmpty, bytes.count.isMultiple(of: JournalBatch.cellByteCount) else {
                throw self.damage("the file ends at byte \(place + UInt64(bytes.count))")
            }
            for start in stride(from: 0, to: bytes.count, by: JournalBatch.cellByteCount) {
                let cell = bytes.span.bytes.extracting(start..<start + JournalBatch.cellByteCount)
                try self.take(cell, at: place + UInt64(start))
            }
            place += UInt64(bytes.count)
        }
        guard self.batchEnd ?? 0 <= size else { throw self.damage("the file ends within batch \(self.batches + 1)") }
        guard self.batches >= self.header.durableBatches else {
            throw self.damage("it holds \(self.batches) batches; \(self.header.durableBatches) were durable")
        }
        guard UInt64(self.entries.count) >= self.header.keptEntries else {
            throw self.damage("it holds \(self.entries.count) entries; it began with \(self.header.keptEntries)")
        }
        guard self.header.entriesBefore <= JournalHeader.entriesMax else {
            throw self.damage("its header counts \(self.header.entriesBefore) entries before it")
        }
    }

    private mutating func take(_ bytes: RawSpan, at place: UInt64) throws(StoreError) {
        switch JournalBatch.cell(bytes, seed: self.seed) {
        case .bad:
            throw self.damage("the cell at byte \(place) is damaged")
        case .blank:
            self.hasGap = true
        case .good(let batch, let following):
            guard batch == self.batches + 1 else {
                throw self.damage("batch \(self.batches + 1) is missing or damaged: a cell of \(batch) is at \(place)")
            }
            let cellBytes = UInt64(JournalBatch.cellByteCount)
            let batchEnd = place + (UInt64(following) + 1) * cellBytes
            guard self.batchEnd == nil || self.batchEnd == batchEnd else {
                throw self.damage("the cell at byte \(place) belongs to another place")
            }
            self.batchEnd = batchEnd
            self.tornEnd = place + cellBytes
            guard !self.hasGap else { return }
            let part = bytes.extracting(JournalBatch.cellHeaderByteCount..<JournalBatch.cellByteCount)
            part.withUnsafeBytes { self.content.append(contentsOf: $0) }
            if following == 0 { try self.endBatch(at: batchEnd) }
        }
    }

    private mutating func endBatch(at end: UInt64) throws(StoreError) {
        do throws(JournalEntryError) {
            self.entries += try JournalBatch.entries(decoding: self.content.span.bytes)
        } catch {
            throw self.damage("an entry of batch \(self.batches + 1) can't be read: \(error)")
        }
        self.batches += 1
        self.lastBatchStart = self.end
        self.end = end
        self.tornEnd = nil
        self.batchEnd = nil
        self.content.removeAll(keepingCapacity: true)
    }

    private func damage(_ reason: String) -> StoreError {
        .corrupt(Corruption(file: self.path, block: nil, reason: reason))
    }
}
