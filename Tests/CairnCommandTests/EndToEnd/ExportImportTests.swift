import CairnCommand
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ExportImportTests {
    private let directory: TemporaryDirectory

    init() throws {
        self.directory = try TemporaryDirectory()
    }

    private func good(_ arguments: String..., input: String = "") async throws -> String {
        let result = try await CairnProgram.run(arguments: arguments, in: self.directory, input: input)
        #expect(result.errorOutput == "")
        #expect(result.exitCode == 0)
        return result.output
    }

    private func root(_ data: String) async throws -> Substring {
        let status = try await self.good("status", "--data", data, "--json")
        return try #require(status.firstMatch(of: /"tree_root":"[0-9a-f]{64}","tree_size":\d+/)).output
    }

    private static let records = (0..<8_200).map { #"{"n":\#($0),"text":"é"}"# }

    @Test func anImportedExportHasTheSameRoot() async throws {
        _ = try await self.good("init", "--data", "a")
        _ = try await self.good("append", "--data", "a", input: Self.records.joined(separator: "\n"))
        #expect(try await self.good("export", "--data", "a", "--output", "e.ndjson") == "")
        #expect(try self.directory.read("e.ndjson") == Self.records.map { $0 + "\n" }.joined())
        #expect(try await self.good("export", "--data", "a") == self.directory.read("e.ndjson"))
        #expect(
            try await self.good("export", "--data", "a", "--from", "8198", "--limit", "1") == Self.records[8_198] + "\n"
        )

        _ = try await self.good("init", "--data", "b")
        let imported = try await self.good("import", "e.ndjson", "--data", "b")
        #expect(imported.hasPrefix("imported 8,200 records\nthe ledger has 8,200 records, root "))
        #expect(try await self.root("a") == self.root("b"))
        #expect(!self.directory.exists("e.ndjson.cairn-import"))

        let again = try await self.good("import", "e.ndjson", "--data", "b")
        #expect(again.hasPrefix("imported 8,200 records, 8,200 of them before\n"))
        #expect(try await self.root("a") == self.root("b"))
    }

    /// As after an interruption: the first batch is in the ledger, and the notes may or may not know.
    @Test(arguments: [false, true])
    func anImportGoesOn(hasNotes: Bool) async throws {
        let file = try self.directory.write(Self.records.joined(separator: "\n"), to: "r.ndjson")
        let plan = try ImportPlan(file: file)
        let firstBatch = Self.records[..<8_192].joined(separator: "\n")
        let founded = try await self.good("init", "--json")
        _ = try await self.good("append", "--idempotency-key", plan.key(ofBatch: 0), input: firstBatch)
        if hasNotes {
            let chain = try #require(founded.firstMatch(of: /"chain":"([0-9a-f]{64})"/)).output.1
            try self.directory.write(
                #"{"batches":1,"chain":"\#(chain)","digest":"\#(plan.digest)"}"#, to: "r.ndjson.cairn-import")
        }
        let imported = try await self.good("import", "r.ndjson")
        #expect(imported.hasPrefix("imported 8,200 records, 8,192 of them before\nthe ledger has 8,200 records"))
        #expect(try await self.good("export") == Self.records.map { $0 + "\n" }.joined())
    }

    @Test func aBadLineImportsNothing() async throws {
        _ = try await self.good("init")
        try self.directory.write("1\n2\n[", to: "r.ndjson")
        let result = try await CairnProgram.run(arguments: ["import", "r.ndjson"], in: self.directory)
        #expect(result.exitCode == 1)
        #expect(result.errorOutput.hasPrefix("cairn: r.ndjson, line 3: "))
        #expect(try await self.good("export") == "")
    }

    @Test func anExportReplacesNothingUnasked() async throws {
        _ = try await self.good("init")
        _ = try await self.good("append", "1")
        try self.directory.write("mine", to: "e.ndjson")
        let result = try await CairnProgram.run(
            arguments: ["export", "--output", "e.ndjson"], in: self.directory)
        #expect(
            result
                == .init(output: "", errorOutput: "cairn: e.ndjson exists already; --force replaces it\n", exitCode: 1))
        #expect(try self.directory.read("e.ndjson") == "mine")
        _ = try await self.good("export", "--output", "e.ndjson", "--force")
        #expect(try self.directory.read("e.ndjson") == "1\n")
        #expect(!self.directory.exists("e.ndjson.partial"))
    }
}
