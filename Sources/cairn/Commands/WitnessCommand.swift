import ArgumentParser
import CairnLedger
import CairnNode
import CairnServer
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

struct WitnessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
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
    var name: String

    @Option(
        name: .customLong("log"),
        help: ArgumentHelp(
            "A log to witness, by its verifier key, with its origin in front when that is not the key's name; repeatable. "
                + "A ledger with several members has several keys: see 'cairn policy'.",
            valueName: "[origin=]vkey"))
    var logs: [String] = []

    @Option(help: ArgumentHelp("The folder with the key and what was cosigned last.", valueName: "dir"))
    var data = "./cairn-witness"

    @Option(
        help: ArgumentHelp(
            "The witness's key, made when it isn't there: outside of the folder, so that a copy of that has no key. "
                + "(default: witness.key in the folder)", valueName: "file"))
    var key: String?

    @Option(help: "The address and port to listen on; port 0 lets the system choose.")
    var listen = "127.0.0.1:5001"

    @Option(
        name: .customLong("allow-host"),
        help: ArgumentHelp("A host name under which logs may call this witness; repeatable.", valueName: "name"))
    var allowHosts: [String] = []

    @Flag(help: "Print the verifier key that others need, and stop.")
    var printKey = false

    @Option(help: "The least level to log.")
    var logLevel = LogLevel.info

    @Option(help: "The form of log lines.")
    var logFormat = LogFormat.text

    func run() async throws {
        let logs = try WitnessedLogs(self.logs)
        guard self.printKey || !logs.keys.isEmpty else {
            throw CommandFailure.usage("there is nothing to witness: name logs with --log VKEY")
        }
        var server = ServerConfiguration()
        (server.host, server.port) = try Self.address(self.listen)
        server.allowedHosts = self.allowHosts
        let logger = Logger.standardError(level: self.logLevel.level, format: self.logFormat)
        let configuration = Witness.Configuration(
            dataDirectory: self.data, keyPath: self.key, name: ExactText(self.name), logs: logs.keys)
        let witness: Witness
        do throws(WitnessError) {
            if self.printKey {
                print(try Witness.verifierKey(configuration).vkey)
                return
            }
            witness = try Witness.open(configuration, logger: logger)
        } catch {
            throw CommandFailure.failed("\(self.data): \(error)")
        }
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

    /// `HOST:PORT`, an IPv6 address in brackets.
    static func address(_ text: String) throws(CommandFailure) -> (host: String, port: Int) {
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
