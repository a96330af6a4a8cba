internal import CairnHash
public import CairnLedger

extension LedgerStore {
    /// A block up to the head without its records: some small reads, whatever the block's size.
    public func outline(of index: BlockIndex) throws(StoreError) -> BlockOutline {
        let snapshot = self.snapshot
        precondition(index <= snapshot.head.index, "block \(index) is behind the head")
        try self.checkIsHere(index)
        if let place = try onDisk({ () throws(DiskError) in try self.places.place(of: index) }),
            place.position.segment < snapshot.segments.count,
            let outline = try self.outline(at: place, of: index, in: snapshot)
        {
            return outline
        }
        return BlockOutline(try self.vouchedBlock(index))
    }

    /// Nil when anything in it isn't what the hashes say, which stand in for the frame's checksum.
    private func outline(
        at place: BlockPlace, of index: BlockIndex, in snapshot: Published
    ) throws(StoreError) -> BlockOutline? {
        let file = snapshot.segments[place.position.segment].file
        let start = place.position.offset
        let annexStart = Frame.headerByteCount + BlockHeader.byteCount + 4
        let count = annexStart + Int(place.annexByteCount)
        let bytes = try onDisk { () throws(DiskError) in try file.bytes(at: start, count: count) }
        guard bytes.count == count, let frame = try? Frame.Header(decoding: bytes.span.bytes) else { return nil }
        let headerBytes = bytes.span.bytes.extracting(
            Frame.headerByteCount..<Frame.headerByteCount + BlockHeader.byteCount)
        guard let header = try? BlockHeader(decoding: headerBytes), header.index == index else { return nil }
        let annexBytes = Array(bytes[annexStart...])
        guard header.annexHash == (annexBytes.isEmpty ? .zero : Digest(hashing: annexBytes)) else { return nil }
        let hash = Digest(hashing: headerBytes)
        guard self.isNamed(hash, block: index, in: snapshot) == true else { return nil }
        guard frame.certificateByteCount > 0 else {
            return BlockOutline(
                header: header, annexBytes: annexBytes, certificate: nil, encodedByteCount: frame.blockByteCount)
        }
        let end = start + UInt64(Frame.headerByteCount + frame.blockByteCount)
        let certificateBytes = try onDisk { () throws(DiskError) in
            try file.bytes(at: end, count: frame.certificateByteCount)
        }
        guard let certificate = try? Certificate(decoding: certificateBytes.span.bytes), certificate.blockHash == hash
        else { return nil }
        return BlockOutline(
            header: header, annexBytes: annexBytes, certificate: certificate, encodedByteCount: frame.blockByteCount)
    }
}
