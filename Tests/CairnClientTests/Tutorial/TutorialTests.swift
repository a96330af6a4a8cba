import CairnClient
import CairnHash
import CairnLedger
import CairnNode
import Foundation
import Testing

/// The code that the documentation shows is code that runs.
@Suite(.timeLimit(.minutes(1)))
struct TutorialTests {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let catalogue = Self.package.appending(path: "Sources/CairnClient/CairnClient.docc")

    @Test func runs() async throws {
        let folder = try TemporaryFolder()
        try LiveNode.create(folder.path + "/data")
        try await LiveNode.with(folder.path + "/data") { live in
            try Data(try live.node.trustPolicy().text).write(to: URL(filePath: folder.path + "/policy.txt"))
            for _ in 0..<2 {
                // The second time it appends nothing.
                let seen = try await auditTrail(
                    node: live.url, policyFile: folder.path + "/policy.txt", stateFile: folder.path + "/checkpoint")
                #expect(seen == [#"{"did":"open the door","door":7,"who":"alice"}"#])
            }
            let proof = try TLogProof(
                parsing: Data(contentsOf: URL(filePath: folder.path + "/checkpoint.tlog-proof")))
            #expect(proof.index == 0)
        }
    }

    /// Each step's lines stand in the program that runs, in this order; the last step is all of it.
    @Test(arguments: 1...4)
    func stepsAreOfTheProgram(step: Int) throws {
        func lines(_ url: URL) throws -> [String] {
            try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
        }
        let program = try lines(
            URL(filePath: #filePath).deletingLastPathComponent().appending(path: "AuditTrail.swift"))
        let shown = try lines(Self.catalogue.appending(path: "Resources/AuditTrail-\(step).swift"))
        // Until it returns something, its head says less.
        var rest = program.map { step < 4 ? $0.replacing(" -> [String]", with: "") : $0 }[...]
        for line in shown {
            let place = try #require(rest.firstIndex(of: line), "the program has no line \"\(line)\"")
            rest = rest[(place + 1)...]
        }
        if step == 4 { #expect(shown == program) }
    }

    /// What the article shows compiles too: its lines stand here.
    @Test func theArticle() async throws {
        let text = try String(contentsOf: Self.catalogue.appending(path: "WhatIsChecked.md"), encoding: .utf8)
        let here = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let code = text.matches(of: /```swift\n((?s:.)*?)```/).flatMap { $0.output.1.split(separator: "\n") }
        #expect(code.count == 2)
        for line in code { #expect(here.contains("\n    " + line + "\n"), "\(line)") }
    }
}

/// The article's code.
private func fromAPolicy(_ policyFile: [UInt8]) throws -> TrustPolicy {
    let policy = try TrustPolicy(parsing: policyFile)
    return policy
}

private func fromAChain(_ chain: Digest, _ urls: [String]) async throws -> TrustPolicy {
    let policy = try await LedgerClient.policyOnFirstUse(chain: chain, urls: urls)
    return policy
}
