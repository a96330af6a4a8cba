import CairnClient
import CairnLedger
import Foundation

func auditTrail(node: String, policyFile: String, stateFile: String) async throws {
    let policy = try TrustPolicy(parsing: Data(contentsOf: URL(filePath: policyFile)))
    let client = try LedgerClient(
        urls: [node], policy: policy, storage: FileCheckpointStorage(path: stateFile))
    print("the ledger holds \(try await client.refresh().size) records")
}
