import ArgumentParser
import Foundation

/// Which running node a command asks.
struct NodeOptions: ParsableArguments {
    @Option(help: "The address of a running node. (default: $CAIRN_URL, or \(Self.urlDefault))")
    var url: String?

    static let urlDefault = "http://\(Settings.hostDefault):\(Settings.portDefault)"

    /// Asks the node for as long as `body` runs.
    func withNode<Result>(_ body: (ClusterNode) async throws -> Result) async throws -> Result {
        let environment = ProcessInfo.processInfo.environment["CAIRN_URL"].flatMap { $0.isEmpty ? nil : $0 }
        return try await ClusterNode.with(try NodeAddress(self.url ?? environment ?? Self.urlDefault), body)
    }
}
