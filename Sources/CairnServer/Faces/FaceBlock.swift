package import CairnHash
package import CairnLedger
package import CairnNode
internal import NIOCore

/// A block as the teaching chains know it.
package struct FaceBlock: Sendable {
    package var index: BlockIndex
    package var previousHash: Digest
    package var hash: Digest
    package var timestamp: Timestamp
    /// JSON: the record when the block holds one, otherwise the list of them, and of the genesis block its message.
    package var data: [UInt8]

    package init(_ block: Block, genesisMessage: String) {
        self.index = block.index
        self.previousHash = block.header.previousHash
        self.hash = block.header.hash
        self.timestamp = block.header.timestamp
        self.data = block.index == 0 ? Self.json(genesisMessage) : Self.data(of: block.entries)
    }

    package init(_ index: BlockIndex, in node: Node) throws(Problem) {
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
