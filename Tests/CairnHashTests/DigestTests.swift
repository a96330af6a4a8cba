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
}
