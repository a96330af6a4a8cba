import CairnHash
import Testing

struct DigestTests {
    private static let text = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

    @Test func bytesAndText() throws {
        let digest = try #require(Digest(bytes: Array(0..<32)))
        #expect(digest.bytes == Array(0..<32))
        #expect(digest.description == Self.text)
        #expect(Digest(hex: Self.text) == digest)
        #expect(Digest(hex: Self.text.uppercased()) == digest)
        #expect(digest.withUnsafeBytes { Array($0) } == Array(0..<32))
    }

    @Test func zero() {
        #expect(Digest.zero.bytes == [UInt8](repeating: 0, count: 32))
        #expect(Digest.zero.description == String(repeating: "0", count: 64))
    }

    @Test(arguments: [0, 1, 31, 33, 64])
    func otherLengthsAreNoDigest(count: Int) {
        #expect(Digest(bytes: [UInt8](repeating: 7, count: count)) == nil)
        #expect(Digest(hex: String(repeating: "07", count: count)) == nil)
    }

    @Test(arguments: [String(text.dropLast()), text + "0", " " + text.dropLast(), "0x" + text.dropLast(2), text + "\n"])
    func otherTextsAreNoDigest(text: String) {
        #expect(Digest(hex: text) == nil)
    }

    @Test func everyByteCountsInEqualityAndOrder() throws {
        let bytes = [UInt8](repeating: 0x80, count: 32)
        let digest = try #require(Digest(bytes: bytes))
        for place in 0..<32 {
            var smaller = bytes
            smaller[place] = 0x7F
            let other = try #require(Digest(bytes: smaller))
            #expect(other != digest)
            #expect(other < digest)
            #expect(!(digest < other))
        }
        #expect(!(digest < digest))
    }

    @Test func theFirstByteWeighsMost() throws {
        var low = [UInt8](repeating: 0xFF, count: 32)
        low[0] = 0
        var high = [UInt8](repeating: 0, count: 32)
        high[0] = 1
        #expect(try #require(Digest(bytes: low)) < #require(Digest(bytes: high)))
    }

    /// Read as numbers from another module, as the index and submission ids do: what the optimizer made garbage of.
    @Test("A1: numbers that are read from a digest are its bytes", arguments: 0..<30)
    func numbersInADigest(seed: Int) {
        let digest = Digest(hashing: [UInt8(seed)])
        let bytes = digest.bytes
        #expect(Self.number(in: digest) == bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) })
        #expect(
            digest.withUnsafeBytes { $0.loadUnaligned(as: UInt16.self).byteSwapped } == UInt16(bytes[0]) << 8
                | UInt16(bytes[1]))
        let last = digest.withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 24, as: UInt64.self)) }
        #expect(last == bytes[24...].reduce(0) { $0 << 8 | UInt64($1) })
        #expect(Digest(bytes: bytes) == digest && Digest(loading: bytes.span.bytes, at: 0) == digest)
    }

    @inline(never)
    private static func number(in digest: Digest) -> UInt64 {
        digest.withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)) }
    }
}
