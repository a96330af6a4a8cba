package import CairnLedger
package import CairnNode
internal import CairnPeers
internal import NIOCore
internal import NIOHTTP1

/// naivechain.
///
/// | route | answer |
/// |---|---|
/// | `GET /blocks` | list of `index`, `previousHash`, `timestamp` (seconds, with a fraction), `data`, `hash` |
/// | `POST /mineBlock` `{"data": …}` | nothing |
/// | `GET /peers` | list of `host:port`: those that there is a link to |
/// | `POST /addPeer` `{"peer": "ws://…"}` | nothing |
///
/// Bodies are JSON by their content type. Errors are `error`.
package struct NaivechainFace: Sendable {
    package let node: Node

    static let errors = ErrorForm { problem in
        var response = Response.json(problem.code.status) { $0.field("error", problem.detail) }
        response.headers = problem.headers
        return response
    }

    package func routes(under prefix: String) -> [Route] {
        let node = self.node
        let body = BodyRule.types([(.json, HTTPLimits.wrappedRecordBodyBytesMax)])
        let peerBody = BodyRule.types([(.json, HTTPLimits.peerBodyBytesMax)])
        return [
            Route(.GET, prefix + "/blocks", parameters: nil, form: Self.errors) { _, _ throws(Problem) in
                .stream(
                    contentType: "application/json",
                    FaceChain(
                        self.node, last: self.node.head.index, beginning: "[", end: "]",
                        write: { Self.write($0, into: &$1) }))
            },
            Route(.POST, prefix + "/mineBlock", body: body, parameters: nil, form: Self.errors, handle: self.mineBlock),
            Route(.GET, prefix + "/peers", parameters: nil, form: Self.errors) { _, _ throws(Problem) in
                let peers = node.peers.filter(\.isLinked)
                var json = JSONWriter(capacity: 512)
                json.array { json in
                    for peer in peers { json.value(peer.address?.description ?? "") }
                }
                return .response(.json(.ok, json))
            },
            Route(.POST, prefix + "/addPeer", body: peerBody, parameters: nil, form: Self.errors) {
                request, _ throws(Problem) in
                try node.add(peer: try PeerBody.address(try PeerBody(request.body).text("peer")))
                return .response(Response(.ok))
            },
        ]
    }

    private static func write(_ block: FaceBlock, into json: inout JSONWriter) {
        json.object { json in
            json.field("index", block.index)
            json.field("previousHash", block.previousHash)
            json.name("timestamp")
            json.raw(Array(self.seconds(block.timestamp).utf8))
            json.name("data")
            json.raw(block.data)
            json.field("hash", block.hash)
        }
    }

    /// A number of seconds with six decimals, exactly.
    package static func seconds(_ timestamp: Timestamp) -> String {
        let fraction = String(timestamp.microseconds % 1_000_000)
        let zeros = String(repeating: "0", count: 6 - fraction.utf8.count)
        return "\(timestamp.microseconds / 1_000_000).\(zeros)\(fraction)"
    }

    @Sendable
    private func mineBlock(_ request: Request, _ context: RequestContext) throws(Problem) -> Answer {
        let submission = try FaceAppend.submission(try FaceAppend.member("data", of: request.body))
        let written = Append.submit(submission, to: self.node, context)
        return .future(
            written.map { result in
                switch result {
                case .success: Response(.ok)
                case .failure(let problem): Self.errors.response(problem)
                }
            })
    }
}
