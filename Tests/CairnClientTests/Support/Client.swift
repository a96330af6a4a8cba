import CairnClient
import CairnLedger
import CairnLock
import Foundation

extension ClientConfiguration {
    /// Waits for nothing that a test doesn't wait for.
    static var quick: ClientConfiguration {
        var configuration = ClientConfiguration()
        configuration.retryDelayFirst = .milliseconds(1)
        configuration.retryDelayMax = .milliseconds(1)
        configuration.pollInterval = .milliseconds(1)
        return configuration
    }
}

extension LedgerClient {
    convenience init(
        _ servers: [FakeServer], storage: any CheckpointStorage = MemoryCheckpointStorage(),
        configuration: ClientConfiguration = .quick
    ) throws {
        try self.init(
            urls: servers.map(\.url), policy: try FakeLog().policy(), storage: storage, configuration: configuration)
    }

    func all(_ range: Range<RecordNumber>) async throws(LedgerClientError) -> [VerifiedRecord] {
        var records: [VerifiedRecord] = []
        for try await record in self.records(range) { records.append(record) }
        return records
    }
}

/// What a client reports.
final class Reports: Sendable {
    private let found = Lock<[NodeFailure]>([])
    var failures: [NodeFailure] { self.found.withLock { $0 } }

    var configuration: ClientConfiguration {
        var configuration = ClientConfiguration.quick
        configuration.report = { failure in self.found.withLock { $0.append(failure) } }
        return configuration
    }
}

/// A folder of one test's own, removed with it.
final class TemporaryFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.path + "/cairn-client-tests-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }
}
