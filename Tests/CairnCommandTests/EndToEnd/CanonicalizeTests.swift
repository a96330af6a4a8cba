import CairnCommand
import CairnLedger
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CanonicalizeTests {
    private let directory: TemporaryDirectory

    init() throws {
        self.directory = try TemporaryDirectory()
    }

    private func run(_ arguments: String..., input: String = "") async throws -> CairnProgram.Result {
        try await CairnProgram.run(arguments: ["canonicalize"] + arguments, in: self.directory, input: input)
    }

    @Test func texts() async throws {
        #expect(
            try await self.run(#"{ "b": 1.0, "a": 2 }"#, "1e2")
                == .init(output: "{\"a\":2,\"b\":1}\n100\n", errorOutput: "", exitCode: 0))
        #expect(
            try await self.run("--hash", input: "1")
                == .init(output: "\(try Record(json: "1").leafHash)\n", errorOutput: "", exitCode: 0))
    }

    @Test func whatStandsBeforeABadLineIsPrinted() async throws {
        let result = try await self.run(input: "[ 1 ]\n[\n2\n")
        #expect(result.output == "[1]\n")
        #expect(result.exitCode == 1)
        #expect(result.errorOutput.hasPrefix("cairn: standard input, line 2: "))
    }

    @Test func base64Lines() async throws {
        func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
        let result = try await self.run(
            "--base64-lines",
            input: [base64("[ 1.50 ]"), base64("[\n"), "?", base64("\"\\u0041\"")].joined(separator: "\n"))
        #expect(
            result
                == .init(
                    output: """
                        ok \(base64("[1.5]"))
                        error unexpected end of the text at byte 2
                        error the line is no base64
                        ok \(base64("\"A\""))

                        """, errorOutput: "", exitCode: 0))
    }
}
