internal import CairnHash
internal import CairnLedger
internal import CairnNode
internal import NIOCore

/// A block as the teaching chains know it.
struct FaceBlock: Sendable {
    var index: BlockIndex
    var previousHash: Digest
    var hash: Digest
    var timestamp: Timestamp
    /// JSON: the record when the block holds one, otherwise the list of them, and of the genesis block its message.
    var data: [UInt8]

    init(_ block: Block, genesisMessage: String) {
        self.index = block.index
        self.previousHash = block.header.previousHash
        self.hash = block.header.hash
        self.timestamp = block.header.timestamp
        self.data = block.index == 0 ? Self.json(genesisMessage) : Self.data(of: block.entries)
    }

    init(_ index: BlockIndex, in node: Node) throws(Problem) {
        let final = try reading { () throws(ReadError) in try node.block(index) }
        self.init(final.block, genesisMessage: node.genesisSettings.message)
    }

    private static func json(_ message: String) -> [UInt8] {
        var json = JSONWriter(capacity: message.utf8.count + 2)
        json.value(message)
        return Array(json.buffer.readableBytesView)
    }

    private static func data(of entries: Entries) -> [UInt8] {
        if entries.count == 1 { return entries[0].canonicalBytes }
        var json = JSONWriter(capacity: entries.bytes.count + 2)
        json.array { json in
            for position in 0..<entries.count { json.raw(entries[position].canonicalBytes) }
        }
        return Array(json.buffer.readableBytesView)
    }
}
