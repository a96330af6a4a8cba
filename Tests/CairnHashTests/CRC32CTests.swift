import CCairnHash
import CairnHash
import TestSupport
import Testing

struct CRC32CTests {
    // The check value, and RFC 3720, appendix B.4.
    @Test(
        arguments: [
            (Array("123456789".utf8), 0xE306_9283),
            ([], 0),
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            (Array(0..<32), 0x46DD_794E),
            ((0..<32).reversed(), 0x113F_DB5C),
        ] as [([UInt8], UInt32)])
    func publishedVectors(bytes: [UInt8], checksum: UInt32) {
        #expect(CRC32C.checksum(bytes.span.bytes) == checksum)
        #expect(cairn_crc32c_portable(0, bytes, bytes.count) == checksum)
    }

    @Test func theKernelsAgreeAtEveryLengthAndPlace() {
        var random = SplitMix64(seed: 5)
        let bytes = random.bytes(700)
        for length in 0...600 {
            let start = length % 9
            let part = Array(bytes[start..<start + length])
            let portable = cairn_crc32c_portable(0, part, part.count)
            #expect(CRC32C.checksum(bytes.span.bytes.extracting(start..<start + length)) == portable)
        }
    }

    @Test func goesOnFromAnyPlace() {
        var random = SplitMix64(seed: 6)
        let bytes = random.bytes(100)
        let whole = CRC32C.checksum(bytes.span.bytes)
        for split in 0...bytes.count {
            let first = CRC32C.checksum(bytes.span.bytes.extracting(0..<split))
            let rest = bytes.span.bytes.extracting(split..<bytes.count)
            #expect(CRC32C.checksum(rest, continuing: first) == whole)
            let portable = cairn_crc32c_portable(0, bytes, split)
            #expect(CRC32C.checksum(rest, continuing: portable) == whole)
        }
    }

    @Test func everyFlippedBitShows() {
        var random = SplitMix64(seed: 7)
        var bytes = random.bytes(40)
        let whole = CRC32C.checksum(bytes.span.bytes)
        for bit in 0..<bytes.count * 8 {
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(CRC32C.checksum(bytes.span.bytes) != whole)
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        }
    }
}
