/// A cosigner's statement that a checkpoint is the largest that it knows of a log at some time, and consistent with all
/// before it (C2SP tlog-cosignature, the Ed25519 form, type 0x04): time (8 bytes, big-endian) ‖ signature (64).
public struct Cosignature: Hashable, Sendable {
    package static let byteCount = 8 + Signature.byteCount

    /// POSIX time in seconds, at most 2^63 - 1.
    public var time: UInt64
    public var signature: Signature

    public init(time: UInt64, signature: Signature) {
        self.time = time
        self.signature = signature
    }

    /// Nil unless there are exactly 72 bytes with a time that may be.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount, let signature = Signature(bytes: bytes[8...]) else { return nil }
        self.time = bytes.span.bytes.integer(at: 0, as: UInt64.self)
        self.signature = signature
        guard self.time <= UInt64(Int64.max) else { return nil }
    }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: self.time)
        return bytes + self.signature.bytes
    }

    /// The bytes that are signed: a header line, a time line, the checkpoint's whole text.
    public static func message(time: UInt64, text: [UInt8]) -> [UInt8] {
        Array("cosignature/v1\ntime \(time)\n".utf8) + text
    }
}
