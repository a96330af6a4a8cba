import CairnCommand
import Foundation
import Testing

/// Nodes that agree, and two that were made to disagree: one data directory, copied, that goes two ways.
@Suite(.timeLimit(.minutes(2)))
struct AuditTests {
    private let directory: TemporaryDirectory

    init() async throws {
        self.directory = try TemporaryDirectory()
        _ = try await self.good("init", "--name", "example.com/audited", "--data", "ours")
        _ = try await self.good("append", "1", "2", "3", "--data", "ours")
        try self.directory.write(try await self.good("policy", "--data", "ours"), to: "policy.txt")
    }

    private func run(_ arguments: String...) async throws -> CairnProgram.Result {
        try await CairnProgram.run(arguments: arguments, in: self.directory)
    }

    private func good(_ arguments: String...) async throws -> String {
        let result = try await CairnProgram.run(arguments: arguments, in: self.directory)
        #expect(result.errorOutput == "")
        #expect(result.exitCode == 0)
        return result.output
    }

    @Test func oneHistory() async throws {
        let node = try await RunningNode("--data", "ours", in: self.directory)
        let text = try await self.good("audit", "--url", node.url, "--policy", "policy.txt", "--once", "--records")
        #expect(text.hasPrefix("ok         \(node.url)  3 records\nlatest     3 records, root "))
        #expect(text.hasSuffix("\nrecords    all 3 read; they make the signed root\n"))
        // By the chain alone, and with a node that isn't there.
        let chain = try #require(self.directory.read("policy.txt").firstMatch(of: /chain ([0-9a-f]{64})/)?.output.1)
        let json = try await self.good(
            "audit", "--url", node.url, "--chain", String(chain), "--once", "--json", "--state", "by-chain")
        #expect(json.contains(#""split_view":false,"tree_size":3}"#))
        #expect(try self.directory.read("by-chain/policy-\(chain).txt") == self.directory.read("policy.txt"))
        let half = try await self.run(
            "audit", "--url", node.url, "--url", "http://127.0.0.1:1", "--policy", "policy.txt", "--once")
        #expect(half.exitCode == 5)
        #expect(half.output.contains("\nno-answer  http://127.0.0.1:1  "))

        // Whom the policy doesn't trust.
        _ = try await self.good("init", "--name", "example.com/audited", "--data", "strange")
        try self.directory.write(try await self.good("policy", "--data", "strange"), to: "strange.txt")
        let strange = try await self.run(
            "audit", "--url", node.url, "--policy", "strange.txt", "--once", "--state", "strange-state")
        #expect(strange.exitCode == 4)
        #expect(strange.errorOutput.contains("no log key of the policy signed the checkpoint"))
        let otherChain = String(repeating: "0", count: 64)
        let wrong = try await self.run("audit", "--url", node.url, "--chain", otherChain, "--once")
        #expect(wrong.exitCode == 1)
        #expect(wrong.errorOutput.contains("its chain is \(chain), not \(otherChain)"))
        for arguments in [
            ["--policy", "policy.txt"], ["--url", node.url],
            ["--url", node.url, "--policy", "p", "--chain", otherChain],
            ["--url", "x", "--policy", "policy.txt"], ["--url", node.url, "--chain", "x"],
            ["--url", node.url, "--policy", "policy.txt", "--interval", "0s"],
        ] {
            let result = try await CairnProgram.run(arguments: ["audit"] + arguments, in: self.directory)
            #expect(result.exitCode == 64, "\(arguments): \(result.errorOutput)")
        }
    }

    @Test func splitView() async throws {
        try FileManager.default.copyItem(atPath: self.directory.file("ours"), toPath: self.directory.file("theirs"))
        _ = try await self.good("append", "4", "--data", "ours")
        _ = try await self.good("append", "5", "6", "--data", "theirs")
        let ours = try await RunningNode("--data", "ours", in: self.directory)
        let theirs = try await RunningNode("--data", "theirs", in: self.directory)
        // Each alone is fine to who knows no other.
        for (url, state) in [(ours.url, "a"), (theirs.url, "b")] {
            _ = try await self.good("audit", "--url", url, "--policy", "policy.txt", "--once", "--state", state)
        }
        // Both together, or one after the other, are not; without --once too.
        for arguments in [
            ["--url", ours.url, "--url", theirs.url, "--state", "new"],
            ["--url", theirs.url, "--state", "a", "--once"],
            ["--url", ours.url, "--url", theirs.url, "--state", "b", "--once", "--json"],
        ] {
            let result = try await CairnProgram.run(
                arguments: ["audit", "--policy", "policy.txt"] + arguments, in: self.directory)
            #expect(result.exitCode == 3)
            let path = try #require(result.errorOutput.firstMatch(of: /evidence: (\S+)\n/)?.output.1)
            #expect(
                result.errorOutput
                    == "cairn: split view: the log example.com/audited signed two histories; evidence: \(path)\n")
            let proven = try await self.good("check-evidence", String(path), "--policy", "policy.txt")
            #expect(
                proven.hasPrefix("split view: the log example.com/audited signed two histories\n  4 records, root "))
            #expect(proven.contains("\n  of which the first 4 have the root "))
        }

        // Evidence that was changed, or is none.
        let path = try #require(
            FileManager.default.contentsOfDirectory(atPath: self.directory.file("new")).first { $0.hasPrefix("fork-") })
        let evidence = try self.directory.read("new/" + path)
        try self.directory.write(evidence.replacing("\\n4\\n", with: "\\n3\\n"), to: "forged.json")
        let forged = try await self.run("check-evidence", "forged.json", "--policy", "policy.txt")
        #expect(forged.exitCode == 1)
        #expect(
            forged.errorOutput
                == "cairn: no split view is proven: the checkpoint of size 3: the signature of example.com/audited is not valid\n"
        )
        let none = try await self.run("check-evidence", "policy.txt", "--policy", "policy.txt")
        #expect(none.errorOutput.hasPrefix("cairn: policy.txt: the evidence is no JSON: "))
    }

    @Test func aWitnessKeyOutsideOfItsFolder() async throws {
        let printed = try await self.good(
            "witness", "--name", "w.example/1", "--data", "w", "--key", "keys/w.key", "--print-key")
        #expect(self.directory.exists("keys/w.key"))
        let policy = try self.directory.read("policy.txt")
        let logKey = try #require(policy.firstMatch(of: /\nlog (\S+)\n/)?.output.1)
        let witness = try await RunningNode(
            command: [
                "witness", "--name", "w.example/1", "--data", "w", "--key", "keys/w.key", "--log", String(logKey),
                "--listen", "127.0.0.1:0",
            ], in: self.directory)
        #expect(await witness.stop() == 0)
        #expect(!self.directory.exists("w/witness.key"))
        #expect(
            try await self.good("witness", "--name", "w.example/1", "--key", "keys/w.key", "--print-key") == printed)
    }

    @Test(arguments: [
        ("10s", Duration.seconds(10)), ("250ms", .milliseconds(250)), ("2m", .seconds(120)), ("1h", .seconds(3_600)),
        ("0s", nil), ("10", nil), ("s", nil), ("-1s", nil), ("1.5s", nil), ("99999999999999999999h", nil),
        ("8785h", nil),
    ])
    func intervals(text: String, duration: Duration?) {
        #expect(Interval(argument: text)?.duration == duration)
    }
}
