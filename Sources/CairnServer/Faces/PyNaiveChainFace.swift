internal import CairnLedger
internal import CairnNode
internal import NIOCore
internal import NIOHTTP1

/// PyNaiveChain. Every answer is `status` and, when that is `OK`, `data`; its Content-Type is exactly `application/json`.
///
/// | route | `data` |
/// |---|---|
/// | `POST /data` `{"data": …}` | true |
/// | `GET /data` | list of exactly `index`, `previous_hash`, `data` (JSON as text), `curr_hash` |
/// | `GET /node` | exactly `peer_id`, `data_count` (blocks), `health`, `rpc_port` (text), `age` (when it was started) |
/// | `GET /peers` | object of `host` and `port` by peer id |
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
        let body = BodyRule.anyType(bytesMax: HTTPLimits.wrappedRecordBodyBytesMax)
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
                .response(
                    .json { json in
                        json.field("status", "OK")
                        json.name("data")
                        json.object { _ in }
                    })
            },
            Route(.POST, prefix + "/peers", body: body, parameters: nil, form: Self.errors) { _, _ throws(Problem) in
                throw Problem.noPeers
            },
        ]
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
        let port = self.state.port
        return .response(
            .json { json in
                json.field("status", "OK")
                json.name("data")
                json.object { json in
                    json.field("peer_id", status.key.description)
                    json.field("data_count", status.head.index.rawValue + 1)
                    json.field("health", status.notReady == nil)
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

extension Problem {
    static var noPeers: Problem {
        Problem(.notSupported, "This ledger has one node; it can't take peers.")
    }
}
