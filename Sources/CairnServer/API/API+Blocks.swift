internal import CairnHash
internal import CairnLedger
internal import CairnNode
internal import NIOCore
internal import NIOHTTP1

extension API {
    var blockRoutes: [Route] {
        let node = self.node
        return [
            Route(.GET, "/v1/blocks", parameters: ["from", "limit"]) { request, _ throws(Problem) in
                let first = BlockIndex(rawValue: try request.query.number("from") ?? 0)
                let limit = try request.query.limit(
                    default: HTTPLimits.pageBlocksDefault, max: HTTPLimits.pageBlocksMax)
                return .blocking { () throws(Problem) in try Self.page(from: first, limit: limit, of: node) }
            },
            Route(.GET, "/v1/blocks/{block}", parameters: ["records"]) { request, _ throws(Problem) in
                let name = try BlockName(request.parameters[0])
                let withRecords = try request.query.flag("records")
                let isRaw = request.accepts(Self.blockType)
                return .blocking { () throws(Problem) in
                    let block = try reading { () throws(ReadError) in
                        let index = try name.index(in: node)
                        // What isn't shown needn't be checked: a block may be large.
                        return isRaw || withRecords ? try node.block(index) : try node.listedBlock(index)
                    }
                    if isRaw { return Self.raw(block, isNamedForGood: name != .head) }
                    var json = JSONWriter(capacity: 2_048)
                    json.value(block, withRecords: withRecords)
                    return .json(.ok, json)
                }
            },
        ]
    }

    private static let blockType = "application/octet-stream"

    /// The block's own bytes, for a node that repairs or copies the ledger.
    private static func raw(_ final: FinalBlock, isNamedForGood: Bool) -> Response {
        var response = Response(
            .ok, contentType: Self.blockType, body: ByteBuffer(bytes: BlockAnswer.encode(final)))
        response.headers = [
            ("etag", "\"\(final.block.header.hash)\""), ("vary", "accept"),
            // A final block never changes (RFC 8246); which one is the newest does.
            ("cache-control", isNamedForGood ? "public, max-age=31536000, immutable" : "no-cache"),
        ]
        return response
    }

    private static func page(from first: BlockIndex, limit: Int, of node: Node) throws(Problem) -> Response {
        let head = node.head.index
        // Right behind the newest is an empty page: where somebody who follows the chain waits.
        guard first.rawValue <= head.rawValue + 1 else { throw Problem(ReadError.noSuchBlock(first, head: head)) }
        var json = JSONWriter(capacity: 16 << 10)
        try json.object { json throws(Problem) in
            var index = first
            json.name("blocks")
            try json.array { json throws(Problem) in
                while index <= head, index.rawValue - first.rawValue < UInt64(limit),
                    json.byteCount < HTTPLimits.pageBytesMax
                {
                    let wanted = index
                    let block = try reading { () throws(ReadError) in try node.listedBlock(wanted) }
                    json.value(block, withRecords: false)
                    index = index.next()
                }
            }
            if index <= head { json.field("next", index) } else { json.nullField("next") }
        }
        return .json(.ok, json)
    }
}

/// How a client names a block.
enum BlockName: Equatable, Sendable {
    case index(BlockIndex)
    case hash(Digest)
    case head

    /// `head`, `genesis`, 64 hexadecimal digits, or an index.
    init(_ text: String) throws(Problem) {
        switch text {
        case "head":
            self = .head
        case "genesis":
            self = .index(0)
        default:
            if text.utf8.count == 64, let hash = Digest(hex: text) {
                self = .hash(hash)
            } else if let index = try? Query.number(text, name: "block") {
                self = .index(BlockIndex(rawValue: index))
            } else {
                throw Problem(
                    .badParameter,
                    "\"\(text)\" names no block; it has to be an index, a hash of 64 hexadecimal digits, head or genesis."
                ).with("parameter", "block")
            }
        }
    }

    func index(in node: Node) throws(ReadError) -> BlockIndex {
        switch self {
        case .index(let index): index
        case .hash(let hash): try node.blockIndex(withHash: hash)
        case .head: node.head.index
        }
    }
}
