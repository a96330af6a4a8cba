package import ArgumentParser
import Configuration
import Foundation
import Logging

/// Which ledger a command works on: a data directory or a running node.
package struct LedgerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The data directory of a ledger that no node serves now. (default: $CAIRN_DATA, or \(Settings.dataDefault))",
            valueName: "dir"))
    package var data: String?

    @Option(help: ArgumentHelp("The address of a running node, in place of --data. (default: $CAIRN_URL)"))
    package var url: String?

    package init() {}

    package func validate() throws {
        if self.data != nil, self.url != nil { throw ValidationError("Give --data or --url, not both.") }
    }

    package enum Place: Equatable {
        case directory(String)
        case node(NodeAddress)
    }

    /// From the flags, then the environment, then the configuration file that the environment names.
    package func place(environment: [String: String]) async throws(CommandFailure) -> Place {
        if let data { return .directory(try DirectoryPath.checked(data, "--data")) }
        if let url { return .node(try NodeAddress(url)) }
        if let url = environment["CAIRN_URL"], !url.isEmpty { return .node(try NodeAddress(url)) }
        let settings = try await Settings.resolve(flags: [:], file: nil, environment: environment)
        return .directory(settings.data)
    }

    /// Opens the ledger for reading, for as long as `body` runs.
    func withLedger<Result>(_ body: (any LedgerSource) async throws -> Result) async throws -> Result {
        let ledger: any LedgerSource =
            switch try await self.place(environment: ProcessInfo.processInfo.environment) {
            case .directory(let directory): try ReadLedger(directory: directory)
            case .node(let address): RemoteLedger(address: address)
            }
        return try await Self.with(ledger) { try await body(ledger) }
    }

    /// Opens the ledger for writing or signing, for as long as `body` runs.
    func withWritableLedger<Result>(_ body: (any WritableLedger) async throws -> Result) async throws -> Result {
        let ledger: any WritableLedger =
            switch try await self.place(environment: ProcessInfo.processInfo.environment) {
            case .directory(let directory):
                try LocalLedger(directory: directory, logger: .standardError(level: .warning))
            case .node(let address): RemoteLedger(address: address)
            }
        return try await Self.with(ledger) { try await body(ledger) }
    }

    private static func with<Result>(
        _ ledger: any LedgerSource, _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await body()
            await ledger.close()
            return result
        } catch {
            await ledger.close()
            throw error
        }
    }
}
