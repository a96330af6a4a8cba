internal import CairnLedger
internal import CairnNode
internal import NIOCore
internal import NIOHTTP1

/// Routes for whoever runs the node, and the description of all routes.
struct OperationRoutes: Sendable {
    let node: Node
    let state: ServerState

    var routes: [Route] {
        let (node, state) = (self.node, self.state)
        return [
            // The process is alive and its event loops turn. Nothing else, or it would be restarted for a full disk.
            Route(.GET, "/healthz") { _, _ throws(Problem) in .response(.json { $0.field("alive", true) }) },
            Route(.GET, "/readyz") { _, _ throws(Problem) in
                let status = node.status
                let reason = state.isDraining ? "the server is stopping" : status.notReady
                return .response(
                    .json(reason == nil ? .ok : .serviceUnavailable) { json in
                        json.field("ready", reason == nil)
                        if let reason { json.field("reason", reason) } else { json.nullField("reason") }
                        json.field("role", status.role.rawValue)
                        json.field("vote", status.vote.rawValue)
                        json.field("epoch", status.members.epoch)
                        json.field("links", UInt64(status.linkCount))
                    })
            },
            Route(.GET, "/openapi.json") { _, _ throws(Problem) in
                .response(
                    Response(
                        .ok, contentType: "application/json", body: ByteBuffer(bytes: PackageResources.openapi_json)))
            },
        ]
    }
}
