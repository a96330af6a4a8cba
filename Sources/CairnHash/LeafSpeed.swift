/// How fast leaves are hashed on this machine: what tells whether a device is worth its transfers.
///
/// Each figure takes some milliseconds, on a slow device some tenths of a second. The caller brings the clock, such as a `ContinuousClock`.
public enum LeafSpeed {
    /// Message bytes per second on one core, of messages of `messageByteCount` bytes.
    public static func ofOneCore(messageByteCount: Int, clock: some Clock<Duration>) -> Double {
        let sample = Sample(messageByteCount: messageByteCount, byteCount: 4 << 20)
        return sample.bytesPerSecond(clock: clock) { messages, bytes, digests in
            SHA256Batch.hashLeaves(messages, in: bytes, into: digests)
        }
    }

    /// Message bytes per second on a device, with copying them to pinned memory, sending them, and fetching the digests.
    public static func of(
        _ hasher: OpenCLHasher, messageByteCount: Int, clock: some Clock<Duration>
    ) throws(OpenCLError) -> Double {
        let sample = Sample(messageByteCount: messageByteCount, byteCount: 24 << 20)
        var batches: [OpenCLBatch] = []
        return try sample.bytesPerSecond(clock: clock) { (messages, bytes, digests) throws(OpenCLError) in
            try hasher.hashLeaves(messages, in: bytes, into: digests, with: &batches)
        }
    }

    /// Messages of one size, one behind the other.
    private struct Sample {
        let messages: [SHA256Batch.Message]
        let bytes: [UInt8]

        init(messageByteCount: Int, byteCount: Int) {
            let size = max(1, messageByteCount)
            self.messages = (0..<max(1, byteCount / size)).map {
                SHA256Batch.Message(offset: UInt32($0 * size), byteCount: UInt32(size))
            }
            self.bytes = [UInt8](repeating: 0x5A, count: self.messages.count * size)
        }

        /// The best of three, after one that makes caches and clocks warm; but of one when that takes long.
        func bytesPerSecond<Failure: Error>(
            clock: some Clock<Duration>,
            _ hash: (
                UnsafeBufferPointer<SHA256Batch.Message>, UnsafeRawBufferPointer, UnsafeMutableBufferPointer<Digest>
            ) throws(Failure) -> Void
        ) throws(Failure) -> Double {
            var digests = [Digest](repeating: .zero, count: self.messages.count)
            var best = Duration.seconds(Int.max)
            for run in 0..<4 {
                let start = clock.now
                try self.messages.withUnsafeBufferPointer { (messages) throws(Failure) in
                    try self.bytes.withUnsafeBufferPointer { (bytes) throws(Failure) in
                        try digests.withUnsafeMutableBufferPointer { (digests) throws(Failure) in
                            try hash(messages, UnsafeRawBufferPointer(bytes), digests)
                        }
                    }
                }
                let elapsed = start.duration(to: clock.now)
                let isLong = elapsed > .milliseconds(200)
                if run > 0 || isLong { best = min(best, elapsed) }
                if isLong { break }
            }
            return Double(self.bytes.count) / max(best / .seconds(1), .leastNonzeroMagnitude)
        }
    }
}
