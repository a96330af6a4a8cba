import CairnCommand
import CairnHash
import CairnLedger
import Foundation
import Testing

/// The built program on a data directory: whole outputs.
@Suite(.timeLimit(.minutes(1)))
struct LocalLedgerTests {
    private let directory: TemporaryDirectory

    init() throws {
        self.directory = try TemporaryDirectory()
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

    private func json(_ text: String) throws -> JSONObject {
        let line = Array(text.utf8.dropLast())
        let value = try JSONValue(canonical: line.span.bytes)
        return try #require(value.object)
    }

    @Test func appendAndGet() async throws {
        let founded = try self.json(try await self.good("init", "--name", "test/ledger", "--json"))
        #expect(founded["name"]?.string == "test/ledger")
        #expect(founded["data_directory"]?.string == "./cairn-data")

        let first = try self.json(try await self.good("append", "--json", #"{"b":1.0,"a":"é"}"#))
        let record = try Record(json: #"{"a":"é","b":1}"#)
        #expect(first["number"]?.uint64 == 0)
        #expect(first["leaf_hash"]?.string == record.leafHash.description)
        #expect(first["block_index"]?.uint64 == 1)
        #expect(first["repeated"]?.bool == false)

        let more = try self.json(try await self.good("append", "--json", input: "1\n\n\"two\"\n"))
        #expect(more["first_number"]?.uint64 == 1)
        #expect(more["count"]?.uint64 == 2)

        #expect(try await self.good("get", "0") == "{\"a\":\"é\",\"b\":1}\n")
        #expect(try await self.good("get", "2") == "\"two\"\n")
        let got = try self.json(try await self.good("get", "0", "--json"))
        #expect(got["leaf_hash"]?.string == record.leafHash.description)
        #expect(got["block"]?.object?["hash"] == first["block_hash"])
        #expect(
            try await self.run("get", "3")
                == .init(
                    output: "", errorOutput: "cairn: there is no record 3: the ledger has 3 records\n", exitCode: 1))

        let status = try self.json(try await self.good("status", "--json"))
        #expect(status["chain"] == founded["chain"])
        #expect(status["head"]?.object?["tree_size"]?.uint64 == 3)
        #expect(status["head"]?.object?["hash"] == more["block_hash"])
    }

    @Test func log() async throws {
        _ = try await self.good("init")
        _ = try await self.good("append", "1", "2")
        _ = try await self.good("append", "3")
        let lines = try await self.good("log", "--oneline").split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].contains(/^2 [0-9a-f]{12} \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ record 2$/))
        #expect(lines[1].hasSuffix("Z records 0-1 (2)"))
        #expect(lines[2].hasSuffix("Z none (genesis)"))
        #expect(try await self.good("log", "--oneline", "--reverse").split(separator: "\n") == lines.reversed())
        #expect(try await self.good("log", "--oneline", "-n1") == lines[0] + "\n")
        let full = try await self.good("log", "-n", "1")
        #expect(
            full.contains(/^block 2 [0-9a-f]{64}\nDate:    .*\nRoot:    [0-9a-f]{64} \(3 records\)\nRecords: 2\n\n$/))
    }

    @Test func proofs() async throws {
        _ = try await self.good("init")
        _ = try await self.good("append", "1", "2", "3", "4", "5")
        let proof = try self.json(try await self.good("proof", "2", "--json", "--tree-size", "4"))
        #expect(proof["tree_size"]?.uint64 == 4)
        #expect(proof["leaf_hash"]?.string == (try Record(json: "3")).leafHash.description)
        #expect(proof["path"]?.array?.count == 2)
        let consistency = try self.json(try await self.good("consistency", "4"))
        #expect(consistency["from"]?.uint64 == 4)
        #expect(consistency["to"]?.uint64 == 5)
        #expect(consistency["from_root"] == proof["root"])
        #expect(try await self.run("proof", "5").exitCode == 1)
        #expect(try await self.run("proof", "4", "--json", "--tree-size", "4").exitCode == 1)
        #expect(try await self.run("consistency", "5", "4").exitCode == 1)
    }

    @Test func theSameKeyIsAppendedOnce() async throws {
        _ = try await self.good("init")
        let first = try await self.good("append", "1", "--idempotency-key", "k")
        #expect(
            try await self.good("append", "1", "--idempotency-key", "k") == first.dropLast() + "  (was there already)\n"
        )
        let other = try await self.run("append", "2", "--idempotency-key", "k")
        #expect(other.exitCode == 1)
        #expect(try await self.good("export") == "1\n")
    }

    /// Nothing is appended when anything given is bad.
    @Test func badInput() async throws {
        _ = try await self.good("init")
        let argument = try await self.run("append", "1", "[1,")
        #expect(argument.exitCode == 1)
        #expect(argument.errorOutput.hasPrefix("cairn: argument 2 is no record: "))
        let line = try await self.run("append", "-", input: "1\n[1,\n")
        #expect(line.exitCode == 1)
        #expect(line.errorOutput.hasPrefix("cairn: standard input, line 2: "))
        let nothing = try await self.run("append", input: "\n")
        #expect(nothing.errorOutput.hasSuffix("cairn: there was no record in the input\n"))
        let file = try await self.run("append", "--file", "nowhere")
        #expect(file.errorOutput == "cairn: can't read nowhere: No such file or directory\n")
        #expect(try await self.good("export") == "")
    }

    /// A ledger that was closed properly has nothing to repair.
    @Test func openingAgainSaysNothing() async throws {
        _ = try await self.good("init")
        let status = try await self.good("status")
        #expect(try await self.good("status") == status)
        #expect(try await self.good("status") == status)
    }

    @Test func noLedger() async throws {
        let result = try await self.run("get", "0")
        #expect(
            result
                == .init(
                    output: "",
                    errorOutput: """
                        cairn: there is no ledger in ./cairn-data; "cairn init --data ./cairn-data" founds one, or name \
                        another with --data DIR or --url URL

                        """, exitCode: 1))
        #expect(try await self.run("verify").exitCode == 1)
        #expect(!self.directory.exists("cairn-data"))
    }

    @Test func foundingTwice() async throws {
        _ = try await self.good("init")
        let second = try await self.run("init")
        #expect(
            second
                == .init(
                    output: "",
                    errorOutput: "cairn: there is a ledger in ./cairn-data already; nothing was changed\n", exitCode: 1)
        )
        let name = try await self.run("init", "--data", "other", "--name", "a b")
        #expect(name.exitCode == 64)
        #expect(!self.directory.exists("other"))
    }
}
