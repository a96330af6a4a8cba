import CairnHash
import CairnLedger
import Testing

/// What is inlined into other modules, read and written there with values that the compiler can't know.
struct FieldTests {
    private static let numbers: [UInt64] = [0, 1, 0x0102_0304_0506_0708, 1 << 63, .max]

    @Test(arguments: numbers, [0, 1, 3, 8])
    func numbersAreBigEndian(number: UInt64, offset: Int) {
        var bytes = [UInt8](repeating: 7, count: offset)
        bytes.append(bigEndian: number)
        let expected = (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) }
        #expect(bytes == [UInt8](repeating: 7, count: offset) + expected)
        #expect(bytes.span.bytes.integer(at: offset, as: UInt64.self) == number)
        #expect(bytes.span.bytes.integer(at: offset, as: UInt16.self) == UInt16(number >> 48))
        #expect(bytes.span.bytes.array(offset..<offset + 8) == expected)
        bytes.overwrite(bigEndian: UInt32(truncatingIfNeeded: number), at: offset)
        #expect(bytes.span.bytes.integer(at: offset, as: UInt32.self) == UInt32(truncatingIfNeeded: number))
        #expect(Array(bytes[(offset + 4)...]) == Array(expected[4...]))
    }

    @Test(arguments: 0..<9)
    func digestsStandWhereTheyAreRead(offset: Int) {
        let digest = Digest(hashing: [UInt8(offset)])
        var bytes = [UInt8](repeating: 9, count: offset)
        bytes.append(digest)
        #expect(Array(bytes[offset...]) == digest.bytes)
        #expect(bytes.span.bytes.digest(at: offset) == digest)
        #expect(Set([digest, bytes.span.bytes.digest(at: offset), .zero]).count == 2)
    }

    @Test(arguments: numbers)
    func countersCount(number: UInt64) {
        #expect(TreeSize(rawValue: number).nextRecord == RecordNumber(rawValue: number))
        #expect(BlockIndex(rawValue: number).previous()?.next() == (number == 0 ? nil : BlockIndex(rawValue: number)))
        #expect(Epoch(number / 2) + 5 == Epoch(rawValue: number / 2 + 5))
        #expect((View(number / 2) < View(rawValue: number)) == (number > 0))
    }
}
