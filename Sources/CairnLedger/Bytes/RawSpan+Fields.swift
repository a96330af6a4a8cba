public import CairnHash

/// Fixed fields at fixed places. The caller has checked the length; a place outside is a bug and traps.
extension RawSpan {
    /// A big-endian integer.
    public func integer<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Value.Type) -> Value {
        Value(bigEndian: self.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    public func digest(at offset: Int) -> Digest {
        let bytes = self.extracting(offset..<offset + Digest.byteCount)
        guard let digest = bytes.withUnsafeBytes({ Digest(bytes: $0) }) else {
            preconditionFailure("a digest is \(Digest.byteCount) bytes")
        }
        return digest
    }

    /// A copy of some of the bytes.
    public func array(_ range: Range<Int>) -> [UInt8] {
        self.extracting(range).withUnsafeBytes { [UInt8]($0) }
    }
}
