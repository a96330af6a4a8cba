internal import CCairnHash

/// Messages on their way through a device: fill `bytes` and `messages`, start, do something else, and wait for the digests.
///
/// The memory is pinned where the driver can, so that reading a file into `bytes` saves a copy. Each batch has a queue of its
/// own on the device: with two or three of them in turn, one is sent while another one is hashed. One thread at a time may use
/// a batch, and each batch any thread.
public final class OpenCLBatch {
    /// What a device spent on one batch, by its own clock, in nanoseconds.
    public struct Times: Hashable, Sendable {
        public var kernelNanoseconds: UInt64
        /// With sending the messages and fetching the digests.
        public var totalNanoseconds: UInt64
    }

    /// The messages' bytes, to be written while the batch isn't under way.
    public let bytes: UnsafeMutableRawBufferPointer
    /// Where in `bytes` each message lies, to be written while the batch isn't under way.
    public let messages: UnsafeMutableBufferPointer<SHA256Batch.Message>

    private let hasher: OpenCLHasher
    private let batch: OpaquePointer
    /// Of the batch under way, nil when none is.
    private var startedCount: Int?

    init(hasher: OpenCLHasher, byteCapacity: Int, messageCapacity: Int) throws(OpenCLError) {
        precondition(byteCapacity > 0 && byteCapacity <= Int(UInt32.max), "offsets are 32 bits")
        precondition(messageCapacity > 0 && messageCapacity <= Int(UInt32.max) / 2, "indices are 32 bits")
        var failure = cairn_opencl_failure()
        guard let batch = cairn_opencl_batch_new(hasher.session, byteCapacity, messageCapacity, &failure) else {
            throw OpenCLError(failure, device: hasher.device.name)
        }
        self.hasher = hasher
        self.batch = batch
        self.bytes = UnsafeMutableRawBufferPointer(start: cairn_opencl_batch_bytes(batch), count: byteCapacity)
        // A Message is laid out as C's is: two 32-bit integers.
        let messages = UnsafeMutableRawPointer(cairn_opencl_batch_messages(batch))
        self.messages = UnsafeMutableBufferPointer(
            start: messages?.bindMemory(to: SHA256Batch.Message.self, capacity: messageCapacity), count: messageCapacity
        )
    }

    deinit {
        cairn_opencl_batch_free(self.batch)
    }

    /// Begins to hash the first `count` of the messages, which lie in the first `byteCount` bytes, and returns at once.
    ///
    /// - Precondition: The batch isn't under way, and both are within capacity.
    public func start(count: Int, byteCount: Int) throws(OpenCLError) {
        precondition(self.startedCount == nil, "the batch is under way")
        precondition(byteCount >= 0 && byteCount <= self.bytes.count, "more bytes than fit")
        let messages = self.messages[..<count]
        precondition(
            SHA256Batch.areInside(UnsafeBufferPointer(rebasing: messages), byteCount: byteCount),
            "a message ends behind its buffer")
        if count > 0 {
            var failure = cairn_opencl_failure()
            guard Int(cairn_opencl_batch_start(self.batch, byteCount, count, &failure)) == CAIRN_OPENCL_OK else {
                throw OpenCLError(failure, device: self.hasher.device.name)
            }
        }
        self.startedCount = count
    }

    /// Waits for the digests of the messages, `body` gets them: leaf hashes, SHA-256(0x00 ‖ message), in the order of the
    /// messages. They stand until the next start.
    ///
    /// - Precondition: The batch is under way.
    @discardableResult
    public func wait<Result>(
        _ body: (UnsafeBufferPointer<Digest>, Times) -> Result
    ) throws(OpenCLError) -> Result {
        guard let count = self.startedCount else { preconditionFailure("the batch was not started") }
        self.startedCount = nil
        var times = cairn_opencl_times()
        if count > 0 {
            var failure = cairn_opencl_failure()
            guard Int(cairn_opencl_batch_wait(self.batch, &times, &failure)) == CAIRN_OPENCL_OK else {
                throw OpenCLError(failure, device: self.hasher.device.name)
            }
        }
        // A Digest is its 32 bytes.
        let digests = UnsafeRawPointer(cairn_opencl_batch_digests(self.batch))?.assumingMemoryBound(to: Digest.self)
        return body(
            UnsafeBufferPointer(start: digests, count: count),
            Times(kernelNanoseconds: times.kernel_nanoseconds, totalNanoseconds: times.total_nanoseconds))
    }
}
