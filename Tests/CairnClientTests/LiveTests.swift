import CairnClient
import CairnHash
import CairnLedger
import CairnNode
import Foundation
import Testing

/// With real nodes.
@Suite(.timeLimit(.minutes(2)))
struct LiveTests {
    @Test func fromTheFirstRecordToAProof() async throws {
        let folder = try TemporaryFolder()
        let directory = folder.path + "/data"
        try LiveNode.create(directory)
        try await LiveNode.with(directory) { live in
            let policy = try await LedgerClient.policyOnFirstUse(chain: live.node.chain, urls: [live.url])
            #expect(policy.text == (try live.node.trustPolicy()).text)
            let storage = FileCheckpointStorage(path: folder.path + "/checkpoint")
            let client = try LedgerClient(
                urls: [live.url], policy: policy, storage: storage, configuration: .quick)

            let one = try await client.append(try Record(json: #"{"b":1.50,"a":[null]}"#))
            try await client.confirm(one)
            #expect(try await client.record(0).text == #"{"a":[null],"b":1.5}"#)
            let many = try (0..<700).map { try Record(json: #"{"n":\#($0)}"#) }
            let receipt = try await client.append(many, idempotencyKey: "batch-1")
            #expect(receipt.firstRecord == 1 && receipt.lastRecord == 700 && !receipt.isRepeat)
            #expect(try await client.append(many, idempotencyKey: "batch-1").isRepeat)
            #expect(try await client.confirm(receipt).size.contains(700))

            var followed: [Record] = []
            for try await record in client.follow(from: 1) {
                followed.append(record.record)
                if followed.count == 700 { break }
            }
            #expect(followed == many)
            let proof = try await client.proof(of: 300, many[299])
            try await client.verify(proof, of: many[299])

            let auditor = try Auditor(
                urls: [live.url], policy: policy, storage: MemoryCheckpointStorage(try storage.load()),
                configuration: .quick)
            let latest = try #require(try await auditor.round().latest?.checkpoint)
            #expect(try await auditor.checkRecords(upTo: latest, storage: MemoryCheckpointStorage()) == 701)

            await #expect(throws: LedgerClientError.self) {
                try await LedgerClient.policyOnFirstUse(chain: .zero, urls: [live.url])
            }
        }
    }

    /// A copy of a data directory that goes another way: one key under two histories.
    @Test func twoForks() async throws {
        let folder = try TemporaryFolder()
        let (ours, theirs) = (folder.path + "/ours", folder.path + "/theirs")
        try LiveNode.create(ours)
        var policy: TrustPolicy?
        func append(_ records: [String], to directory: String) async throws {
            try await LiveNode.with(directory) { live in
                policy = try live.node.trustPolicy()
                let client = try LedgerClient(
                    urls: [live.url], policy: live.node.trustPolicy(), storage: MemoryCheckpointStorage())
                try await client.confirm(try await client.append(try records.map { try Record(json: $0) }))
            }
        }
        try await append(["1", "2", "3"], to: ours)
        try FileManager.default.copyItem(atPath: ours, toPath: theirs)
        try await append(["4"], to: ours)
        try await append(["5", "6"], to: theirs)
        let trusted = try #require(policy)
        try await LiveNode.with(ours) { ours in
            try await LiveNode.with(theirs) { theirs in
                let storage = MemoryCheckpointStorage()
                let client = try LedgerClient(urls: [ours.url], policy: trusted, storage: storage)
                #expect(try await client.refresh().size == 4)
                let moved = try LedgerClient(urls: [theirs.url], policy: trusted, storage: storage)
                let error = await #expect(throws: LedgerClientError.self) { try await moved.refresh() }
                guard case .fork(let evidence) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                try evidence.verify(by: trusted)
                guard case .otherBeginning = evidence.verdict else {
                    Issue.record("\(evidence.verdict)")
                    return
                }
            }
        }
    }
}
