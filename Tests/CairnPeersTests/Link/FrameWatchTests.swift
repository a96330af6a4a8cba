import CairnPeers
import TestSupport
import Testing

/// Frames are seen alike, however their bytes come.
struct FrameWatchTests {
    private static func frame(
        _ content: [UInt8], first: UInt8 = 0x82, mask: [UInt8]? = nil, claimed: Int? = nil
    ) -> [UInt8] {
        let length = claimed ?? content.count
        let bit: UInt8 = mask == nil ? 0 : 0x80
        var bytes = [first]
        switch length {
        case ...125: bytes.append(bit | UInt8(length))
        case ...65_535: bytes += [bit | 126, UInt8(length >> 8), UInt8(length & 0xFF)]
        default: bytes += [bit | 127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
        }
        guard let mask else { return bytes + content }
        return bytes + mask + content.enumerated().map { $0.element ^ mask[$0.offset % 4] }
    }

    /// Why a link ends that these bytes come over, when they come in pieces of so many.
    private static func end(_ bytes: [UInt8], pieces: Int) -> LinkEnd? {
        var watch = FrameWatch()
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            do throws(LinkEnd) {
                try watch.take(Array(bytes[start..<min(start + pieces, bytes.count)]).span.bytes)
            } catch {
                return error
            }
        }
        return nil
    }

    private static let greeting = frame([0x0A, 0x00])
    /// A vote of 300 bytes, as 5 of them in one frame and the rest in others.
    private static let vote = [UInt8](repeating: 0x2A, count: 300)

    @Test("C1: sizes by kind, in frames of any size, masked and not", arguments: [1, 2, 3, 7, 100_000])
    func sizesByKind(pieces: Int) {
        let mask: [UInt8] = [9, 8, 7, 6]
        let ping = Self.frame([1, 2, 3], first: 0x89)
        for good in [
            Self.frame([0x2A, 0x73] + [UInt8](repeating: 1, count: 115)), Self.frame([]), ping,
            Self.frame([0x2A], first: 0x02, mask: mask) + ping + Self.frame([0x73, 1], first: 0x80, mask: mask),
            // A list of headers may be long.
            Self.frame([0x7A] + [UInt8](repeating: 0, count: 70_000), mask: mask),
            // The second byte of a tag in a frame of its own.
            Self.frame([0xBA], first: 0x02) + Self.frame([0x01] + [UInt8](repeating: 0, count: 300), first: 0x80),
        ] {
            #expect(Self.end(Self.greeting + good + good, pieces: pieces) == nil)
        }
        let tooLarge = LinkEnd.message(.tooLarge(bytes: 300, limit: 256))
        #expect(Self.end(Self.greeting + Self.frame(Self.vote), pieces: pieces) == tooLarge)
        #expect(Self.end(Self.greeting + Self.frame(Self.vote, mask: mask), pieces: pieces) == tooLarge)
        let parts = Self.frame([0x2A], first: 0x02) + Self.frame([UInt8](repeating: 0, count: 299), first: 0x00)
        #expect(Self.end(Self.greeting + parts, pieces: pieces) == tooLarge)
        let first = Self.frame([UInt8](repeating: 0, count: 5_000))
        #expect(
            Self.end(first, pieces: pieces) == .message(.tooLarge(bytes: 5_000, limit: MessageLimits.helloBytesMax)))
        let endless = Self.frame([], claimed: 1 << 62)
        #expect(Self.end(Self.greeting + endless, pieces: pieces) != nil)
    }

    @Test func anyBytes() {
        var random = SplitMix64(seed: 5)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            #expect(Self.end(bytes, pieces: 1) == Self.end(bytes, pieces: 1_000))
        }
    }
}
