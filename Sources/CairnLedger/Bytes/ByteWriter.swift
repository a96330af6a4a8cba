public import CairnHash

extension [UInt8] {
    /// Appends an integer, big-endian.
    @inlinable
    public mutating func append<Value: FixedWidthInteger>(bigEndian value: Value) {
        Swift.withUnsafeBytes(of: value.bigEndian) { self.append(contentsOf: $0) }
    }

    /// Puts an integer, big-endian, in the place of bytes that are there.
    @inlinable
    public mutating func overwrite<Value: FixedWidthInteger & BitwiseCopyable>(bigEndian value: Value, at offset: Int) {
        precondition(offset >= 0 && offset + MemoryLayout<Value>.size <= self.count, "the bytes are there")
        self.withUnsafeMutableBytes {
            $0.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Value.self)
        }
    }

    @inlinable
    public mutating func append(_ digest: Digest) {
        digest.withUnsafeBytes { self.append(contentsOf: $0) }
    }
}
