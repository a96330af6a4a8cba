internal import CCairnHash

/// A SHA-256 digest: 32 bytes, compared and ordered as bytes.
public struct Digest: Hashable, Sendable {
    public static let byteCount = 32

    /// The 32 bytes, as they lie in memory.
    @usableFromInline
    var words: (UInt64, UInt64, UInt64, UInt64)

    /// 32 zero bytes: the previous hash of a genesis block, the annex hash of a block without one.
    public static let zero = Digest(words: (0, 0, 0, 0))

    private init(words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    /// The digest that `bytes` are. Nil unless there are exactly 32.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(filledBy: { UnsafeMutableRawBufferPointer(start: $0, count: Self.byteCount).copyBytes(from: bytes) })
    }

    /// The 32 bytes from `offset` on. They must be inside.
    @inlinable
    public init(loading bytes: RawSpan, at offset: Int) {
        func word(_ place: Int) -> UInt64 {
            bytes.unsafeLoadUnaligned(fromByteOffset: offset + 8 * place, as: UInt64.self)
        }
        self.words = (word(0), word(1), word(2), word(3))
    }

    /// The digest that `fill` writes: all 32 bytes of it.
    init(filledBy fill: (UnsafeMutableRawPointer) -> Void) {
        self = withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 4) { words in
            // A buffer of four words always has an address.
            if let start = words.baseAddress { fill(start) }
            return Digest(words: (words[0], words[1], words[2], words[3]))
        }
    }

    /// Lends the 32 bytes. They are lent as they are, and never as `&copy`: see `docs/compiler-faults.md`.
    @inlinable
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try Swift.withUnsafeBytes(of: self.words, body)
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        self.withUnsafeBytes { [UInt8]($0) }
    }

    @inlinable
    public static func == (left: Digest, right: Digest) -> Bool {
        left.words.0 == right.words.0 && left.words.1 == right.words.1
            && left.words.2 == right.words.2 && left.words.3 == right.words.3
    }

    @inlinable
    public func hash(into hasher: inout Hasher) {
        // A digest is uniform already: 64 of its bits are enough for a table.
        hasher.combine(self.words.0)
    }
}

extension Digest: Comparable {
    public static func < (left: Digest, right: Digest) -> Bool {
        left.withUnsafeBytes { l in right.withUnsafeBytes { r in l.lexicographicallyPrecedes(r) } }
    }
}

// MARK: - Text

extension Digest: CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public var description: String {
        self.withUnsafeBytes { Hex.encode($0) }
    }

    /// The digest that 64 hexadecimal digits of either case denote, nil for anything else.
    public init?(hex: some StringProtocol) {
        guard let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes: bytes)
    }
}

// MARK: - SHA-256

extension Digest {
    /// SHA-256 of `message` (FIPS 180-4).
    public init(hashing message: RawSpan) {
        self = message.withUnsafeBytes { buffer in
            Digest(filledBy: { cairn_sha256(buffer.baseAddress, buffer.count, $0) })
        }
    }

    /// SHA-256 of `message` (FIPS 180-4).
    public init(hashing message: [UInt8]) {
        self.init(hashing: message.span.bytes)
    }

    /// The hash of a Merkle tree leaf that holds `data`: SHA-256(0x00 ‖ data) (RFC 9162, section 2.1.1).
    public init(hashingLeaf data: RawSpan) {
        self = data.withUnsafeBytes { buffer in
            Digest(filledBy: { cairn_sha256_leaf(buffer.baseAddress, buffer.count, $0) })
        }
    }

    /// The hash of an interior Merkle tree node: SHA-256(0x01 ‖ left ‖ right) (RFC 9162, section 2.1.1).
    public init(hashingNode left: Digest, _ right: Digest) {
        self = left.withUnsafeBytes { l in
            right.withUnsafeBytes { r in
                Digest(filledBy: { cairn_sha256_node(l.baseAddress, r.baseAddress, $0) })
            }
        }
    }
}
