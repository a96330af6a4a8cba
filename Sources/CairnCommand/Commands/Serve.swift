package import ArgumentParser
import CairnNode
import CairnServer
import CairnStore
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

package struct Serve: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Run a node: the ledger of a data directory behind an HTTP interface.",
        discussion: """
            Founds a ledger when the data directory has none; with --join and --chain it copies that of other nodes in \
            place of founding one. SIGTERM and SIGINT finish what was accepted, then stop.

            With --snapshot, such a copy begins at the newest block: it takes records and answers for what comes from \
            then on within seconds, and fetches the history before in the background. Until that is there, what is asked \
            of it is answered with 503 (history-not-here-yet), there is no look-up by hash and no validation, and \
            'cairn verify' knows a part of the ledger only. The directory's key must not be a member's; one that becomes a \
            member's meanwhile has no vote before the history is there and the node was started again.

            Each setting comes from its flag, else from its environment variable, else from the configuration file (a \
            JSON object), else from its default. Variables, and names in the file:

            \(Self.settingsTable)

            The file is named by --config or CAIRN_CONFIG. Lists in variables are separated by commas.

            Examples:
              cairn serve
              cairn serve --data /var/lib/cairn --log-format json
              cairn serve --host 0.0.0.0 --allow-host ledger.example.com
              cairn serve --witness https://witness.example.com/=witness.example.com/w1+65fb0cd5+BGQ…
              cairn serve --scrub 100MB/s
              cairn serve --peer-host 0.0.0.0 --peer-port 5001 --advertise node1.example.com:5001 --join node2.example.com
              cairn serve --data ./copy --port 5010 --join node1.example.com --chain 4f1c…   # follow a ledger
              cairn serve --data ./copy --join node1.example.com --chain 4f1c… --snapshot   # the history comes later
              CAIRN_PORT=8080 cairn serve --demo
            """)

    private static let settingsTable =
        Setting.allCases.map { setting in
            func padded(_ text: String) -> String { text + String(repeating: " ", count: 18 - text.count) }
            return "  \(padded(setting.environmentName)) \"\(setting.key)\""
        }.joined(separator: "\n")

    @OptionGroup package var options: ServeOptions

    package init() {}

    package func run() async throws {
        let settings = try await Settings.resolve(
            flags: self.options.flags, file: self.options.config,
            environment: ProcessInfo.processInfo.environment)
        let witnesses = try settings.witnesses.map { text throws(CommandFailure) in try WitnessAddress(setting: text) }
        let logger = Logger.standardError(level: settings.logLevel.level, format: settings.logFormat)
        try DescriptorBudget.present.check()
        SpareDescriptors.take()
        let node = try await Self.open(settings, logger: logger)
        if settings.peerPort != nil || !settings.join.isEmpty || node.needsLinks {
            do throws(NodeError) {
                try await node.openLinks()
            } catch {
                await node.shutdown()
                throw CommandFailure.failed("\(error)")
            }
        }
        let server = ServerService(
            server: HTTPServer(node: node, configuration: settings.server, logger: logger), logger: logger,
            banner: Terminal.isStandardOutput ? ServeBanner(status: node.status, directory: settings.data) : nil)
        // Stopped in reverse order: first no more requests, then the node.
        var services = [ServiceGroupConfiguration.ServiceConfiguration(service: NodeService(node: node))]
        if !witnesses.isEmpty {
            services.append(.init(service: WitnessClients(node: node, witnesses: witnesses, logger: logger)))
        }
        if self.options.stopAtEndOfInput {
            services.append(.init(service: InputService(), successTerminationBehavior: .gracefullyShutdownGroup))
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services + [.init(service: server)],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger))
        do {
            try await group.run()
        } catch {
            throw CommandFailure(serving: settings, error)
        }
        logger.info("stopped")
    }

    /// Opens the ledger in a directory; when there is none, copies or founds one first.
    private static func open(_ settings: Settings, logger: Logger) async throws(CommandFailure) -> Node {
        if settings.snapshot, settings.join.isEmpty {
            throw .usage("--snapshot asks other nodes of the ledger: name one of them with --join HOST:PORT")
        }
        do throws(NodeError) {
            if settings.snapshot { try await Self.beginWithSnapshot(settings, logger: logger) }
            let node = try Self.node(settings, logger: logger)
            guard settings.chain == nil || settings.chain == node.chain else {
                await node.shutdown()
                throw .links("it holds the ledger \(node.chain), not the one that --chain names")
            }
            return node
        } catch {
            guard case .store(.noLedger) = error else { throw CommandFailure(starting: settings.data, error) }
        }
        if settings.chain == nil, let other = settings.join.first {
            throw .usage(
                "there is no ledger in \(settings.data); to copy that of \(other), name its chain with --chain HASH, which "
                    + "'cairn status' there prints")
        }
        if settings.chain != nil, settings.join.isEmpty {
            throw .usage("--chain is for copying the ledger of other nodes: name one of them with --join HOST:PORT")
        }
        try await Self.checkAddresses(settings)
        do throws(NodeError) {
            if let chain = settings.chain {
                try await Node.join(dataDirectory: settings.data, chain: chain, peers: settings.join, logger: logger)
                if settings.snapshot { try await Self.beginWithSnapshot(settings, logger: logger) }
            } else {
                try Self.found(settings.data, logger: logger)
            }
            return try Self.node(settings, logger: logger)
        } catch {
            throw CommandFailure(starting: settings.data, error)
        }
    }

    /// Before a ledger is founded for good: what could not serve it founds none.
    private static func checkAddresses(_ settings: Settings) async throws(CommandFailure) {
        do throws(ServerError) {
            try await HTTPServer.checkAddress(host: settings.host, port: settings.port)
            if let port = settings.peerPort {
                try await HTTPServer.checkAddress(host: settings.peerHost, port: Int(port))
            }
        } catch {
            throw .failed("\(error); nothing was founded in \(settings.data)")
        }
    }

    private static func beginWithSnapshot(_ settings: Settings, logger: Logger) async throws(NodeError) {
        try await Node.beginWithSnapshot(dataDirectory: settings.data, peers: settings.join, logger: logger)
    }

    private static func found(_ directory: String, logger: Logger) throws(NodeError) {
        let name = Founding.defaultName()
        let chain = try Node.create(dataDirectory: directory, name: name, message: Founding.messageDefault)
        logger.info("founded a ledger", metadata: ["name": "\(name)", "chain": "\(chain)", "data": "\(directory)"])
    }

    private static func node(_ settings: Settings, logger: Logger) throws(NodeError) -> Node {
        var configuration = Node.Configuration(dataDirectory: settings.data)
        configuration.scrubBytesPerSecond = settings.scrub.bytesPerSecond
        configuration.links = settings.links
        return try Node.open(configuration, logger: logger)
    }
}

/// Shuts the node down when the program ends, and ends the program when the node had to stop by itself.
private struct NodeService: Service {
    let node: Node

    func run() async throws {
        let node = self.node
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await node.waitForFailure() }
            group.addTask {
                // Also ends, by throwing, when another service failed and everything is cancelled.
                try? await gracefulShutdown()
                await node.shutdown()
            }
            try await group.next()
            group.cancelAll()
        }
    }
}

/// Serves, and says where.
private struct ServerService: Service {
    let server: HTTPServer
    let logger: Logger
    let banner: ServeBanner?

    func run() async throws {
        do {
            // Only here are signals handled already: whoever is told that it listens may ask it to stop.
            try await self.server.start()
        } catch {
            await self.server.stop()
            throw error
        }
        if let address = self.server.boundAddress, !address.isLoopback {
            self.logger.warning(
                "anybody who reaches this address may write: clients are not authenticated; let only a proxy come here",
                metadata: ["address": "\(address.url)"])
        }
        if let banner, let address = self.server.boundAddress { print(banner.text(address)) }
        try await self.server.run()
    }
}

extension WitnessAddress {
    fileprivate init(setting text: String) throws(CommandFailure) {
        do throws(WitnessAddressError) {
            try self.init(text)
        } catch {
            throw .usage("\(Setting.witnesses.key): \(error)")
        }
    }
}

/// Ends when standard input does: whoever started this process is gone, however it ended.
private struct InputService: Service {
    func run() async throws {
        let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
        // A thread that waits, and that the process's end doesn't wait for.
        Thread.detachNewThread {
            var byte: UInt8 = 0
            var count = 1
            while count > 0 || (count < 0 && errno == EINTR) { count = read(STDIN_FILENO, &byte, 1) }
            continuation.finish()
        }
        await cancelWhenGracefulShutdown { for await _ in ended {} }
    }
}

extension Settings {
    fileprivate var links: LinkConfiguration {
        var configuration = LinkConfiguration()
        configuration.host = self.peerHost
        configuration.port = self.peerPort
        configuration.advertised = self.advertise
        configuration.join = self.join
        configuration.limits = DescriptorBudget.present.peerLimits
        return configuration
    }

    fileprivate var server: ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.host = self.host
        configuration.port = self.port
        configuration.demo = self.demo
        if let httpThreads { configuration.eventLoopThreads = httpThreads }
        configuration.allowedHosts = self.allowHosts
        configuration.connectionsMax = DescriptorBudget.present.connections(used: DescriptorBudget.used)
        return configuration
    }
}

extension CommandFailure {
    /// Why no node starts on a data directory.
    fileprivate init(starting directory: String, _ error: NodeError) {
        self.init(opening: directory, error)
        // Whatever starts it again would do so for ever.
        if case .store(.corrupt(let corruption)) = error, corruption.isOfNewerVersion { self.exitCode = Self.tooOld }
    }

    fileprivate init(serving settings: Settings, _ error: any Error) {
        self =
            switch error {
            case let failure as CommandFailure: failure
            case let error as NodeError: .failed("the node stopped: \(error)")
            case let error as ServerError: .failed("\(error)")
            default: .failed("can't serve on \(settings.host):\(settings.port): \(NodeClient.reason(error))")
            }
    }

}
