internal import CairnHash
public import CairnLedger

extension LedgerStore {
    /// Changes a letter or digit of a record on the disk, as somebody would who wants to rewrite the past: behind the
    /// node's back, and with a checksum that fits. For demonstrations only.
    ///
    /// - Returns: the number of the changed record. Nil when no record of the block has a letter or digit.
    public func tamper(withBlock index: BlockIndex) throws(StoreError) -> RecordNumber? {
        let snapshot = self.snapshot
        let final = try self.block(index)
        guard let place = try onDisk({ () throws(DiskError) in try self.places.place(of: index) }) else { return nil }
        let file = snapshot.segments[place.position.segment].file
        var frame = try onDisk { () throws(DiskError) in
            try file.bytes(at: place.position.offset, count: place.frameByteCount)
        }
        let entriesStart = Frame.headerByteCount + BlockHeader.byteCount + 4 + final.block.annexBytes.count
        for position in 0..<final.block.entries.count {
            for byte in final.block.entries.range(of: position).reversed() {
                guard let other = Self.other(frame[entriesStart + byte]) else { continue }
                frame[entriesStart + byte] = other
                Frame.setChecksum(of: &frame)
                let bytes = frame
                try onDisk { () throws(DiskError) in
                    try file.write(bytes.span.bytes, at: place.position.offset)
                    try file.sync()
                }
                return final.block.firstRecord + position
            }
        }
        return nil
    }

    /// Another letter for a letter, another digit but 0 for a digit: what is changed stays JSON. Letters of `true`,
    /// `null` and escapes may be hit; a demonstration survives that.
    private static func other(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "1")...UInt8(ascii: "8"), UInt8(ascii: "a")...UInt8(ascii: "y"),
            UInt8(ascii: "A")...UInt8(ascii: "Y"):
            byte + 1
        case UInt8(ascii: "9"), UInt8(ascii: "z"), UInt8(ascii: "Z"): byte - 1
        default: nil
        }
    }
}
