internal import CairnLedger
internal import CairnNode
internal import CairnPeers
internal import NIOCore
internal import NIOHTTP1

/// PyNaiveChain. Every answer is `status` and, when that is `OK`, `data`; its Content-Type is exactly `application/json`.
///
/// | route | `data` |
/// |---|---|
/// | `POST /data` `{"data": …}` | true |
/// | `GET /data` | list of exactly `index`, `previous_hash`, `data` (JSON as text), `curr_hash` |
/// | `GET /node` | exactly `peer_id`, `data_count` (blocks), `health`, `rpc_port` (text), `age` (when it was started) |
/// | `GET /peers` | object of `host` and `port` (text) by peer id: those that there is a link to |
/// | `POST /peers` `{"peer_host": …, "peer_port": …}` | no `data` |
///
/// The body is read whatever its content type, as it is there. Errors are `status` `ERROR` and `message`.
struct PyNaiveChainFace: Sendable {
    let node: Node
    let state: ServerState

    static let errors = ErrorForm { problem in
        var response = Response.json(problem.code.status) { json in
            json.field("status", "ERROR")
            json.field("message", problem.detail)
        }
        response.headers = problem.headers
        return response
    }

    func routes(under prefix: String) -> [Route] {
        let node = self.node
        let body = BodyRule.anyType(bytesMax: HTTPLimits.wrappedRecordBodyBytesMax)
        let peerBody = BodyRule.anyType(bytesMax: HTTPLimits.peerBodyBytesMax)
        return [
            Route(.POST, prefix + "/data", body: body, parameters: nil, form: Self.errors, handle: self.addData),
            Route(.GET, prefix + "/data", parameters: nil, form: Self.errors) { _, _ throws(Problem) in
                .stream(
                    contentType: "application/json",
                    FaceChain(
                        self.node, last: self.node.head.index, beginning: #"{"status":"OK","data":["#, end: "]}",
                        write: { Self.write($0, into: &$1) }))
            },
            Route(.GET, prefix + "/node", parameters: nil, form: Self.errors, handle: self.describe),
            Route(.GET, prefix + "/peers", parameters: nil, form: Self.errors) { _, _ throws(Problem) in
                let peers = node.peers.filter(\.isLinked)
                return .response(
                    .json { json in
                        json.field("status", "OK")
                        json.name("data")
                        json.object { json in
                            for peer in peers { json.face(peer) }
                        }
                    })
            },
            Route(.POST, prefix + "/peers", body: peerBody, parameters: nil, form: Self.errors) {
                request, _ throws(Problem) in
                try node.add(peer: try Self.address(request.body))
                return .response(.json { $0.field("status", "OK") })
            },
        ]
    }

    /// As the nodes there tell each other: `peer_host` and `peer_port`, or as `GET /peers` has them.
    private static func address(_ body: ByteBuffer) throws(Problem) -> PeerAddress {
        let body = try PeerBody(body)
        guard let host = body.text(["peer_host", "host"]), let port = body.text(["peer_port", "port"]) else {
            throw Problem(.badPeer, "Send a JSON object with \"peer_host\" and \"peer_port\".")
        }
        return try PeerBody.address((host.contains(":") ? "[\(host)]" : host) + ":" + port)
    }

    private static func write(_ block: FaceBlock, into json: inout JSONWriter) {
        json.object { json in
            json.field("index", block.index)
            json.field("previous_hash", block.previousHash)
            json.field("data", String(decoding: block.data, as: UTF8.self))
            json.field("curr_hash", block.hash)
        }
    }

    @Sendable
    private func addData(_ request: Request, _ context: RequestContext) throws(Problem) -> Answer {
        let submission = try FaceAppend.submission(try FaceAppend.member("data", of: request.body))
        let written = Append.submit(submission, to: self.node, context)
        return .future(
            written.map { result in
                switch result {
                case .success:
                    .json { json in
                        json.field("status", "OK")
                        json.field("data", true)
                    }
                case .failure(let problem):
                    Self.errors.response(problem)
                }
            })
    }

    @Sendable
    private func describe(_ request: Request, _ context: RequestContext) throws(Problem) -> Answer {
        let status = self.node.status
        // Where other nodes come: as there, the HTTP port is another. A node without links has only the latter.
        let port = self.node.linkAddress.map { Int($0.port) } ?? self.state.port
        return .response(
            .json { json in
                json.field("status", "OK")
                json.name("data")
                json.object { json in
                    json.field("peer_id", status.key.description)
                    json.field("data_count", status.head.index.rawValue + 1)
                    json.field("health", status.readiness.isReady)
                    json.field("rpc_port", String(port))
                    json.field("age", Self.text(status.startedAt))
                }
            })
    }

    /// As Python writes a `datetime`: `2018-06-02 12:42:13.860551`.
    private static func text(_ timestamp: Timestamp) -> String {
        timestamp.description.replacing("T", with: " ").replacing("Z", with: "")
    }
}

extension JSONWriter {
    fileprivate mutating func face(_ peer: PeerStatus) {
        guard let key = peer.key else { return }
        self.name(key.description)
        self.object { json in
            json.field("host", peer.address?.host ?? "")
            json.field("port", peer.address.map { String($0.port) } ?? "")
        }
    }
}
