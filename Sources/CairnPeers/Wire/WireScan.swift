/// A look over the bytes of an envelope before they become objects: what takes two bytes of a message can take a hundred of
/// memory and a microsecond, so that fields are counted first, and what can't be counted is refused.
///
/// Protocol Buffers encoding: a field is a varint (number · 8 + type) and a value; type 0 is a varint, 1 has 8 bytes,
/// 2 is a length and as many bytes, 5 has 4 bytes. Types 3 and 4 (groups) are in no message of ours.
///
/// A reader of Protocol Buffers takes more than any writer writes: fields in any order and any number of times, unknown ones,
/// numbers in more bytes than they need, lists in several pieces. Here there is one way to write a message, but for the order
/// of its fields, and whatever else comes is refused:
///
/// - an envelope has one field;
/// - fields that the message doesn't have, except in a greeting, which versions of the protocol are agreed on by;
/// - fields of another type than theirs, and single ones that come twice;
/// - varints longer than they have to be, beyond 64 bits, or beyond their field's size;
/// - lengths beyond what is there.
///
/// It takes time for each field, not for each byte: at most `MessageLimits.fieldsMax` fields, below a millisecond.
struct WireScan {
    private var place = 0
    private var count = 0

    /// What a later version may add to a greeting.
    private static let openFieldsMax = 16

    /// - Returns: how many fields there are, at every depth.
    static func check(_ bytes: RawSpan) throws(WireError) -> Int {
        var scan = WireScan()
        guard bytes.byteCount > 0 else { throw .noContent }
        try scan.message(.envelope, in: bytes, end: bytes.byteCount, countMax: 1)
        return scan.count
    }

    /// - Parameter countMax: how many fields may be here.
    private mutating func message(
        _ schema: WireSchema, in bytes: RawSpan, end: Int, countMax: Int = .max
    ) throws(WireError) {
        var seen: UInt32 = 0
        // No message has more than one list.
        var listed = 0
        var here = 0
        while self.place < end {
            let tag = try self.varint(in: bytes, end: end)
            self.count += 1
            here += 1
            guard self.count <= MessageLimits.fieldsMax else { throw .tooManyFields(limit: MessageLimits.fieldsMax) }
            guard here <= countMax else { throw .repeatedField(tag >> 3) }
            guard let index = Int(exactly: tag >> 3), (1...schema.fields.count).contains(index) else {
                guard schema.isOpen, tag >> 3 > 0, here <= schema.fields.count + Self.openFieldsMax else {
                    throw .unknownField(tag >> 3)
                }
                try self.skip(type: tag & 7, in: bytes, end: end)
                continue
            }
            let field = schema.fields[index - 1]
            guard field.type == tag & 7 else { throw .wrongType(field: tag >> 3, type: tag & 7) }
            if let countMax = field.countMax {
                listed += 1
                guard listed <= countMax else { throw .tooManyParts(limit: countMax) }
            } else {
                let bit: UInt32 = 1 << UInt32(index)
                guard seen & bit == 0 else { throw .repeatedField(tag >> 3) }
                seen |= bit
            }
            try self.value(of: field, number: tag >> 3, in: bytes, end: end)
        }
    }

    private mutating func value(
        of field: WireSchema.Field, number: UInt64, in bytes: RawSpan, end: Int
    ) throws(WireError) {
        switch field {
        case .number(let max):
            guard try self.varint(in: bytes, end: end) <= max else { throw .numberTooLarge(field: number) }
        case .bytes, .texts:
            self.place = try self.contentEnd(in: bytes, end: end)
        case .message(let schema), .messages(let schema, _):
            try self.message(schema, in: bytes, end: try self.contentEnd(in: bytes, end: end))
        }
    }

    private mutating func skip(type: UInt64, in bytes: RawSpan, end: Int) throws(WireError) {
        let size: Int
        switch type {
        case 0:
            _ = try self.varint(in: bytes, end: end)
            return
        case 1: size = 8
        case 2:
            self.place = try self.contentEnd(in: bytes, end: end)
            return
        case 5: size = 4
        default: throw .unreadable(at: self.place)
        }
        guard size <= end - self.place else { throw .unreadable(at: self.place) }
        self.place += size
    }

    /// Reads a length, and tells where the bytes behind it end.
    private mutating func contentEnd(in bytes: RawSpan, end: Int) throws(WireError) -> Int {
        let length = try self.varint(in: bytes, end: end)
        guard length <= UInt64(end - self.place) else { throw .unreadable(at: self.place) }
        return self.place + Int(length)
    }

    private mutating func varint(in bytes: RawSpan, end: Int) throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard self.place < end else { break }
            let byte = bytes.unsafeLoad(fromByteOffset: self.place, as: UInt8.self)
            self.place += 1
            // Of the tenth byte, one bit is left.
            if shift == 63, byte > 1 { break }
            value |= UInt64(byte & 0x7F) << shift
            guard byte & 0x80 == 0 else { continue }
            // A last byte of 0 adds nothing.
            guard byte != 0 || shift == 0 else { break }
            return value
        }
        throw .unreadable(at: self.place)
    }
}
