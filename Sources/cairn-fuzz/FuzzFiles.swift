import CairnHash
import CairnLedger
import CairnStore

/// Files of a data directory, put in place of a good ledger's.
enum FuzzFiles {
    /// The first segment of the block log, behind its header.
    static func frames(_ bytes: [UInt8]) {
        _ = try? Frame.decode(bytes.span.bytes)
        let header = Segment.header(firstBlock: 0, chain: SampleLedger.shared.chain)
        for frames in [bytes, Self.mendedFrames(bytes)] {
            SampleLedger.shared.open(with: Segment.path(firstBlock: 0), header + frames)
        }
    }

    private static func mendedFrames(_ bytes: [UInt8]) -> [UInt8] {
        var mended: [UInt8] = []
        var rest = bytes[...]
        while let header = try? Frame.Header(decoding: Array(rest).span.bytes), rest.count >= header.frameByteCount {
            var frame = Array(rest.prefix(header.frameByteCount))
            Frame.setChecksum(of: &frame)
            mended += frame
            rest = rest.dropFirst(header.frameByteCount)
        }
        return mended + rest
    }

    static func seal(_ bytes: [UInt8]) {
        SampleLedger.shared.open(with: Seal.path, bytes)
        guard bytes.count >= 2 * 64 else { return }
        // Two slots, in their places and with their checksums.
        var slots: [UInt8] = []
        for slot in 0..<2 {
            let fields = bytes[(slot * 64)..<(slot * 64 + 64)]
            let span = Array(fields).span.bytes
            let seal = Seal(
                sequence: span.integer(at: 0, as: UInt64.self) & ~1 | UInt64(slot),
                blocks: span.integer(at: 8, as: UInt64.self),
                lastSegment: BlockIndex(rawValue: span.integer(at: 16, as: UInt64.self)),
                end: span.integer(at: 24, as: UInt64.self), headHash: span.digest(at: 32))
            slots += seal.encoded()
        }
        SampleLedger.shared.open(with: Seal.path, slots)
    }

    static func places(_ bytes: [UInt8]) {
        SampleLedger.shared.open(with: BlockPlaces.path, bytes)
        SampleLedger.shared.open(
            with: BlockPlaces.path, Checksums.mendedEntries(bytes, byteCount: BlockPlace.byteCount))
    }

    static func epochs(_ bytes: [UInt8]) {
        SampleLedger.shared.open(with: EpochFile.path, bytes)
        SampleLedger.shared.open(
            with: EpochFile.path, Checksums.mendedEntries(bytes, byteCount: EpochFile.entryByteCount))
    }

    static func tree(_ bytes: [UInt8]) {
        SampleLedger.shared.open(with: TreeFiles.path(level: 0), bytes)
        SampleLedger.shared.open(with: TreeFiles.path(level: 1), bytes)
    }

    // MARK: The journal

    /// The file as it is; then one of which the bytes are the header's numbers and the cells' content.
    static func journal(_ bytes: [UInt8]) {
        Self.openJournal(bytes)
        guard bytes.count >= Self.numbersByteCount else { return }
        let numbers = bytes.span.bytes
        var header = JournalHeader(
            chain: SampleLedger.shared.chain, key: SampleLedger.key.publicKey, generation: 1,
            entriesBefore: numbers.integer(at: 0, as: UInt64.self),
            keptEntries: numbers.integer(at: 8, as: UInt64.self),
            durableBatches: numbers.integer(at: 16, as: UInt64.self), fileByteCount: 0)
        let cells = Self.cells(bytes[Self.numbersByteCount...], seed: header.cellSeed)
        header.fileByteCount = UInt64(JournalHeader.byteCount + cells.count)
        Self.openJournal(header.encoded() + cells)
    }

    private static let numbersByteCount = 24

    /// Cells of any batches in any order: of each 498 bytes, the first is the batch's number, the second how many cells
    /// follow.
    private static func cells(_ bytes: ArraySlice<UInt8>, seed: UInt32) -> [UInt8] {
        var cells: [UInt8] = []
        var rest = bytes
        while rest.count >= 2 {
            let part = rest.prefix(JournalBatch.partByteCount + 2)
            rest = rest.dropFirst(part.count)
            var cell: [UInt8] = []
            cell.append(bigEndian: UInt32(0))
            cell.append(bigEndian: UInt32(part[part.startIndex + 1]))
            cell.append(bigEndian: UInt64(part[part.startIndex]))
            cell += part.dropFirst(2)
            cell += repeatElement(0, count: JournalBatch.cellByteCount - cell.count)
            cells += Checksums.mended(cell, at: 0, of: 4..<JournalBatch.cellByteCount, continuing: seed) ?? cell
        }
        return cells
    }

    private static func openJournal(_ bytes: [UInt8]) {
        let disk = MemoryDisk()
        disk.setContents(of: JournalFile.path(generation: 1), to: bytes)
        do throws(StoreError) {
            switch try Journal.open(
                on: disk, chain: SampleLedger.shared.chain, key: SampleLedger.key.publicKey, roomBytes: 4_096)
            {
            case .usable(var journal, let entries, _):
                guard let entry = entries.first else { return }
                try journal.append(entry)
                _ = try journal.sync()
            case .unusable: break
            }
        } catch {
            // Refused, which is right for most files.
        }
    }
}
