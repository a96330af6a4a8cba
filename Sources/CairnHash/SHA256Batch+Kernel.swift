internal import CCairnHash

extension SHA256Batch {
    /// One of the ways to hash that this CPU has: everybody gets the best one, tests and benchmarks take each.
    package struct Kernel: Sendable, CustomStringConvertible {
        package let name: String
        private let index: Int

        package var description: String { self.name }

        static let best = Self(0)

        /// The kernels that this CPU has, the best one first.
        package static var all: [Self] {
            var count = 0
            _ = cairn_sha256_batch_kernels(&count)
            return (0..<count).map(Self.init)
        }

        private init(_ index: Int) {
            var count = 0
            self.name = String(cString: cairn_sha256_batch_kernels(&count)[index].name)
            self.index = index
        }

        // MARK: The checks that stand before memory is read

        /// `digests[i]` becomes SHA-256(prefix ‖ message i).
        package func run(
            _ messages: UnsafeBufferPointer<Message>,
            in buffer: UnsafeRawBufferPointer,
            prefix: UInt8?,
            into digests: UnsafeMutableBufferPointer<Digest>
        ) {
            precondition(messages.count == digests.count, "each message has one digest")
            precondition(SHA256Batch.areInside(messages, byteCount: buffer.count), "a message ends behind its buffer")
            // A Message is laid out as C's is: two 32-bit integers.
            UnsafeRawBufferPointer(messages).withMemoryRebound(to: cairn_sha256_message.self) { messages in
                var batch = cairn_sha256_batch()
                batch.messages = messages.baseAddress
                batch.count = messages.count
                self.run(&batch, in: buffer, prefix: prefix, into: digests)
            }
        }

        /// `digests[i]` becomes SHA-256(prefix ‖ the `byteCount` bytes from `i * stride` on).
        package func run(
            count: Int, byteCount: Int, stride: Int,
            in buffer: UnsafeRawBufferPointer,
            prefix: UInt8?,
            into digests: UnsafeMutableBufferPointer<Digest>
        ) {
            precondition(count == digests.count, "each message has one digest")
            precondition(byteCount >= 0 && stride >= 0, "a size is negative")
            precondition(
                count == 0 || (count - 1) * stride + byteCount <= buffer.count, "a message ends behind its buffer")
            var batch = cairn_sha256_batch()
            batch.count = count
            batch.byte_count = UInt32(byteCount)
            batch.stride = stride
            self.run(&batch, in: buffer, prefix: prefix, into: digests)
        }

        /// `digests[i]` becomes SHA-256(0x01 ‖ `children[2i]` ‖ `children[2i + 1]`).
        package func runNodes(
            children: UnsafeBufferPointer<Digest>, into digests: UnsafeMutableBufferPointer<Digest>
        ) {
            precondition(children.count == 2 * digests.count, "two children make one node")
            self.run(
                count: digests.count, byteCount: 2 * Digest.byteCount, stride: 2 * Digest.byteCount,
                in: UnsafeRawBufferPointer(children), prefix: 0x01, into: digests)
        }

        private func run(
            _ batch: inout cairn_sha256_batch,
            in buffer: UnsafeRawBufferPointer,
            prefix: UInt8?,
            into digests: UnsafeMutableBufferPointer<Digest>
        ) {
            // An empty array has no address; then there is nothing to hash.
            guard batch.count > 0 else { return }
            batch.buffer = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            batch.prefix = Int32(prefix.map(Int.init) ?? CAIRN_SHA256_NO_PREFIX)
            batch.digests = UnsafeMutableRawBufferPointer(digests).baseAddress?.assumingMemoryBound(to: UInt8.self)
            var count = 0
            cairn_sha256_batch_kernels(&count)[self.index].run(&batch)
        }
    }
}
