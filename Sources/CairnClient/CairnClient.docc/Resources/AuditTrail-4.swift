import CairnClient
import CairnLedger
import Foundation

func auditTrail(node: String, policyFile: String, stateFile: String) async throws -> [String] {
    let policy = try TrustPolicy(parsing: Data(contentsOf: URL(filePath: policyFile)))
    let client = try LedgerClient(
        urls: [node], policy: policy, storage: FileCheckpointStorage(path: stateFile))
    print("the ledger holds \(try await client.refresh().size) records")

    let record = try Record(json: #"{"who":"alice","did":"open the door","door":7}"#)
    let receipt = try await client.append(record, idempotencyKey: "door-log-2026-11-21-0001")
    print("record \(receipt.firstRecord) is durable at \(receipt.node)")

    try await client.confirm(receipt)
    let proof = try await client.proof(of: receipt.firstRecord, record)
    try Data(proof.bytes).write(to: URL(filePath: stateFile + ".tlog-proof"))

    var seen: [String] = []
    do {
        for try await entry in client.follow(from: 0) {
            seen.append(entry.record.text)
            if entry.number == receipt.firstRecord { break }
        }
    } catch .fork(let evidence) {
        try Data(evidence.bytes).write(to: URL(filePath: "fork.json"))
    }
    return seen
}
