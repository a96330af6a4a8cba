internal import CCairnHash

/// SHA-256 (FIPS 180-4) of a message that comes in pieces. For one that lies in memory, use `Digest(hashing:)`.
public struct SHA256Stream: Sendable {
    private var state: cairn_sha256_state

    public init() {
        self.state = cairn_sha256_state()
        cairn_sha256_init(&self.state)
    }

    public mutating func update(_ piece: RawSpan) {
        piece.withUnsafeBytes { cairn_sha256_update(&self.state, $0.baseAddress, $0.count) }
    }

    public consuming func finalize() -> Digest {
        Digest(filledBy: { cairn_sha256_final(&self.state, $0) })
    }

    /// The kernel that this CPU gets: `sha-ni`, `sha2` (on ARM) or `portable`.
    public static var kernel: String {
        String(cString: cairn_sha256_kernel())
    }
}
