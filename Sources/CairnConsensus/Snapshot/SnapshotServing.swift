public import CairnLedger

/// What a node answers to those who begin at its newest block. Pure: the caller reads, on any thread.
public enum SnapshotServing {
    /// Behind so much, a message ends.
    package static let bytes = 1 << 20
    /// Parts of one message.
    public static let partsMax = 4_096

    /// The ends of the epochs from one on, as many as fit a message, and whether these are all.
    ///
    /// - Parameter present: the epoch of the next block.
    public static func ends<Failure: Error>(
        from epoch: Epoch, before present: Epoch, end: (Epoch) throws(Failure) -> EpochEnd
    ) throws(Failure) -> (ends: [EpochEnd], isAll: Bool) {
        var ends: [EpochEnd] = []
        var bytes = 0
        var next = epoch
        while next < present {
            guard bytes < Self.bytes, ends.count < Self.partsMax else { return (ends, false) }
            let found = try end(next)
            bytes += BlockHeader.byteCount + found.annexBytes.count + found.certificate.encodedByteCount
            ends.append(found)
            next = next.next()
        }
        return (ends, true)
    }

    /// The answer to `outlinesRequest`.
    ///
    /// - Parameter outline: reads a block up to the newest.
    public static func outlines<Failure: Error>(
        through last: BlockIndex, head: BlockIndex, outline: (BlockIndex) throws(Failure) -> BlockOutline
    ) throws(Failure) -> SnapshotMessage {
        guard last <= head else { return .unavailable }
        var outlines: [SnapshotMessage.Outline] = []
        var bytes = 0
        var next: BlockIndex? = last
        while let index = next, bytes < Self.bytes, outlines.count < Self.partsMax {
            let found = try outline(index)
            // One more annex may be as long as a block.
            bytes += BlockHeader.byteCount + found.annexBytes.count
            guard outlines.isEmpty || bytes <= 2 * Self.bytes else { break }
            outlines.append(SnapshotMessage.Outline(header: found.header, annexBytes: found.annexBytes))
            next = index.previous()
        }
        return .outlines(outlines.reversed())
    }
}
