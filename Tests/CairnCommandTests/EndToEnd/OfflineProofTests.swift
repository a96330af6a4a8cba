import CairnCommand
import CairnLedger
import Foundation
import Testing

/// From a ledger to files that prove a record without it.
@Suite(.timeLimit(.minutes(1)))
struct OfflineProofTests {
    private let directory: TemporaryDirectory

    init() async throws {
        self.directory = try TemporaryDirectory()
        _ = try await self.good("init", "--name", "example.com/offline")
        _ = try await self.good("append", #"{"b":1,"a":[true]}"#, "2", "3")
    }

    private func run(_ arguments: String..., input: String = "") async throws -> CairnProgram.Result {
        try await CairnProgram.run(arguments: arguments, in: self.directory, input: input)
    }

    private func good(_ arguments: String..., input: String = "") async throws -> String {
        let result = try await CairnProgram.run(arguments: arguments, in: self.directory, input: input)
        #expect(result.errorOutput == "")
        #expect(result.exitCode == 0)
        return result.output
    }

    @Test func fromADirectory() async throws {
        let policy = try await self.good("policy")
        #expect(policy.hasPrefix("# Trust policy (c2sp.org/tlog-policy) of the ledger example.com/offline\n"))
        #expect(policy.hasSuffix("\nquorum members\n"))
        try self.directory.write(policy, to: "policy.txt")
        try self.directory.write(try await self.good("proof", "0"), to: "p")
        // Any spelling of the record will do.
        try self.directory.write("{ \"a\": [true],\n  \"b\": 1.0 }", to: "r.json")
        let text = try await self.good("check-proof", "r.json", "p", "--policy", "policy.txt")
        #expect(text.hasPrefix("proven: record 0 of example.com/offline\ntree    3 records, root "))
        let json = try await self.good(
            "check-proof", "-", "p", "--policy", "policy.txt", "--json", input: "{\"a\":[true],\"b\":1}")
        #expect(json.contains(#""number":0,"#) && json.contains(#""tree_size":3}"#))

        for (arguments, message) in [
            (["check-proof", "q.json", "p", "--policy", "policy.txt"], "can't read q.json: No such file or directory"),
            (["check-proof", "p", "p", "--policy", "policy.txt"], "p is no record: "),
            (["check-proof", "r.json", "r.json", "--policy", "policy.txt"], "r.json: the proof does not begin with "),
            (["check-proof", "r.json", "p", "--policy", "p"], "p: line 1 of the policy: "),
        ] {
            let result = try await CairnProgram.run(arguments: arguments, in: self.directory)
            #expect(result.exitCode == 1)
            #expect(result.errorOutput.hasPrefix("cairn: " + message), "\(result.errorOutput)")
        }
        let other = try await self.run("check-proof", "-", "p", "--policy", "policy.txt", input: "2")
        #expect(other.exitCode == 1)
        #expect(other.errorOutput.hasPrefix("cairn: not proven: the proof does not lead from this record"))
        let forged = try self.directory.read("p").replacing("\n3\n", with: "\n4\n")
        try self.directory.write(forged, to: "forged")
        #expect(
            try await self.run("check-proof", "r.json", "forged", "--policy", "policy.txt").errorOutput
                == "cairn: not proven: the signature of example.com/offline is not valid\n")

        #expect(try await self.run("proof", "3").exitCode == 1)
        #expect(try await self.run("proof", "0", "--tree-size", "2").exitCode == 64)
        #expect(try await self.run("policy", "--chain", String(repeating: "0", count: 64)).exitCode == 1)
    }

    /// A node, a witness beside it, and a policy that asks for both.
    @Test func fromANodeWithAWitness() async throws {
        let policy = try await self.good("policy")
        let logKey = try #require(policy.firstMatch(of: /\nlog (\S+)\n/)?.output.1)
        let key = try await self.good("witness", "--name", "w.example/1", "--print-key").trimming("\n")
        let witness = try await RunningNode(
            command: ["witness", "--name", "w.example/1", "--log", String(logKey), "--listen", "127.0.0.1:0"],
            in: self.directory)
        let node = try await RunningNode("--witness", "\(witness.url)=\(key)", in: self.directory)
        _ = try await self.good("append", "4", "--url", node.url)
        let proof = try await self.good("proof", "3", "--url", node.url)
        #expect(proof.contains("\n— w.example/1 "))
        try self.directory.write(proof, to: "p")
        #expect(try await self.good("policy", "--url", node.url) == policy)
        let both = policy.replacing(
            "\nquorum members\n", with: "\nwitness w \(key)\ngroup both all members w\nquorum both\n")
        try self.directory.write(both, to: "policy.txt")
        let text = try await self.good("check-proof", "-", "p", "--policy", "policy.txt", input: "4")
        #expect(text.contains("  w.example/1\n"))
        #expect(await node.stop() == 0)
        #expect(await witness.stop() == 0)
    }

    @Test func settingsOfAWitness() async throws {
        #expect(
            try await self.run("witness", "--name", "w").errorOutput
                == "cairn: there is nothing to witness: name logs with --log VKEY\n")
        let key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
        #expect(try WitnessedLogs([key]).keys["example.com/foo"]?.count == 1)
        #expect(try WitnessedLogs(["a=b=" + key]).keys["a=b"]?.count == 1)
        #expect(throws: CommandFailure.self) { try WitnessedLogs([key, key]) }
        #expect(throws: CommandFailure.self) { try WitnessedLogs(["x=" + key.dropLast()]) }
        #expect(try WitnessCommand.address("[::1]:80") == ("::1", 80))
        #expect(throws: CommandFailure.self) { try WitnessCommand.address("localhost") }
        #expect(throws: CommandFailure.self) { try WitnessCommand.address("localhost:70000") }
        let bad = try await self.run("serve", "--witness", "http://w.example=x")
        #expect(bad.exitCode == 64)
        #expect(bad.errorOutput == "cairn: witnesses: a verifier key looks like <name>+<ID>+<base64>\n")
    }
}

extension String {
    fileprivate func trimming(_ character: Character) -> String {
        String(self.reversed().drop { $0 == character }.reversed())
    }
}
