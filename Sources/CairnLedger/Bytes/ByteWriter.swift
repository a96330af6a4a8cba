public import CairnHash

extension [UInt8] {
    /// Appends an integer, big-endian.
    @inlinable
    public mutating func append<Value: FixedWidthInteger>(bigEndian value: Value) {
        Swift.withUnsafeBytes(of: value.bigEndian) { self.append(contentsOf: $0) }
    }

    /// Puts an integer, big-endian, in the place of bytes that are there.
    @inlinable
    public mutating func overwrite<Value: FixedWidthInteger>(bigEndian value: Value, at offset: Int) {
        Swift.withUnsafeBytes(of: value.bigEndian) { bytes in
            self.withUnsafeMutableBytes { buffer in
                UnsafeMutableRawBufferPointer(rebasing: buffer[offset..<offset + bytes.count]).copyMemory(from: bytes)
            }
        }
    }

    @inlinable
    public mutating func append(_ digest: Digest) {
        digest.withUnsafeBytes { self.append(contentsOf: $0) }
    }
}
