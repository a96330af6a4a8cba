public import CairnHash

extension [UInt8] {
    /// Appends an integer, big-endian.
    @inlinable
    public mutating func append<Value: FixedWidthInteger>(bigEndian value: Value) {
        Swift.withUnsafeBytes(of: value.bigEndian) { self.append(contentsOf: $0) }
    }

    @inlinable
    public mutating func append(_ digest: Digest) {
        digest.withUnsafeBytes { self.append(contentsOf: $0) }
    }
}
