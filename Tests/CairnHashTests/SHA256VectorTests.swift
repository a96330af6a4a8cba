import CairnHash
import Testing

/// NIST's vectors (CAVP, SHAVS section 6.2 and 6.4) on every kernel that this CPU has, and on single messages.
struct SHA256VectorTests {
    @Test(arguments: [("SHA256ShortMsg", 65), ("SHA256LongMsg", 64)])
    func messages(file: String, count: Int) throws {
        let vectors = try VectorFile(file).vectors
        #expect(vectors.count == count)
        var bytes: [UInt8] = []
        var messages: [SHA256Batch.Message] = []
        for vector in vectors {
            let message = try #require(vector["Msg"].flatMap { Hex.decode($0) })
            let bitCount = try #require(vector["Len"].flatMap { Int($0) })
            messages.append(SHA256Batch.Message(bytes.count, bitCount / 8))
            bytes += message.prefix(bitCount / 8)
            #expect(Digest(hashing: Array(message.prefix(bitCount / 8))).description == vector["MD"])
        }
        let digests = try vectors.map { try #require($0["MD"]) }
        for kernel in SHA256Batch.Kernel.all {
            #expect(batchDigests(kernel, messages, in: bytes, prefix: nil).map(\.description) == digests, "\(kernel)")
        }
    }

    /// Each checkpoint comes of the one before by a chain of 1,000 hashes. All of them are published, so that the chains can run
    /// side by side: step for step, the batch holds one message of each.
    @Test func monteCarlo() throws {
        let vectors = try VectorFile("SHA256Monte").vectors
        let seed = try #require(vectors.first?["Seed"].flatMap { Digest(hex: $0) })
        let checkpoints = try vectors.map { try #require($0["MD"].flatMap { Digest(hex: $0) }) }
        #expect(checkpoints.count == 100)
        let seeds = [seed] + checkpoints.dropLast()
        for kernel in SHA256Batch.Kernel.all {
            // The newest three digests of each chain: the message of its next step.
            var chains = seeds.flatMap { [$0, $0, $0] }
            var digests = seeds
            for _ in 0..<1_000 {
                chains.withUnsafeBytes { chains in
                    digests.withUnsafeMutableBufferPointer {
                        kernel.run(count: $0.count, byteCount: 96, stride: 96, in: chains, prefix: nil, into: $0)
                    }
                }
                for chain in digests.indices {
                    chains[3 * chain] = chains[3 * chain + 1]
                    chains[3 * chain + 1] = chains[3 * chain + 2]
                    chains[3 * chain + 2] = digests[chain]
                }
            }
            #expect(digests == checkpoints, "\(kernel)")
        }
    }
}
