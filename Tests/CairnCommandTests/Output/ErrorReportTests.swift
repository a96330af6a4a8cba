import ArgumentParser
import CairnCommand
import Testing

/// What is wrong with a command line is said in one line, with the exit code 64.
struct ErrorReportTests {
    @Test(arguments: [
        (["nope"], "cairn: unexpected argument 'nope' (see 'cairn --help')"),
        (["get"], "cairn: missing expected argument '<number>' (see 'cairn get --help')"),
        (["get", "x"], "cairn: the value 'x' is invalid for '<number>' (see 'cairn get --help')"),
        (["get", "-1"], "cairn: missing expected argument '<number>' (see 'cairn get --help')"),
        (["log", "--xyzzy-none"], "cairn: unknown option '--xyzzy-none' (see 'cairn log --help')"),
        (
            ["serve", "--port", "65536"],
            "cairn: the value '65536' is invalid for '--port <port>' (see 'cairn serve --help')"
        ),
        (
            ["status", "--data", "a", "--url", "b"],
            "cairn: give --data or --url, not both (see 'cairn status --help')"
        ),
        (
            ["append", "1", "--file", "f"],
            "cairn: give records or --file, not both (see 'cairn append --help')"
        ),
        (
            ["append", "1", "--idempotency-key", "a b"],
            "cairn: the idempotency key must be 1 to 255 visible ASCII characters without quotation marks"
                + " (see 'cairn append --help')"
        ),
        (["verify", "--from", "3", "--to", "2"], "cairn: --to must not be before --from (see 'cairn verify --help')"),
        (["export", "--force"], "cairn: --force goes with --output (see 'cairn export --help')"),
    ])
    func usage(arguments: [String], line: String) throws {
        let error = try #require(throws: (any Error).self) { try Cairn.parseAsRoot(arguments) }
        #expect(ErrorReport(error) == ErrorReport(output: "", errorLine: line, exitCode: 64))
    }

    @Test func failures() {
        #expect(
            ErrorReport(CommandFailure.failed("no\nsuch \u{1B}[1mthing."))
                == ErrorReport(output: "", errorLine: #"cairn: no such \u001b[1mthing"#, exitCode: 1))
        #expect(ErrorReport(CommandFailure.outputClosed) == ErrorReport(output: "", errorLine: "", exitCode: 141))
        // D13: what is wrong was printed before.
        #expect(ErrorReport(ExitCode.failure) == ErrorReport(output: "", errorLine: "", exitCode: 1))
    }

    @Test func versionIsNoError() throws {
        let error = try #require(throws: (any Error).self) { try Cairn.parseAsRoot(["--version"]) }
        #expect(ErrorReport(error) == ErrorReport(output: Version.text, errorLine: "", exitCode: 0))
    }
}
