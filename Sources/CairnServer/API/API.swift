internal import CairnNode

/// The routes under `/v1`. `openapi.json` describes them; a test holds the two together.
struct API: Sendable {
    let node: Node
    let isDemo: Bool
    let validations: ValidationQueue

    var routes: [Route] {
        [self.appendRoute]
            + self.recordRoutes + self.blockRoutes + self.proofRoutes + self.checkpointRoutes
            + [self.validateRoute, self.tamperRoute, self.nodeRoute]
    }
}
