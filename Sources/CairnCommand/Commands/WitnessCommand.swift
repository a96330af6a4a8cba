package import ArgumentParser
import CairnLedger
import CairnNode
import CairnServer
import CairnStore
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

package struct WitnessCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "witness",
        abstract: "Run a witness: cosign the checkpoints of other logs.",
        discussion: """
            A witness (c2sp.org/tlog-witness) cosigns a checkpoint when it is signed by its log and consistent with all \
            that the witness cosigned of that log before. So a log that shows two histories can't get both cosigned. \
            What was cosigned last is kept in the data directory, together with the witness's key; both are made when \
            they aren't there. Never run two witnesses with one key, and never put back an old copy.

            Logs submit to POST /add-checkpoint; GET /<SHA-256 of the origin>/checkpoint shows what was cosigned last.

            Examples:
              cairn witness --name witness.example.com/w1 --log example.com/log+65fb0cd5+AWQ…
              cairn witness --name witness.example.com/w1 --log 'example.com/log=name+65fb0cd5+AWQ…' --print-key
            """)

    @Option(help: "The name in the cosignatures: best a host name of yours with a path.")
    package var name: String

    @Option(
        name: .customLong("log"),
        help: ArgumentHelp(
            "A log to witness, by its verifier key, with its origin in front when that is not the key's name; repeatable. "
                + "A ledger with several members has several keys: see 'cairn policy'.",
            valueName: "[origin=]vkey"))
    var logs: [String] = []

    @Option(help: ArgumentHelp("The folder with the key and what was cosigned last.", valueName: "dir"))
    package var data = "./cairn-witness"

    @Option(
        help: ArgumentHelp(
            "The witness's key, made when it isn't there: outside of the folder, so that a copy of that has no key. "
                + "(default: witness.key in the folder)", valueName: "file"))
    package var key: String?

    @Option(help: "The address and port to listen on; port 0 lets the system choose.")
    package var listen = "127.0.0.1:5001"

    @Option(
        name: .customLong("allow-host"),
        help: ArgumentHelp("A host name under which logs may call this witness; repeatable.", valueName: "name"))
    package var allowHosts: [String] = []

    @Flag(help: "Print the verifier key that others need, and stop.")
    var printKey = false

    @Option(help: "The least level to log.")
    package var logLevel = LogLevel.info

    @Option(help: "The form of log lines.")
    package var logFormat = LogFormat.text

    package init() {}

    package func run() async throws {
        let logs = try WitnessedLogs(self.logs)
        guard self.printKey || !logs.keys.isEmpty else {
            throw CommandFailure.usage("there is nothing to witness: name logs with --log VKEY")
        }
        var server = ServerConfiguration()
        (server.host, server.port) = try Self.address(self.listen)
        server.allowedHosts = self.allowHosts
        let logger = Logger.standardError(level: self.logLevel.level, format: self.logFormat)
        try DescriptorBudget.present.check()
        SpareDescriptors.take()
        let configuration = Witness.Configuration(
            dataDirectory: try DirectoryPath.checked(self.data, "--data"), keyPath: self.key,
            name: ExactText(self.name), logs: logs.keys)
        if self.printKey {
            do throws(WitnessError) {
                print(try Witness.verifierKey(configuration).vkey)
            } catch {
                throw CommandFailure.failed("\(self.data): \(error)")
            }
            return
        }
        server.connectionsMax = DescriptorBudget.present.connections(used: DescriptorBudget.used)
        let witness = try await Self.open(configuration, server, logger: logger)
        logger.info("witnessing", metadata: ["key": "\(witness.key.vkey)", "logs": "\(logs.keys.count)"])
        let service = WitnessService(
            witness: witness, server: HTTPServer(witness: witness, configuration: server, logger: logger))
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: service)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do {
            try await group.run()
        } catch {
            throw CommandFailure.failed("the witness stopped: \(error)")
        }
        logger.info("stopped")
    }

    /// A witness that can't be asked makes neither directory nor key.
    private static func open(
        _ configuration: Witness.Configuration, _ server: ServerConfiguration, logger: Logger
    ) async throws(CommandFailure) -> Witness {
        if !FileManager.default.fileExists(atPath: configuration.dataDirectory) {
            do throws(ServerError) {
                try await HTTPServer.checkAddress(host: server.host, port: server.port)
            } catch {
                throw .failed("\(error)")
            }
        }
        do throws(WitnessError) {
            return try Witness.open(configuration, logger: logger)
        } catch {
            throw .failed("\(configuration.dataDirectory): \(error)")
        }
    }

    /// `HOST:PORT`, an IPv6 address in brackets.
    package static func address(_ text: String) throws(CommandFailure) -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw .usage("\"\(text)\" is no address to listen on; it looks like 127.0.0.1:5001")
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { throw .usage("\"\(text)\" has no host to listen on") }
        return (host, Int(port))
    }
}

/// Serves until a signal comes, or the disk fails.
private struct WitnessService: Service {
    let witness: Witness
    let server: HTTPServer

    func run() async throws {
        let (witness, server) = (self.witness, self.server)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await witness.waitForFailure() }
            group.addTask {
                defer { witness.shutdown() }
                try await server.run()
            }
            try await group.next()
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}
