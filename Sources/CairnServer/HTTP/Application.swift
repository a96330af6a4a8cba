internal import CairnNode
internal import Logging
internal import NIOPosix

/// What a connection needs to answer requests.
final class Application: Sendable {
    let router: Router
    let siteGuard: SiteGuard
    let state: ServerState
    /// Threads that may wait for the disk.
    let readers: NIOThreadPool
    let logger: Logger

    convenience init(
        node: Node, configuration: ServerConfiguration, state: ServerState, readers: NIOThreadPool,
        validations: ValidationQueue, logger: Logger
    ) {
        let api = API(node: node, isDemo: configuration.demo, validations: validations)
        let operations = OperationRoutes(node: node, state: state)
        let faces = Faces(node: node, isDemo: configuration.demo, validations: validations, state: state)
        let routes = api.routes + TileRoutes(node: node).routes + operations.routes + faces.routes
        self.init(
            routes: routes + [Metrics(node: node, state: state, routes: routes).route], configuration: configuration,
            state: state, readers: readers, logger: logger)
    }

    init(
        routes: [Route], configuration: ServerConfiguration, state: ServerState, readers: NIOThreadPool, logger: Logger
    ) {
        self.router = Router(routes)
        self.siteGuard = SiteGuard(allowedHosts: configuration.allowedHosts + [configuration.host])
        self.state = state
        self.readers = readers
        self.logger = logger
    }
}
