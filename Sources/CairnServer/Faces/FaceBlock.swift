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
    /// JSON: the record when the block holds one, the list of them when it holds more, and of the genesis block its
    /// message.
    var data: [UInt8]

    init(_ block: Block, genesisMessage: String) {
        self.index = block.index
        self.previousHash = block.header.previousHash
        self.hash = block.header.hash
        self.timestamp = block.header.timestamp
        self.data = Self.data(of: block.entries, genesisMessage: genesisMessage)
    }

    init(_ index: BlockIndex, in node: Node) throws(Problem) {
        let final = try reading { () throws(ReadError) in try node.block(index) }
        self.init(final.block, genesisMessage: node.genesisSettings.message)
    }

    private static func data(of entries: Entries, genesisMessage: String) -> [UInt8] {
        var json = JSONWriter(capacity: entries.bytes.count + 2)
        switch entries.count {
        case 0:
            json.value(genesisMessage)
        case 1:
            json.raw(entries[0].canonicalBytes)
        default:
            json.array { json in
                for position in 0..<entries.count { json.raw(entries[position].canonicalBytes) }
            }
        }
        return Array(json.buffer.readableBytesView)
    }
}
