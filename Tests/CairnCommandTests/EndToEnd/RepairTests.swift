import CairnCommand
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RepairTests {
    private let directory: TemporaryDirectory

    init() throws {
        self.directory = try TemporaryDirectory()
    }

    private func run(_ arguments: String...) async throws -> CairnProgram.Result {
        try await CairnProgram.run(arguments: arguments, in: self.directory)
    }

    /// A ledger, and a copy of its files in `copy`: what another node of the same ledger has.
    private func ledger() async throws {
        _ = try await self.run("init", "--name", "t")
        for number in 1...4 { _ = try await self.run("append", "\"record \(number)\"") }
        try FileManager.default.copyItem(
            atPath: self.directory.file("cairn-data"), toPath: self.directory.file("copy"))
    }

    private var log: URL { URL(filePath: self.directory.file("cairn-data/blocks/00000000000000000000.log")) }

    private func damage(_ text: String) throws {
        var bytes = try Data(contentsOf: self.log)
        let place = try #require(bytes.range(of: Data(text.utf8))?.lowerBound)
        bytes[place] ^= 1
        try bytes.write(to: self.log)
    }

    @Test func fromARunningNode() async throws {
        try await self.ledger()
        let good = try Data(contentsOf: self.log)
        try self.damage("record 2")
        try self.damage("record 4")
        let damaged = try Data(contentsOf: self.log)
        let node = try await RunningNode("--data", "copy", in: self.directory)

        let dry = try await self.run("repair", "--from", node.url, "--dry-run")
        #expect(dry.exitCode == 1)
        #expect(dry.output.hasPrefix("damaged: block 2 ("))
        #expect(dry.output.contains("would repair blocks/00000000000000000000.log: block 2, 4\n"))
        #expect(try Data(contentsOf: self.log) == damaged)

        let result = try await self.run("repair", "--from", "http://127.0.0.1:9", "--from", node.url)
        #expect(result.exitCode == 0, "\(result)")
        #expect(result.output.contains("  repaired blocks/00000000000000000000.log: block 2, 4\n"))
        #expect(result.output.contains("    block 2 from \(node.url)\n"))
        #expect(result.output.contains("valid: 5 blocks, 4 records, "))
        #expect(try Data(contentsOf: self.log).count == good.count)
        #expect(
            FileManager.default.contents(
                atPath: self.directory.file("cairn-data/damaged/00000000000000000000.log")) == damaged)
        #expect(try await self.run("verify", "--deep", "--certificates").exitCode == 0)
        #expect(try await self.run("get", "1").output.contains("record 2"))
        #expect(await node.stop() == 0)
    }

    @Test func aFileThatIsGone() async throws {
        try await self.ledger()
        try FileManager.default.removeItem(at: self.log)
        let node = try await RunningNode("--data", "copy", in: self.directory)
        // Nothing tells which ledger it was.
        #expect(try await self.run("repair", "--from", node.url).exitCode == 1)
        #expect(await node.stop() == 0)
    }

    @Test func withoutAnotherCopy() async throws {
        try await self.ledger()
        try self.damage("record 2")
        let damaged = try Data(contentsOf: self.log)
        let alone = try await self.run("repair")
        #expect(alone.exitCode == 1)
        #expect(alone.output.contains("put the directory back from a backup"))
        _ = try await self.run("init", "--data", "other")
        let other = try await RunningNode("--data", "other", in: self.directory)
        let refused = try await self.run("repair", "--from", other.url, "--json")
        #expect(refused.exitCode == 1)
        #expect(refused.output.contains(#""failed_block":2,"#) && refused.output.contains(#""repaired":[]"#))
        #expect(try Data(contentsOf: self.log) == damaged)
        #expect(await other.stop() == 0)
    }

    @Test func aGoodLedgerIsLeftAlone() async throws {
        try await self.ledger()
        let result = try await self.run("repair")
        #expect(result.exitCode == 0)
        #expect(result.output.hasPrefix("valid: 5 blocks, 4 records, "))
        #expect(!self.directory.exists("cairn-data/damaged"))
    }
}
