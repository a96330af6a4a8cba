internal import CairnHash
package import CairnLedger

/// What one sync made durable, cut into cells of one disk sector each. A batch begins in a new cell.
///
/// A cell, 512 bytes, integers big-endian:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | CRC-32C of the first 80 bytes of the file ‖ the 508 bytes behind this field |
/// | 4 | 4 | cells of this batch that follow this one |
/// | 8 | 8 | number of the batch, from 1 in each file |
/// | 16 | 496 | a part of the batch's content |
///
/// The content of a batch is the parts of its cells, joined: for each entry its length (4) and its bytes, then zeros.
///
/// A crash leaves of each unsynced sector what was there before, which is zeros, or all of it. So a cell of zeros was
/// not written, and a written cell is never all zeros: its batch's number isn't 0. That is what tells the two apart:
///
/// | cells of the last batch | what it is |
/// |---|---|
/// | all good | whole: it was durable, or might as well have been |
/// | good ones and blank ones | torn: the sync did not come to its end, so nobody was told about it. It is cut |
/// | a bad one | damage: a crash leaves no such thing. It is never cut |
///
/// A batch is only begun after the one before it was synced, so a single good cell of batch n is the durable mark of
/// all batches before it: a blank cell in those is damage as well.
package enum JournalBatch {
    package static let cellByteCount = 512
    static let cellHeaderByteCount = 16
    package static let partByteCount = cellByteCount - cellHeaderByteCount

    /// How many bytes of a file a batch takes.
    package static func byteCount(contentByteCount: Int) -> Int {
        (contentByteCount + Self.partByteCount - 1) / Self.partByteCount * Self.cellByteCount
    }

    /// Appends an entry to a batch's content.
    package static func encode(_ entry: JournalEntry, into content: inout [UInt8]) {
        let start = content.count
        content.append(bigEndian: UInt32(0))
        entry.encode(into: &content)
        content.overwrite(bigEndian: UInt32(content.count - start - 4), at: start)
    }

    /// The cells of a batch.
    package static func cells(content: [UInt8], number: UInt64, seed: UInt32) -> [UInt8] {
        let count = Self.byteCount(contentByteCount: content.count) / Self.cellByteCount
        var cells: [UInt8] = []
        cells.reserveCapacity(count * Self.cellByteCount)
        for place in 0..<count {
            let start = cells.count
            cells.append(bigEndian: UInt32(0))
            cells.append(bigEndian: UInt32(count - 1 - place))
            cells.append(bigEndian: number)
            cells.append(
                contentsOf: content[place * Self.partByteCount..<min((place + 1) * Self.partByteCount, content.count)])
            cells.append(contentsOf: repeatElement(0, count: start + Self.cellByteCount - cells.count))
            let checksum = CRC32C.checksum(
                cells.span.bytes.extracting(start + 4..<start + Self.cellByteCount), continuing: seed)
            cells.overwrite(bigEndian: checksum, at: start)
        }
        return cells
    }

    /// What 512 bytes at the place of a cell are.
    package enum Cell: Hashable {
        case blank
        case good(batch: UInt64, following: UInt32)
        case bad
    }

    package static func cell(_ bytes: RawSpan, seed: UInt32) -> Cell {
        let batch = bytes.integer(at: 8, as: UInt64.self)
        if batch == 0, Self.isBlank(bytes) { return .blank }
        let checksum = CRC32C.checksum(bytes.extracting(4..<Self.cellByteCount), continuing: seed)
        guard batch > 0, bytes.integer(at: 0, as: UInt32.self) == checksum else { return .bad }
        return .good(batch: batch, following: bytes.integer(at: 4, as: UInt32.self))
    }

    private static func isBlank(_ bytes: RawSpan) -> Bool {
        for place in stride(from: 0, to: Self.cellByteCount, by: 8)
        where bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self) != 0 { return false }
        return true
    }

    /// Takes a batch's content apart.
    package static func entries(decoding content: RawSpan) throws(JournalEntryError) -> [JournalEntry] {
        var entries: [JournalEntry] = []
        var place = 0
        while place + 4 <= content.byteCount {
            let length = Int(content.integer(at: place, as: UInt32.self))
            if length == 0 { break }
            guard length <= content.byteCount - place - 4 else {
                throw .wrongSize(neededBytes: length, availableBytes: content.byteCount - place - 4)
            }
            entries.append(try JournalEntry(decoding: content.extracting(place + 4..<place + 4 + length)))
            place += 4 + length
        }
        return entries
    }
}
