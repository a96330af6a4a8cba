import CairnHash
import Testing

/// The public face: what each function hashes, and that a mistake of the caller's ends the process before memory is read.
struct SHA256BatchFaceTests {
    typealias Message = SHA256Batch.Message

    private static let text = Array("abcdefgh".utf8)

    @Test func messages() {
        var digests = [Digest](repeating: .zero, count: 2)
        Self.text.withUnsafeBytes { text in
            [Message(0, 3), Message(2, 6)].withUnsafeBufferPointer { messages in
                digests.withUnsafeMutableBufferPointer { SHA256Batch.hash(messages, in: text, into: $0) }
            }
        }
        #expect(digests == [Digest(hashing: Array("abc".utf8)), Digest(hashing: Array("cdefgh".utf8))])
    }

    @Test func leaves() {
        var digests = [Digest](repeating: .zero, count: 2)
        Self.text.withUnsafeBytes { text in
            [Message(0, 3), Message(8, 0)].withUnsafeBufferPointer { messages in
                digests.withUnsafeMutableBufferPointer { SHA256Batch.hashLeaves(messages, in: text, into: $0) }
            }
        }
        #expect(
            digests == [
                Digest(hashingLeaf: Array("abc".utf8).span.bytes), Digest(hashingLeaf: [UInt8]().span.bytes),
            ])
    }

    @Test func nodes() {
        let children = (0..<6).map { Digest(hashing: [$0]) }
        var digests = [Digest](repeating: .zero, count: 3)
        children.withUnsafeBufferPointer { children in
            digests.withUnsafeMutableBufferPointer { SHA256Batch.hashNodes(children: children, into: $0) }
        }
        #expect(digests == (0..<3).map { Digest(hashingNode: children[2 * $0], children[2 * $0 + 1]) })
    }

    @Test func aStride() {
        var digests = [Digest](repeating: .zero, count: 3)
        Self.text.withUnsafeBytes { text in
            digests.withUnsafeMutableBufferPointer {
                SHA256Batch.hash(count: 3, byteCount: 2, stride: 3, in: text, into: $0)
            }
        }
        #expect(digests == ["ab", "de", "gh"].map { Digest(hashing: Array($0.utf8)) })
    }

    // MARK: Mistakes

    @Test func aMessageBehindTheBuffer() async {
        await #expect(processExitsWith: .failure) {
            var digest = [Digest.zero]
            [UInt8](repeating: 0, count: 8).withUnsafeBytes { buffer in
                [Message(offset: 5, byteCount: 4)].withUnsafeBufferPointer { messages in
                    digest.withUnsafeMutableBufferPointer { SHA256Batch.hash(messages, in: buffer, into: $0) }
                }
            }
        }
    }

    @Test func offsetAndSizeThatWrapAround() async {
        await #expect(processExitsWith: .failure) {
            var digest = [Digest.zero]
            [UInt8](repeating: 0, count: 8).withUnsafeBytes { buffer in
                [Message(offset: .max, byteCount: 2)].withUnsafeBufferPointer { messages in
                    digest.withUnsafeMutableBufferPointer { SHA256Batch.hashLeaves(messages, in: buffer, into: $0) }
                }
            }
        }
    }

    @Test func tooFewDigests() async {
        await #expect(processExitsWith: .failure) {
            var digest = [Digest.zero]
            let children = [Digest](repeating: .zero, count: 4)
            children.withUnsafeBufferPointer { children in
                digest.withUnsafeMutableBufferPointer { SHA256Batch.hashNodes(children: children, into: $0) }
            }
        }
    }

    @Test func aStrideBehindTheBuffer() async {
        await #expect(processExitsWith: .failure) {
            var digests = [Digest](repeating: .zero, count: 2)
            [UInt8](repeating: 0, count: 8).withUnsafeBytes { buffer in
                digests.withUnsafeMutableBufferPointer {
                    SHA256Batch.hash(count: 2, byteCount: 4, stride: 5, in: buffer, into: $0)
                }
            }
        }
    }
}
