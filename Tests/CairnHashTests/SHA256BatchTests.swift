import CairnHash
import TestSupport
import Testing

/// Every kernel that this CPU has, against Crypto.
struct SHA256BatchTests {
    typealias Kernel = SHA256Batch.Kernel
    typealias Message = SHA256Batch.Message

    private static let prefixes: [UInt8?] = [nil, 0x00, 0x01, 0xA5]

    @Test func theBestKernelIsTheFirst() {
        #expect(Kernel.all.first?.name == SHA256Batch.kernel)
        #expect(Kernel.all.last?.name == "portable")
        #expect(Set(Kernel.all.map(\.name)).count == Kernel.all.count)
    }

    @Test func everyLengthInOneBatch() {
        // All mixed, so that a lane's messages end at any place in its neighbours'.
        var random = SplitMix64(seed: 10)
        let bytes = random.bytes(6_000)
        let messages = (0...4_096).shuffled(using: &random).map {
            Message(Int.random(in: 0..<1_900, using: &random), $0)
        }
        for prefix in [nil, 0x00] as [UInt8?] {
            let expected = referenceDigests(messages, in: bytes, prefix: prefix)
            for kernel in Kernel.all {
                #expect(batchDigests(kernel, messages, in: bytes, prefix: prefix) == expected, "\(kernel)")
            }
        }
    }

    @Test func everyLengthAloneAndInFullLanes() {
        var random = SplitMix64(seed: 11)
        let bytes = random.bytes(1_000)
        for length in Array(0...260) + [511, 512, 513, 575, 576] {
            // One more than two groups of lanes and a pair.
            let messages = (0..<35).map { Message($0 * 7, length) }
            for prefix in [nil, 0x00] as [UInt8?] {
                let expected = referenceDigests(messages, in: bytes, prefix: prefix)
                for kernel in Kernel.all {
                    #expect(
                        batchDigests(kernel, messages, in: bytes, prefix: prefix) == expected, "\(kernel), \(length)")
                    #expect(
                        batchDigests(kernel, [messages[34]], in: bytes, prefix: prefix) == [expected[34]],
                        "\(kernel), \(length)")
                }
            }
        }
    }

    @Test func everyNumberOfMessages() {
        var random = SplitMix64(seed: 12)
        let bytes = random.bytes(3_000)
        let longest = [63, 64, 130, 400, 2_000]
        for count in 0...100 {
            for prefix in Self.prefixes {
                let most = longest.randomElement(using: &random) ?? 64
                let messages = (0..<count).map { _ in
                    Message(Int.random(in: 0..<1_000, using: &random), Int.random(in: 0...most, using: &random))
                }
                let expected = referenceDigests(messages, in: bytes, prefix: prefix)
                for kernel in Kernel.all {
                    #expect(
                        batchDigests(kernel, messages, in: bytes, prefix: prefix) == expected, "\(kernel), \(count)")
                }
            }
        }
    }

    @Test func oneLongMessageAmongShortOnes() {
        var random = SplitMix64(seed: 13)
        let bytes = random.bytes(66_000)
        for place in [0, 1, 15, 16, 31, 32, 49] {
            var messages = (0..<50).map { Message($0, 30 + $0) }
            messages[place] = Message(3, 65_535)
            let expected = referenceDigests(messages, in: bytes, prefix: 0x00)
            for kernel in Kernel.all {
                #expect(batchDigests(kernel, messages, in: bytes, prefix: 0x00) == expected, "\(kernel), \(place)")
            }
        }
    }

    @Test func nodesAlsoInPlace() {
        var random = SplitMix64(seed: 14)
        for count in Array(0...70) + [127, 128, 129] {
            let bytes = random.bytes(64 * count)
            let children = (0..<2 * count).map { Digest(loading: bytes.span.bytes, at: 32 * $0) }
            let parents = (0..<count).map { Digest(hashingNode: children[2 * $0], children[2 * $0 + 1]) }
            for kernel in Kernel.all {
                var apart = [Digest](repeating: .zero, count: count)
                children.withUnsafeBufferPointer { children in
                    apart.withUnsafeMutableBufferPointer { kernel.runNodes(children: children, into: $0) }
                }
                #expect(apart == parents, "\(kernel), \(count)")

                var level = children
                level.withUnsafeMutableBufferPointer { level in
                    let digests = UnsafeMutableBufferPointer(rebasing: level[..<count])
                    kernel.runNodes(children: UnsafeBufferPointer(level), into: digests)
                }
                #expect(Array(level[..<count]) == parents, "\(kernel), \(count), in place")
                #expect(level[count...] == children[count...], "\(kernel), \(count), the rest is left alone")
            }
        }
    }

    @Test(arguments: [(176, 176), (176, 200), (64, 64), (100, 33), (0, 0), (9, 0), (1, 1)])
    func equalSizesAtAStride(byteCount: Int, stride: Int) {
        var random = SplitMix64(seed: 15)
        let bytes = random.bytes(70 * 200)
        for count in [0, 1, 2, 15, 16, 17, 31, 32, 33, 48, 70] {
            let messages = (0..<count).map { Message($0 * stride, byteCount) }
            for prefix in [nil, 0x00] as [UInt8?] {
                let expected = referenceDigests(messages, in: bytes, prefix: prefix)
                for kernel in Kernel.all {
                    var digests = [Digest](repeating: .zero, count: count)
                    bytes.withUnsafeBytes { bytes in
                        digests.withUnsafeMutableBufferPointer {
                            kernel.run(
                                count: count, byteCount: byteCount, stride: stride, in: bytes, prefix: prefix, into: $0)
                        }
                    }
                    #expect(digests == expected, "\(kernel), \(count)")
                }
            }
        }
    }

    @Test func nothingOutsideTheMessagesIsRead() throws {
        // Reading there ends the process.
        let memory = try #require(GuardedPages(pages: 1))
        var random = SplitMix64(seed: 16)
        memory.bytes.copyBytes(from: random.bytes(memory.bytes.count))
        let copy = Array(memory.bytes)
        let end = memory.bytes.count
        for length in 0...200 {
            let places = [Message(0, length), Message(end - length, length)]
            for count in [1, 2, 20, 33] {
                var messages = (0..<count).map { places[$0 % 2] }
                if count == 20 { messages[7] = Message(0, length / 2) }  // not all equal: another way through
                for prefix in [nil, 0x00] as [UInt8?] {
                    let expected = referenceDigests(messages, in: copy, prefix: prefix)
                    for kernel in Kernel.all {
                        let digests = batchDigests(
                            kernel, messages, in: UnsafeRawBufferPointer(memory.bytes), prefix: prefix)
                        #expect(digests == expected, "\(kernel), \(length), \(count)")
                    }
                }
            }
        }
    }

    @Test func emptyMessagesOfAnEmptyBuffer() {
        let empty = Digest(hashing: [])
        for kernel in Kernel.all {
            let messages = [Message](repeating: Message(0, 0), count: 40)
            let nowhere = UnsafeRawBufferPointer(start: nil, count: 0)
            let digests = batchDigests(kernel, messages, in: nowhere, prefix: nil)
            #expect(digests == [Digest](repeating: empty, count: 40), "\(kernel)")
            let leaf = Digest(hashing: [0])
            #expect(batchDigests(kernel, [messages[0]], in: nowhere, prefix: 0x00) == [leaf], "\(kernel)")
        }
    }
}
