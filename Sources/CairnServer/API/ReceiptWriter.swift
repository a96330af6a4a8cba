internal import CairnHash
internal import CairnLedger
internal import CairnNode
internal import NIOCore
internal import NIOHTTP1

/// Writes receipts. Appends that were written together got the same block, so its part of the answer is made once.
struct ReceiptWriter {
    private var block: BlockReference?
    private var blockMembers: [UInt8] = []

    mutating func single(_ receipt: Receipt, leafHash: Digest) -> Response {
        var json = JSONWriter(capacity: 320)
        json.object { json in
            json.field("number", receipt.firstRecord)
            json.field("leaf_hash", leafHash)
            self.writeBlock(receipt.block, into: &json)
        }
        return Self.response(receipt, json)
    }

    mutating func batch(_ receipt: Receipt, leafHashes: [Digest]?) -> Response {
        var json = JSONWriter(capacity: 320 + 67 * (leafHashes?.count ?? 0))
        json.object { json in
            json.field("first_number", receipt.firstRecord)
            json.field("count", UInt64(receipt.count))
            self.writeBlock(receipt.block, into: &json)
            guard let leafHashes else { return }
            json.name("leaf_hashes")
            json.array { json in
                for leafHash in leafHashes { json.value(leafHash) }
            }
        }
        return Self.response(receipt, json)
    }

    private static func response(_ receipt: Receipt, _ json: JSONWriter) -> Response {
        var response = Response.json(receipt.isRepeat ? .ok : .created, json)
        if receipt.isRepeat {
            response.headers = [("idempotent-replayed", "true")]
        } else {
            response.headers = [("location", "/v1/records/\(receipt.firstRecord)")]
        }
        return response
    }

    private mutating func writeBlock(_ block: BlockReference, into json: inout JSONWriter) {
        if self.block != block {
            var members = JSONWriter(capacity: 192)
            members.field("block_index", block.index)
            members.field("block_hash", block.hash)
            members.field("timestamp", block.timestamp)
            self.block = block
            self.blockMembers = Array(members.buffer.readableBytesView)
        }
        json.raw(self.blockMembers)
    }
}
