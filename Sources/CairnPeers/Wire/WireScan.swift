/// A look over the bytes of an envelope before they become objects: an entry of a repeated field can take two bytes
/// of a message and a hundred of memory, so that entries are counted first.
///
/// Protocol Buffers encoding: a field is a varint (number · 8 + type) and a value; type 0 is a varint, 1 has 8 bytes,
/// 2 is a length and as many bytes, 5 has 4 bytes. Whatever else is there ends the look: the decoder refuses it.
struct WireScan {
    /// Fields of the envelope whose messages have repeated fields, as link.proto numbers them.
    private static let lists: Set<UInt64> = [2, 7, 13, 15, 17, 21, 23]

    private var place: Int
    private let end: Int

    private init(_ range: Range<Int>) {
        self.place = range.lowerBound
        self.end = range.upperBound
    }

    /// Whether the envelope and its lists have at most `limit` fields together.
    static func hasFewParts(_ bytes: RawSpan, limit: Int) -> Bool {
        var count = 0
        var envelope = WireScan(0..<bytes.byteCount)
        while let field = envelope.nextField(in: bytes) {
            count += 1
            if Self.lists.contains(field.number) {
                var list = WireScan(field.content)
                while list.nextField(in: bytes) != nil {
                    count += 1
                    if count > limit { return false }
                }
            }
            if count > limit { return false }
        }
        return true
    }

    /// The next field, with the place of its bytes if it has any. Nil at the end, and at what is no field.
    private mutating func nextField(in bytes: RawSpan) -> (number: UInt64, content: Range<Int>)? {
        guard let tag = self.nextVarint(in: bytes) else { return nil }
        let size: UInt64
        switch tag & 7 {
        case 0:
            guard self.nextVarint(in: bytes) != nil else { return nil }
            size = 0
        case 1: size = 8
        case 2:
            guard let length = self.nextVarint(in: bytes) else { return nil }
            size = length
        case 5: size = 4
        default: return nil
        }
        guard size <= UInt64(self.end - self.place) else { return nil }
        let content = self.place..<self.place + Int(size)
        self.place = content.upperBound
        return (tag >> 3, content)
    }

    private mutating func nextVarint(in bytes: RawSpan) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard self.place < self.end else { return nil }
            let byte = bytes.unsafeLoad(fromByteOffset: self.place, as: UInt8.self)
            self.place += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}
