import CairnPeers
import NIOCore
import Testing

/// What can't be counted is refused before anything is made of it.
struct WireScanTests {
    private static func varint(_ value: UInt64) -> [UInt8] {
        var (bytes, rest): ([UInt8], UInt64) = ([], value)
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    private static func field(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
        varint(number << 3 | 2) + varint(UInt64(content.count)) + content
    }

    private static func number(_ field: UInt64, _ value: UInt64) -> [UInt8] { varint(field << 3) + varint(value) }

    private func error(_ bytes: [UInt8]) -> WireError? {
        do throws(WireError) {
            _ = try WireMessage(decoding: ByteBuffer(bytes: bytes))
            return nil
        } catch {
            return error
        }
    }

    /// Field 100 as a group, then empty entries without end: the scan stopped at the group, the decoder went on.
    @Test("C1: groups are refused, wherever they are")
    func groups() {
        let group = Self.varint(100 << 3 | 3) + Self.varint(100 << 3 | 4)
        let entries = [UInt8](repeating: 0, count: 1_000_000).enumerated().map {
            $0.offset % 2 == 0 ? 0x0A : $0.element
        }
        #expect(self.error(group + Self.field(15, entries)) == .unknownField(100))
        #expect(self.error(Self.field(15, group + entries)) == .unknownField(100))
        #expect(self.error(Self.field(15, Self.field(1, group))) == .unknownField(100))
        // Of known fields.
        #expect(self.error([15 << 3 | 3, 15 << 3 | 4]) == .wrongType(field: 15, type: 3))
        #expect(self.error(Self.field(15, [0x0B, 0x0C])) == .wrongType(field: 1, type: 3))
    }

    @Test("C1: entries count in whatever way they are written")
    func entries() {
        let parts = MessageLimits.partsMax
        for list: UInt64 in [7, 13, 15, 17, 21, 23] {
            let many = [[UInt8]](repeating: [0x0A, 0x00], count: parts + 1).flatMap { $0 }
            #expect(self.error(Self.field(list, many)) == .tooManyParts(limit: parts), "\(list)")
        }
        let records = [[UInt8]](repeating: [0x0A, 0x00], count: 65).flatMap { $0 }
        #expect(self.error(Self.field(2, records)) == .tooManyParts(limit: 64))
        let texts = [[UInt8]](repeating: [0x1A, 0x00], count: 5).flatMap { $0 }
        #expect(self.error(Self.field(2, Self.field(1, texts))) == .tooManyParts(limit: 4))
        #expect(self.error(Self.field(1, Self.field(7, texts))) == .tooManyParts(limit: 4))
    }

    @Test("C1: fields that come twice, that are unknown, or of another type")
    func fields() {
        let status = Self.field(3, Self.number(1, 5))
        #expect(self.error(status + status) == .repeatedField(3))
        #expect(self.error(status + Self.number(12, 1)) == .repeatedField(12))
        #expect(self.error(Self.field(3, Self.number(1, 5) + Self.number(1, 6))) == .repeatedField(1))
        #expect(self.error(Self.field(17, Self.field(1, Self.field(2, []) + Self.field(2, [])))) == .repeatedField(2))
        for unknown: UInt64 in [25, 99, 1 << 28, 1 << 60] {
            #expect(self.error(Self.number(unknown, 0)) == .unknownField(unknown))
        }
        #expect(self.error([0x00]) == .unknownField(0))
        #expect(self.error(Self.field(3, Self.number(6, 0))) == .unknownField(6))
        #expect(self.error(Self.field(17, Self.field(1, Self.field(3, [])))) == .unknownField(3))
        #expect(self.error(Self.number(5, 1)) == .wrongType(field: 5, type: 0))
        #expect(self.error([5 << 3 | 1] + [UInt8](repeating: 0, count: 8)) == .wrongType(field: 5, type: 1))
        #expect(self.error([5 << 3 | 5, 0, 0, 0, 0]) == .wrongType(field: 5, type: 5))
        #expect(self.error([5 << 3 | 6]) == .wrongType(field: 5, type: 6))
        #expect(self.error(Self.field(12, [1])) == .wrongType(field: 12, type: 2))
    }

    @Test("C1: numbers are written in one way, and fit their field")
    func numbers() {
        #expect(self.error([0x60, 0x80, 0x00]) == .unreadable(at: 3))
        #expect(self.error([0x60] + [UInt8](repeating: 0x80, count: 9) + [0x01]) == nil)
        #expect(self.error([0x60] + [UInt8](repeating: 0xFF, count: 9) + [0x02]) == .unreadable(at: 11))
        #expect(self.error([0x60] + [UInt8](repeating: 0x80, count: 100)) == .unreadable(at: 11))
        #expect(self.error([0x60]) == .unreadable(at: 1))
        // A tag and a length, too.
        #expect(self.error([0xE0, 0x00, 0x01]) == .unreadable(at: 2))
        #expect(self.error([0x2A, 0x81, 0x00, 0x01]) == .unreadable(at: 3))
        #expect(self.error([0x2A, 0x05, 0x01]) == .unreadable(at: 2))
        #expect(self.error(Self.field(3, Self.number(5, 2))) == .numberTooLarge(field: 5))
        #expect(self.error(Self.field(6, Self.number(1, 1 << 32))) == .numberTooLarge(field: 1))
    }

    /// A later version may say more in its greeting, so that the two can agree on what they speak.
    @Test("C1: greetings may have fields that this version doesn't know, but not many")
    func greetings() throws {
        let greeting = Array(buffer: try WireMessage.hello(Samples.hello()).encoded())
        let content = Array(greeting[(greeting.count > 129 ? 3 : 2)...])
        let more = Self.number(9, 7) + Self.field(70, [1, 2]) + [12 << 3 | 5, 0, 0, 0, 0]
        #expect(self.error(Self.field(1, content + more)) == nil)
        let many = [[UInt8]](repeating: Self.number(9, 7), count: 40).flatMap { $0 }
        #expect(self.error(Self.field(1, content + many)) == .unknownField(9))
        #expect(self.error(Self.field(1, content + [12 << 3 | 3, 12 << 3 | 4])) != nil)
    }
}
