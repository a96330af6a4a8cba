/// SHA-256 (FIPS 180-4) of many messages that lie in memory, at once: several times the throughput of one after the other,
/// most of all for short messages. `docs/architecture.md` says how.
///
/// Nothing is copied or allocated, and nothing outside the messages is read. Any number of messages will do; a few dozen
/// fill the widest kernel, and hundreds keep it full.
public enum SHA256Batch {
    /// Where a message lies in a buffer.
    public struct Message: Hashable, Sendable {
        /// The place of its first byte, from the start of the buffer.
        public var offset: UInt32
        public var byteCount: UInt32

        @inlinable
        public init(offset: UInt32, byteCount: UInt32) {
            self.offset = offset
            self.byteCount = byteCount
        }
    }

    /// `digests[i]` becomes SHA-256(message i).
    ///
    /// - Precondition: Every message lies inside `buffer`, and `digests` outside it and as many as the messages.
    public static func hash(
        _ messages: UnsafeBufferPointer<Message>,
        in buffer: UnsafeRawBufferPointer,
        into digests: UnsafeMutableBufferPointer<Digest>
    ) {
        Kernel.best.run(messages, in: buffer, prefix: nil, into: digests)
    }

    /// `digests[i]` becomes SHA-256(0x00 ‖ message i): the hash of a Merkle tree leaf (RFC 9162, section 2.1.1).
    ///
    /// - Precondition: Every message lies inside `buffer`, and `digests` outside it and as many as the messages.
    public static func hashLeaves(
        _ messages: UnsafeBufferPointer<Message>,
        in buffer: UnsafeRawBufferPointer,
        into digests: UnsafeMutableBufferPointer<Digest>
    ) {
        Kernel.best.run(messages, in: buffer, prefix: 0x00, into: digests)
    }

    /// `digests[i]` becomes SHA-256(0x01 ‖ `children[2i]` ‖ `children[2i + 1]`): the hash of an interior Merkle tree node
    /// (RFC 9162, section 2.1.1).
    ///
    /// Both may start at the same address: then a level of a tree becomes the one above it in place.
    ///
    /// - Precondition: There are twice as many children as digests. They don't overlap in any other way.
    public static func hashNodes(
        children: UnsafeBufferPointer<Digest>, into digests: UnsafeMutableBufferPointer<Digest>
    ) {
        Kernel.best.runNodes(children: children, into: digests)
    }

    /// `digests[i]` becomes SHA-256 of the `byteCount` bytes from `i * stride` on, as block headers in a row are.
    ///
    /// - Precondition: All of them lie inside `buffer`, and `digests` outside it and `count` of them. `byteCount` fits 32 bits.
    public static func hash(
        count: Int, byteCount: Int, stride: Int,
        in buffer: UnsafeRawBufferPointer,
        into digests: UnsafeMutableBufferPointer<Digest>
    ) {
        Kernel.best.run(count: count, byteCount: byteCount, stride: stride, in: buffer, prefix: nil, into: digests)
    }

    /// The kernel that this CPU gets, such as `avx-512 with sha-ni` or `portable`.
    public static var kernel: String { Kernel.best.name }

    /// Whether every message lies in a buffer of `byteCount` bytes.
    static func areInside(_ messages: UnsafeBufferPointer<Message>, byteCount: Int) -> Bool {
        // One comparison for all: a branch a message would cost as much as a short one's hash.
        var end: UInt64 = 0
        for message in messages { end = max(end, UInt64(message.offset) + UInt64(message.byteCount)) }
        return end <= UInt64(byteCount)
    }
}
