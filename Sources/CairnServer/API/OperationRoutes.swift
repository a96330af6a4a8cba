internal import CairnLedger
internal import CairnNode
internal import NIOCore
internal import NIOHTTP1

/// Routes for whoever runs the node, and the description of all routes.
struct OperationRoutes: Sendable {
    let node: Node

    var routes: [Route] {
        let node = self.node
        return [
            // The process is alive and its event loops turn. Nothing else, or it would be restarted for a full disk.
            Route(.GET, "/healthz") { _, _ throws(Problem) in .response(.json { $0.field("alive", true) }) },
            Route(.GET, "/readyz") { _, _ throws(Problem) in
                let status = node.status
                return .response(
                    .json(status.readiness.isReady ? .ok : .serviceUnavailable) { json in
                        json.fields(status.readiness)
                        json.field("role", status.role.rawValue)
                        json.field("vote", status.vote.rawValue)
                        json.field("epoch", status.members.epoch)
                        json.field("links", UInt64(status.linkCount))
                    })
            },
            Route(.GET, "/openapi.json") { _, _ throws(Problem) in
                .response(
                    Response(
                        .ok, contentType: "application/json", body: ByteBuffer(bytes: OpenAPIDocument.bytes)))
            },
        ]
    }
}
