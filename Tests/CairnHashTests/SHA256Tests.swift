import CCairnHash
import CairnHash
import TestSupport
import Testing

struct SHA256Tests {
    // FIPS 180-4's examples, and the short messages of NIST's CAVP (SHA256ShortMsg.rsp).
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("616263", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "6162636462636465636465666465666765666768666768696768696a68696a6b"
                + "696a6b6c6a6b6c6d6b6c6d6e6c6d6e6f6d6e6f706e6f7071",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        ("d3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"),
        ("11af", "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98"),
        ("b4190e", "dff2e73091f6c05e528896c4c831b9448653dc2ff043528f6769437bc7b975c2"),
    ])
    func publishedVectors(message: String, digest: String) throws {
        let bytes = try #require(Hex.decode(message))
        #expect(Digest(hashing: bytes).description == digest)
        #expect(portable(bytes).description == digest)
        #expect(streamed(bytes, pieces: [bytes.count]).description == digest)
    }

    @Test func aMillionLetters() {
        // FIPS 180-4's long example.
        let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        #expect(
            Digest(hashing: bytes).description == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    private static let lengths = Array(0...1_024) + [4_095, 4_096, 4_097, 65_535, 65_536, 100_003]

    @Test func everyLengthAgreesWithAnotherImplementation() {
        var random = SplitMix64(seed: 1)
        for length in Self.lengths {
            let message = random.bytes(length)
            let expected = referenceSHA256(message)
            #expect(Digest(hashing: message).bytes == expected, "length \(length)")
            #expect(portable(message).bytes == expected, "length \(length)")
            #expect(Digest(hashingLeaf: message.span.bytes).bytes == referenceSHA256([0] + message), "length \(length)")
            #expect(portable([0] + message) == Digest(hashingLeaf: message.span.bytes), "length \(length)")
        }
    }

    @Test func nodes() throws {
        var random = SplitMix64(seed: 2)
        for _ in 0..<200 {
            let left = random.bytes(32)
            let right = random.bytes(32)
            let node = Digest(hashingNode: try #require(Digest(bytes: left)), try #require(Digest(bytes: right)))
            #expect(node.bytes == referenceSHA256([1] + left + right))
            #expect(node == portable([1] + left + right))
        }
    }

    @Test func streamsInAnyPieces() {
        var random = SplitMix64(seed: 3)
        for length in Self.lengths where length <= 300 || length > 4_000 || length.isMultiple(of: 64) {
            let message = random.bytes(length)
            let expected = Digest(hashing: message)
            for largest in [1, 63, 64, 65, 200, 5_000] where length < 1_000 || largest > 1 {
                var pieces: [Int] = []
                var total = 0
                while total < length {
                    pieces.append(Int.random(in: 0...largest, using: &random))
                    total += pieces[pieces.count - 1]
                }
                #expect(streamed(message, pieces: pieces) == expected, "length \(length), pieces \(pieces)")
            }
        }
    }

    @Test func copiesOfAStreamGoOnAlone() {
        let bytes: [UInt8] = [1, 2, 3, 4, 5]
        var first = SHA256Stream()
        first.update(bytes.span.bytes.extracting(0..<3))
        var second = first
        first.update(bytes.span.bytes.extracting(3..<4))
        second.update(bytes.span.bytes.extracting(4..<5))
        #expect(first.finalize() == Digest(hashing: [1, 2, 3, 4]))
        #expect(second.finalize() == Digest(hashing: [1, 2, 3, 5]))
    }

    @Test func piecesOfALargerBuffer() {
        var random = SplitMix64(seed: 4)
        let bytes = random.bytes(200)
        // Kernels load unaligned.
        for start in 0..<17 {
            let part = bytes.span.bytes.extracting(start..<start + 150)
            #expect(Digest(hashing: part).bytes == referenceSHA256(Array(bytes[start..<start + 150])))
        }
    }

    @Test func theKernelHasAName() {
        #expect(["portable", "sha-ni", "sha2"].contains(SHA256Stream.kernel))
    }
}

private func portable(_ message: [UInt8]) -> Digest {
    var bytes = [UInt8](repeating: 0, count: Digest.byteCount)
    cairn_sha256_portable(message, message.count, &bytes)
    return Digest(bytes: bytes) ?? .zero
}

private func streamed(_ message: [UInt8], pieces: [Int]) -> Digest {
    var stream = SHA256Stream()
    var start = 0
    for piece in pieces {
        let end = min(message.count, start + piece)
        stream.update(message.span.bytes.extracting(start..<end))
        start = end
    }
    return stream.finalize()
}
