/// A block without its records: what tells of the chain alone.
public struct BlockOutline: Hashable, Sendable {
    public var header: BlockHeader
    public var annexBytes: [UInt8]
    public var certificate: Certificate?
    /// Of the whole block, in bytes.
    public var encodedByteCount: Int

    public init(header: BlockHeader, annexBytes: [UInt8], certificate: Certificate?, encodedByteCount: Int) {
        self.header = header
        self.annexBytes = annexBytes
        self.certificate = certificate
        self.encodedByteCount = encodedByteCount
    }

    public init(_ final: FinalBlock) {
        self.init(
            header: final.block.header, annexBytes: final.block.annexBytes, certificate: final.certificate,
            encodedByteCount: final.block.encodedByteCount)
    }
}
