import CairnPeers
import NIOCore
import TestSupport
import Testing

/// Whatever comes, the decoder answers or refuses, and what it takes it would send in the same way.
struct WireFuzzTests {
    @Test func mutatedMessages() throws {
        var random = SplitMix64(seed: 1)
        let seeds = try WireMessageTests.all().map { Array(buffer: try $0.encoded()) }
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = seeds.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&bytes, seeds, using: &random) }
            if try Self.check(bytes) { accepted += 1 }
        }
        // Otherwise nothing of interest was tried.
        #expect(accepted > 1_000)
        #expect(accepted < 19_000)
    }

    @Test func randomBytes() throws {
        var random = SplitMix64(seed: 2)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...80, using: &random)
            _ = try Self.check((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
    }

    /// - Returns: whether they are a message.
    private static func check(_ bytes: [UInt8]) throws -> Bool {
        guard let message = try? WireMessage(decoding: ByteBuffer(bytes: bytes)) else { return false }
        #expect(try WireMessage(decoding: message.encoded()) == message)
        return true
    }

    private static func mutate(
        _ bytes: inout [UInt8], _ seeds: [[UInt8]], using random: inout some RandomNumberGenerator
    ) {
        guard let place = bytes.indices.randomElement(using: &random) else { return }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
        case 2: bytes.removeSubrange(place...)
        case 3: bytes.remove(at: place)
        case 4: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        default:
            let other = seeds.randomElement(using: &random) ?? []
            bytes.insert(contentsOf: other.suffix(Int.random(in: 0...other.count, using: &random)), at: place)
        }
    }
}
