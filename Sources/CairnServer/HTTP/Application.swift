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

    init(
        node: Node, configuration: ServerConfiguration, state: ServerState, readers: NIOThreadPool,
        validations: ValidationQueue, logger: Logger
    ) {
        self.state = state
        self.readers = readers
        self.logger = logger
        self.siteGuard = SiteGuard(allowedHosts: configuration.allowedHosts + [configuration.host])
        let api = API(node: node, isDemo: configuration.demo, validations: validations)
        let operations = OperationRoutes(node: node, state: state)
        let faces = Faces(node: node, isDemo: configuration.demo, validations: validations, state: state)
        let routes = api.routes + operations.routes + faces.routes
        self.router = Router(routes + [Metrics(node: node, state: state, routes: routes).route])
    }
}
