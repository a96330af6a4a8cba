internal import CairnHash
internal import CairnLedger
internal import CairnNode
internal import NIOCore
internal import NIOHTTP1

/// The ledger as a tiled transparency log: `/checkpoint` and `/tile/…` (C2SP tlog-tiles), for tools that nobody here wrote.
struct TileRoutes: Sendable {
    let node: Node

    /// What never changes may be kept for good (RFC 8246).
    private static let immutable = [("cache-control", "public, max-age=31536000, immutable")]
    static let textType = "text/plain; charset=utf-8"

    var routes: [Route] {
        let node = self.node
        return [
            Route(.GET, "/checkpoint", parameters: []) { _, _ throws(Problem) in
                guard let checkpoint = node.checkpoint else {
                    throw Problem(.noCheckpoint, "No quorum of the members has signed one.").retry(afterSeconds: 1)
                }
                var response = Response(.ok, contentType: Self.textType, body: ByteBuffer(bytes: checkpoint.bytes))
                // tlog-tiles, section "Checkpoints": no caching beyond a few seconds.
                response.headers = [("cache-control", "max-age=1")]
                return .response(response)
            },
            Route(.GET, "/tile/{tile}", takesRest: true) { request, context throws(Problem) in
                try Self.answer(request.parameters[0], of: node, context)
            },
            Route(.GET, "/tile/entries/{bundle}", takesRest: true) { request, context throws(Problem) in
                try Self.answer("entries/" + request.parameters[0], of: node, context)
            },
        ]
    }

    private static func answer(
        _ path: String, of node: Node, _ context: RequestContext
    ) throws(Problem) -> Answer {
        guard let tile = Tile(path: path.utf8) else {
            throw Problem(
                .noSuchTile,
                "\"\(path)\" is no tile's path: <level>/<number> or entries/<number>, the number in groups of three "
                    + "digits such as x001/x234/067, and .p/<width> behind it for a partial tile.")
        }
        if let count = node.byteCount(of: tile) {
            var buffer = ByteBufferAllocator().buffer(capacity: count)
            var isRead = false
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
                isRead = node.readCheckedHashes(
                    of: tile, into: UnsafeMutableRawBufferPointer(rebasing: space[..<count]))
                return isRead ? count : 0
            }
            if isRead { return .response(self.response(buffer)) }
        }
        return .blocking { () throws(Problem) in
            guard let bytes = try reading({ () throws(ReadError) in try node.bytes(of: tile) }) else {
                throw Problem(.noSuchTile, "The ledger has \(node.head.treeSize) records, and no such tile yet.")
                    .with("tree_size", node.head.treeSize.rawValue)
            }
            return self.response(ByteBuffer(bytes: bytes))
        }
    }

    private static func response(_ body: ByteBuffer) -> Response {
        var response = Response(.ok, contentType: "application/octet-stream", body: body)
        response.headers = self.immutable
        return response
    }
}
