internal import CCairnHash

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4): finds accidents on a disk. It does not stop a forger, hashes do.
public enum CRC32C {
    /// The checksum of `bytes`, going on from `previous`, the checksum of the bytes before them.
    public static func checksum(_ bytes: RawSpan, continuing previous: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { cairn_crc32c(previous, $0.baseAddress, $0.count) }
    }
}
