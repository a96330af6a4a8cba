import CairnCommand
import Foundation
import Testing

/// Several members found a ledger together.
@Suite(.timeLimit(.minutes(1)))
struct FoundingTests {
    private let directory: TemporaryDirectory

    init() throws {
        self.directory = try TemporaryDirectory()
    }

    private func run(_ arguments: String...) async throws -> CairnProgram.Result {
        try await CairnProgram.run(arguments: arguments, in: self.directory)
    }

    @Test func threeMembersAndAFollower() async throws {
        var keys: [String] = []
        for name in ["a", "b", "c"] {
            let result = try await self.run("keygen", "--data", name)
            #expect(result.exitCode == 0)
            keys.append(String(result.output.dropLast()))
        }
        #expect(keys.allSatisfy { $0.count == 64 } && Set(keys).count == 3)
        // A key is made once.
        #expect(try await self.run("keygen", "--data", "a").exitCode == 1)

        let first = try await self.run(
            "init", "--data", "a", "--name", "t", "--member", keys[0], "--member", keys[1], "--member",
            keys[2] + "=3", "--fault-model", "bft", "--genesis-out", "genesis")
        #expect(first.exitCode == 0, "\(first)")
        #expect(first.output.contains("is one of 3 members"))
        let chain = try #require(first.output.firstMatch(of: /Chain ([0-9a-f]{64})/)).output.1
        for name in ["b", "c"] {
            let joined = try await self.run(
                "init", "--data", name, "--genesis", "genesis", "--chain", String(chain), "--json")
            #expect(joined.exitCode == 0, "\(joined)")
            #expect(joined.output.contains("\"chain\":\"\(chain)\"") && joined.output.contains(#""member":true"#))
        }
        let follower = try await self.run("init", "--data", "d", "--genesis", "genesis")
        #expect(follower.output.contains("is no member: it follows"))
        for name in ["a", "b", "c", "d"] {
            #expect(self.directory.exists(name + "/journal/0000000000000001.log"))
            #expect(try await self.run("verify", "--data", name).exitCode == 0)
        }
    }

    @Test func whatIsRefused() async throws {
        _ = try await self.run("keygen", "--data", "a")
        let other = String(repeating: "ab", count: 32)
        #expect(try await self.run("init", "--data", "a", "--member", other).exitCode == 64)
        #expect(try await self.run("init", "--data", "a", "--member", "x").exitCode == 64)
        _ = try await self.run("init", "--data", "b", "--genesis-out", "genesis")
        #expect(try await self.run("init", "--data", "c", "--genesis", "genesis", "--chain", other).exitCode == 1)
        #expect(try await self.run("init", "--data", "c", "--genesis", "missing").exitCode == 1)
        try self.directory.write("no block", to: "junk")
        let junk = try await self.run("init", "--data", "c", "--genesis", "junk")
        #expect(junk.exitCode == 1 && junk.errorOutput.contains("can't be the first block"))
        #expect(try await self.run("init", "--data", "c", "--genesis", "genesis", "--name", "t").exitCode == 64)
        // Nothing was founded on the way.
        #expect(!self.directory.exists("c/blocks"))
    }

    @Test func aKeyThatWasUsedGetsNoNewJournal() async throws {
        _ = try await self.run("init", "--data", "a", "--genesis-out", "genesis")
        // Appending opens the ledger: from then on the key may have voted.
        _ = try await self.run("append", "1", "--data", "a")
        #expect(!self.directory.exists("a/node.key.unused"))
        for lost in ["blocks", "journal"] {
            try FileManager.default.removeItem(atPath: self.directory.file("a/" + lost))
        }
        let again = try await self.run("init", "--data", "a", "--genesis", "genesis")
        #expect(again.exitCode == 0)
        #expect(again.output.contains("it follows without a vote"))
        #expect(!self.directory.exists("a/journal/0000000000000001.log"))
    }
}
