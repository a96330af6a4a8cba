public import CairnHash
public import CairnLedger

/// Hashes of blocks and records by their number, from a data directory that nobody needs to have opened: for checks.
public struct LedgerHashes: Sendable {
    private let segments: [Segment]
    private let places: BlockPlaces
    private let leaves: any DiskFile

    public init(on disk: any Disk) throws(StoreError) {
        self.segments = try Segment.openAll(on: disk, .read)
        (self.places, self.leaves) = try onDisk { () throws(DiskError) in
            (BlockPlaces(file: try disk.open(BlockPlaces.path, .read)), try disk.open(TreeFiles.path(level: 0), .read))
        }
    }

    /// Nil when there is no such block.
    public func blockHash(of index: BlockIndex) -> Digest? {
        guard let place = try? self.places.place(of: index), place.position.segment < self.segments.count,
            let bytes = try? self.segments[place.position.segment].file.bytes(
                at: place.position.offset + UInt64(Frame.headerByteCount), count: BlockHeader.byteCount),
            let header = try? BlockHeader(decoding: bytes.span.bytes), header.index == index
        else { return nil }
        return header.hash
    }

    /// Nil when there is no such record.
    public func leafHash(of number: RecordNumber) -> Digest? {
        guard number.rawValue < .max / UInt64(Digest.byteCount) else { return nil }
        let bytes = try? self.leaves.bytes(
            at: number.rawValue * UInt64(Digest.byteCount), count: Digest.byteCount)
        return bytes.flatMap { Digest(bytes: $0) }
    }
}
