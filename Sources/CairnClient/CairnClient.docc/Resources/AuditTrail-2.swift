import CairnClient
import CairnLedger
import Foundation

func auditTrail(node: String, policyFile: String, stateFile: String) async throws {
    let policy = try TrustPolicy(parsing: Data(contentsOf: URL(filePath: policyFile)))
    let client = try LedgerClient(
        urls: [node], policy: policy, storage: FileCheckpointStorage(path: stateFile))
    print("the ledger holds \(try await client.refresh().size) records")

    let record = try Record(json: #"{"who":"alice","did":"open the door","door":7}"#)
    let receipt = try await client.append(record, idempotencyKey: "door-log-2026-11-21-0001")
    print("record \(receipt.firstRecord) is durable at \(receipt.node)")
}
