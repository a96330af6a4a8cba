import ArgumentParser
import Configuration
import Foundation
import Logging

/// Which ledger a command works on: a data directory or a running node.
struct LedgerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The data directory of a ledger that no node serves now. (default: $CAIRN_DATA, or \(Settings.dataDefault))",
            valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("The address of a running node, in place of --data. (default: $CAIRN_URL)"))
    var url: String?

    func validate() throws {
        if self.data != nil, self.url != nil { throw ValidationError("Give --data or --url, not both.") }
    }

    enum Place: Equatable {
        case directory(String)
        case node(NodeAddress)
    }

    /// From the flags, then the environment, then the configuration file that the environment names.
    func place(environment: [String: String]) async throws(CommandFailure) -> Place {
        if let data { return .directory(data) }
        if let url { return .node(try NodeAddress(url)) }
        if let url = environment["CAIRN_URL"], !url.isEmpty { return .node(try NodeAddress(url)) }
        let settings = try await Settings.resolve(flags: [:], file: nil, environment: environment)
        return .directory(settings.data)
    }

    /// Opens the ledger for as long as `body` runs.
    func withLedger<Result>(_ body: (any LedgerSource) async throws -> Result) async throws -> Result {
        let ledger: any LedgerSource =
            switch try await self.place(environment: ProcessInfo.processInfo.environment) {
            case .directory(let directory):
                try LocalLedger(directory: directory, logger: .standardError(level: .warning))
            case .node(let address):
                RemoteLedger(address: address)
            }
        do {
            let result = try await body(ledger)
            await ledger.close()
            return result
        } catch {
            await ledger.close()
            throw error
        }
    }
}
