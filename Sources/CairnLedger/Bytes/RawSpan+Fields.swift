public import CairnHash

/// Fixed fields at fixed places. The caller has checked the length; a place outside is a bug and traps.
extension RawSpan {
    /// A big-endian integer.
    @inlinable
    public func integer<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Value.Type) -> Value {
        Value(bigEndian: self.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    @inlinable
    public func digest(at offset: Int) -> Digest {
        Digest(loading: self, at: offset)
    }

    /// A copy of some of the bytes.
    public func array(_ range: Range<Int>) -> [UInt8] {
        self.extracting(range).withUnsafeBytes { [UInt8]($0) }
    }
}
