internal import CCairnHash

/// Leaf hashes on an OpenCL device: the kernel built, and seen to hash right.
///
/// To overlap reading, sending and hashing, take two or three batches in turn (`makeBatch`). `hashLeaves` does so for messages
/// that lie in memory already.
///
/// Sendable though unchecked: the session behind it is never changed, and OpenCL's functions may be called from any thread.
public final class OpenCLHasher: @unchecked Sendable {
    public let device: OpenCLDevice
    let session: OpaquePointer

    /// What `hashLeaves` sends at once: large enough for a transfer's full speed, small enough for memory to stay bounded.
    private static let byteCapacity = 8 << 20
    private static let messageCapacity = 128 << 10
    /// One is filled, one sent, one hashed.
    private static let batchCount = 3

    /// - Parameter source: The kernel's text. Tests pass bad ones.
    package init(_ device: OpenCLDevice, source: String) throws(OpenCLError) {
        var failure = cairn_opencl_failure()
        var info = device.info
        guard let session = cairn_opencl_open(&info, source, &failure) else {
            throw OpenCLError(failure, device: device.name)
        }
        self.device = device
        self.session = session
        try self.testItself()
    }

    deinit {
        cairn_opencl_close(self.session)
    }

    /// A batch for up to `byteCapacity` bytes, below 4 GiB, of up to `messageCapacity` messages. On the device it takes that and
    /// 44 bytes a message, and the same here.
    public func makeBatch(byteCapacity: Int, messageCapacity: Int) throws(OpenCLError) -> OpenCLBatch {
        try OpenCLBatch(hasher: self, byteCapacity: byteCapacity, messageCapacity: messageCapacity)
    }

    /// `digests[i]` becomes SHA-256(0x00 ‖ message i): the hash of a Merkle tree leaf (RFC 9162, section 2.1.1).
    ///
    /// - Precondition: Every message lies inside `buffer`, and `digests` outside it and as many as the messages.
    public func hashLeaves(
        _ messages: UnsafeBufferPointer<SHA256Batch.Message>,
        in buffer: UnsafeRawBufferPointer,
        into digests: UnsafeMutableBufferPointer<Digest>
    ) throws(OpenCLError) {
        var idle: [OpenCLBatch] = []
        try self.hashLeaves(messages, in: buffer, into: digests, with: &idle)
    }

    /// The same with the batches in `idle`, which get more when they are too few, and which are idle again afterwards.
    func hashLeaves(
        _ messages: UnsafeBufferPointer<SHA256Batch.Message>,
        in buffer: UnsafeRawBufferPointer,
        into digests: UnsafeMutableBufferPointer<Digest>,
        with idle: inout [OpenCLBatch]
    ) throws(OpenCLError) {
        precondition(messages.count == digests.count, "each message has one digest")
        precondition(SHA256Batch.areInside(messages, byteCount: buffer.count), "a message ends behind its buffer")
        let longest = messages.reduce(0) { max($0, Int($1.byteCount)) }
        var underWay: [(batch: OpenCLBatch, first: Int)] = []
        var next = 0
        while next < messages.count || !underWay.isEmpty {
            if next == messages.count || underWay.count == Self.batchCount {
                let (batch, first) = underWay.removeFirst()
                try batch.wait { done, _ in
                    _ = UnsafeMutableBufferPointer(rebasing: digests[first...]).update(fromContentsOf: done)
                }
                idle.append(batch)
            } else {
                let batch: OpenCLBatch
                if let waiting = idle.popLast() {
                    batch = waiting
                } else {
                    batch = try self.makeBatch(
                        byteCapacity: max(longest, Self.byteCapacity), messageCapacity: Self.messageCapacity)
                }
                let (count, byteCount) = batch.fill(UnsafeBufferPointer(rebasing: messages[next...]), from: buffer)
                precondition(count > 0, "a batch in the pool is too small for a message")
                try batch.start(count: count, byteCount: byteCount)
                underWay.append((batch, next))
                next += count
            }
        }
    }

    /// A driver or a chip that hashes wrongly would call a good ledger bad, or worse.
    private func testItself() throws(OpenCLError) {
        let bytes = (0..<600).map { UInt8(truncatingIfNeeded: $0 &* 151 >> 2) }
        // Every way through the padding, at every place in a word.
        let messages =
            (0..<200).map { SHA256Batch.Message(offset: UInt32($0 % 7), byteCount: UInt32($0)) }
            + [SHA256Batch.Message(offset: 1, byteCount: 599)]
        var expected = [Digest](repeating: .zero, count: messages.count)
        var found = expected
        let failure: OpenCLError? = bytes.withUnsafeBytes { bytes in
            messages.withUnsafeBufferPointer { messages in
                expected.withUnsafeMutableBufferPointer { SHA256Batch.hashLeaves(messages, in: bytes, into: $0) }
                return found.withUnsafeMutableBufferPointer { found in
                    do throws(OpenCLError) {
                        try self.hashLeaves(messages, in: bytes, into: found)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
        }
        if let failure { throw failure }
        guard found == expected else { throw .wrongDigests(device: self.device.name) }
    }
}

extension OpenCLBatch {
    /// Copies as many of `messages` as fit.
    fileprivate func fill(
        _ messages: UnsafeBufferPointer<SHA256Batch.Message>, from buffer: UnsafeRawBufferPointer
    ) -> (count: Int, byteCount: Int) {
        var count = 0
        var filled = 0
        while count < messages.count, count < self.messages.count {
            let message = messages[count]
            let size = Int(message.byteCount)
            guard filled + size <= self.bytes.count else { break }
            let start = Int(message.offset)
            UnsafeMutableRawBufferPointer(rebasing: self.bytes[filled...]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: buffer[start..<start + size]))
            self.messages[count] = SHA256Batch.Message(offset: UInt32(filled), byteCount: message.byteCount)
            filled += size
            count += 1
        }
        return (count, filled)
    }
}
