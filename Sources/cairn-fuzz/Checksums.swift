import CairnHash
import CairnLedger

/// Checksums put right: a fuzzer doesn't find them, and somebody who damages a file on purpose writes them.
enum Checksums {
    /// The bytes with the CRC-32C of a part of them where it belongs. Nil when they are too few.
    static func mended(_ bytes: [UInt8], at place: Int, of part: Range<Int>, continuing previous: UInt32 = 0)
        -> [UInt8]?
    {
        guard part.lowerBound <= part.upperBound, part.upperBound <= bytes.count, place + 4 <= bytes.count else {
            return nil
        }
        var bytes = bytes
        bytes.overwrite(bigEndian: CRC32C.checksum(bytes.span.bytes.extracting(part), continuing: previous), at: place)
        return bytes
    }

    /// The same where the part is all from a place on.
    static func mended(_ bytes: [UInt8], at place: Int, from start: Int) -> [UInt8]? {
        start <= bytes.count ? Self.mended(bytes, at: place, of: start..<bytes.count) : nil
    }

    /// The same for a file of entries of one length, each with its checksum in its last four bytes, which goes on from that of
    /// the entry's number.
    static func mendedEntries(_ bytes: [UInt8], byteCount: Int) -> [UInt8] {
        var mended: [UInt8] = []
        for start in stride(from: 0, to: bytes.count - byteCount + 1, by: byteCount) {
            var number: [UInt8] = []
            number.append(bigEndian: UInt64(start / byteCount))
            let entry = Array(bytes[start..<start + byteCount])
            mended +=
                Self.mended(
                    entry, at: byteCount - 4, of: 0..<byteCount - 4, continuing: CRC32C.checksum(number.span.bytes))
                ?? entry
        }
        return mended
    }
}
