internal import CairnNode

/// The routes under `/v1`. `openapi.json` describes them; a test holds the two together.
struct API: Sendable {
    let node: Node
    let isDemo: Bool
    let validations: ValidationQueue

    var routes: [Route] {
        let reads = self.recordRoutes + self.blockRoutes + self.proofRoutes + [self.tlogProofRoute]
        return [self.appendRoute] + reads.map { $0.fresh(from: self.node) }
            + [self.noteKeysRoute] + self.peerRoutes + self.memberRoutes
            + [self.validateRoute, self.tamperRoute, self.nodeRoute]
    }
}
