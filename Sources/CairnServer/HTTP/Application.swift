package import CairnNode
package import Logging
package import NIOPosix

/// What a connection needs to answer requests.
package final class Application: Sendable {
    package let router: Router
    let siteGuard: SiteGuard
    package let state: ServerState
    /// Threads that may wait for the disk.
    package let readers: NIOThreadPool
    package let logger: Logger
    /// For lines that any client can cause.
    package let strangers: StrangerLog
    /// Waits a moment for the repair of what a read came upon; then it is read again.
    let repair: (@Sendable () async -> Void)?

    package convenience init(
        node: Node, configuration: ServerConfiguration, state: ServerState, readers: NIOThreadPool,
        validations: ValidationQueue, logger: Logger
    ) {
        let api = API(node: node, isDemo: configuration.demo, validations: validations)
        let operations = OperationRoutes(node: node)
        let faces = Faces(node: node, isDemo: configuration.demo, validations: validations, state: state)
        let routes = api.routes + TileRoutes(node: node).routes + operations.routes + faces.routes
        self.init(
            routes: routes + [Metrics(node: node, state: state, routes: routes).route], configuration: configuration,
            state: state, readers: readers, logger: logger,
            repair: { await node.waitForRepair(atMost: HTTPLimits.repairWaitMax) })
    }

    package init(
        routes: [Route], configuration: ServerConfiguration, state: ServerState, readers: NIOThreadPool, logger: Logger,
        repair: (@Sendable () async -> Void)? = nil
    ) {
        self.router = Router(routes)
        self.siteGuard = SiteGuard(allowedHosts: configuration.allowedHosts + [configuration.host])
        self.state = state
        self.readers = readers
        self.logger = logger
        self.strangers = StrangerLog(logger: logger, loop: state.loop)
        self.repair = repair
    }
}
