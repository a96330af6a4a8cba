internal import CairnLedger
internal import CairnNode
internal import NIOCore

/// A whole chain, block by block.
struct FaceChain: ChunkSource {
    let node: Node
    private var position: BlockIndex = 0
    /// The newest block when the client asked.
    private let last: BlockIndex
    /// What stands around the blocks.
    private let beginning: String
    private let end: String
    private let write: @Sendable (FaceBlock, inout JSONWriter) -> Void
    private let genesisMessage: String

    init(
        _ node: Node, last: BlockIndex, beginning: String, end: String,
        write: @escaping @Sendable (FaceBlock, inout JSONWriter) -> Void
    ) {
        self.node = node
        self.last = last
        self.beginning = beginning
        self.end = end
        self.write = write
        self.genesisMessage = node.genesisSettings.message
    }

    mutating func next() throws(Problem) -> ByteBuffer? {
        guard self.position <= self.last else { return nil }
        var chunk = ByteBuffer()
        if self.position == 0 { chunk.writeString(self.beginning) }
        while self.position <= self.last, chunk.readableBytes < HTTPLimits.chunkBytes {
            let (node, index) = (self.node, self.position)
            let final = try reading { () throws(ReadError) in try node.block(index) }
            var json = JSONWriter(capacity: final.block.encodedByteCount + 512)
            self.write(FaceBlock(final.block, genesisMessage: self.genesisMessage), &json)
            if index > 0 { chunk.writeInteger(UInt8(ascii: ",")) }
            chunk.writeImmutableBuffer(json.buffer)
            self.position = index.next()
        }
        if self.position > self.last { chunk.writeString(self.end) }
        return chunk
    }
}
