import CairnCommand
import Foundation
import Testing

/// The built program as a node, and as that node's client: this needs the HTTP server.
@Suite(.timeLimit(.minutes(1)))
struct ServeTests {
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

    @Test(arguments: [SIGTERM, SIGINT])
    func stopsWhenAsked(signal: Int32) async throws {
        let node = try await RunningNode(in: self.directory)
        _ = try await self.good("append", "1", "--url", node.url)
        #expect(await node.stop(signal: signal) == 0)
        #expect(try await self.good("export") == "1\n")
        #expect(try await self.good("verify").hasPrefix("valid: 2 blocks, 1 record"))
    }

    /// Whatever a command prints about a ledger, it prints the same from its directory and from a node.
    @Test func aNodeSaysWhatItsDirectorySays() async throws {
        _ = try await self.good("init", "--name", "one")
        _ = try await self.good("append", #"{"a":[1,"é",null]}"#, "2", "3")
        let node = try await RunningNode(in: self.directory)
        var remote: [String] = []
        let commands = [
            ["get", "0"], ["get", "1", "--json"], ["log"], ["log", "--oneline"], ["log", "--json", "--reverse"],
            ["proof", "2", "--json"], ["proof", "0", "--json", "--tree-size", "2"], ["policy"], ["consistency", "1"],
            ["consistency", "1", "2"],
            ["export"], ["export", "--json", "--from", "1"],
        ]
        for command in commands {
            let result = try await CairnProgram.run(
                arguments: command + ["--url", node.url], in: self.directory)
            #expect(result.exitCode == 0, "\(command): \(result.errorOutput)")
            remote.append(result.output)
        }
        #expect(await node.stop() == 0)
        for (command, output) in zip(commands, remote) {
            let local = try await CairnProgram.run(arguments: command, in: self.directory)
            #expect(local.output == output, "\(command)")
        }
    }

    @Test func aNodesStatusSaysMore() async throws {
        let node = try await RunningNode(in: self.directory)
        let text = try await self.good("status", "--url", node.url)
        #expect(text.contains("\nRole:     member, votes\nMembers:  1, epoch 0, view "))
        #expect(text.hasSuffix("\nLinks:    0\n"))
        #expect(await node.stop() == 0)
        let local = try await self.good("status")
        #expect(!local.contains("Role:") && text.hasPrefix(local.prefix(20)))
    }

    @Test func whatCanNotBeFollowed() async throws {
        let chain = String(repeating: "ab", count: 32)
        for (arguments, reason) in [
            (["--join", "127.0.0.1:1"], "name its chain with --chain"),
            (["--chain", chain], "name one of them with --join"),
            (["--snapshot", "--chain", chain], "--snapshot asks other nodes"),
            (["--join", "127.0.0.1:0"], "is no port: a number from 1 to 65535"),
            (["--chain", "abc"], "64 hexadecimal digits"),
        ] {
            let result = try await CairnProgram.run(
                arguments: ["serve", "--port", "0"] + arguments, in: self.directory)
            #expect(result.exitCode == 64 && result.errorOutput.contains(reason), "\(result)")
            #expect(!self.directory.exists("cairn-data/node.key"))
        }
    }

    /// Whoever started it has gone.
    @Test func stopsAtTheEndOfItsInput() async throws {
        let node = try await RunningNode("--stop-at-eof", in: self.directory)
        // Its standard input is the null device, which ends at once.
        #expect(await node.ending == 0)
    }

    @Test func membersOfOneNode() async throws {
        let node = try await RunningNode(in: self.directory)
        let key = try #require(
            try await self.good("members", "--url", node.url).split(separator: "\n").dropFirst().first?.prefix(64))
        let powered = try await self.good(
            "members", "power", String(key), "5", "--data", "cairn-data", "--url", node.url)
        #expect(powered.hasPrefix("Epoch 1, majority: a power of 3 of 5 decides\n\(key)  power 5  this node"))
        for (arguments, reason) in [
            (["power", String(key), "5"], "changes nothing"), (["remove", String(key)], "at least one member"),
            (["add", String(key)], "is a member already"), (["power", "12", "5"], "is no node's key"),
            (["power", String(repeating: "0", count: 64), "2"], "is no member"),
            (["power", String(key), "0"], "a power of 0 can't be"),
        ] {
            let result = try await CairnProgram.run(
                arguments: ["members"] + arguments + ["--url", node.url], in: self.directory)
            #expect(result.exitCode != 0 && result.errorOutput.contains(reason), "\(arguments): \(result)")
        }
        let settings = ["members", "settings", "--data", "cairn-data", "--url", node.url]
        let nothing = try await CairnProgram.run(arguments: settings, in: self.directory)
        #expect(nothing.exitCode == 64 && nothing.errorOutput.contains("name what is to change"))
        let same = try await CairnProgram.run(
            arguments: settings + ["--submission-window", "1048576"], in: self.directory)
        #expect(same.exitCode == 1 && same.errorOutput.contains("changes nothing"))
        let none = try await CairnProgram.run(arguments: settings + ["--submission-window", "0"], in: self.directory)
        #expect(none.exitCode == 64 && none.errorOutput.contains("a submission window of 0 records can't be"))
        let other = try await CairnProgram.run(
            arguments: settings + ["--submission-window", "4194304"], in: self.directory)
        #expect(other.exitCode == 0)
        let remembered = "\nAgreement simplex-2, submission ids of 4194304 records are remembered\n"
        #expect(other.output.hasPrefix("Epoch 2, ") && other.output.hasSuffix(remembered))
        let unsigned = try await self.run("members", "power", String(key), "6", "--url", node.url)
        #expect(unsigned.exitCode == 1 && unsigned.errorOutput.contains("power 5"))
        try self.directory.write(unsigned.output, to: "draft.json")
        _ = try await self.good("members", "sign", "draft.json", "--data", "cairn-data")
        #expect(try await self.good("members", "submit", "draft.json", "--url", node.url).contains("  power 6  "))
        let late = try await self.run("members", "submit", "draft.json", "--url", node.url)
        #expect(late.exitCode == 1 && late.errorOutput.contains("epoch 3 is the present one"))
        let peers = try await self.good("peers", "--url", node.url)
        #expect(peers == "The node takes no links.\n")
        let added = try await self.run("peers", "add", "127.0.0.1:5001", "--url", node.url)
        #expect(added.exitCode == 1 && added.errorOutput.contains("HTTP 409"))
        #expect(await node.stop() == 0)
    }

    @Test func aDirectoryInUse() async throws {
        let node = try await RunningNode(in: self.directory)
        for command in [["get", "0"], ["append", "1"], ["log"], ["serve", "--port", "0"]] {
            let result = try await CairnProgram.run(arguments: command, in: self.directory)
            #expect(result.exitCode == 1)
            #expect(result.errorOutput.hasPrefix("cairn: ./cairn-data is in use by process "))
            #expect(result.errorOutput.contains("--url"))
        }
        // Reads without asking anyone.
        #expect(try await self.good("verify").hasPrefix("valid: "))
        #expect(await node.stop() == 0)
    }

    @Test func importAndExportOverHTTP() async throws {
        let lines = (0..<8_200).map { #"{"n":\#($0)}"# + "\n" }.joined()
        try self.directory.write(lines, to: "r.ndjson")
        let node = try await RunningNode(in: self.directory)
        #expect(try await self.good("import", "r.ndjson", "--url", node.url).hasPrefix("imported 8,200 records\n"))
        #expect(
            try await self.good("import", "r.ndjson", "--url", node.url)
                .hasPrefix("imported 8,200 records, 8,200 of them before\n"))
        #expect(try await self.good("export", "--url", node.url) == lines)
        #expect(await node.stop() == 0)
    }

    @Test func whatANodeRefuses() async throws {
        let node = try await RunningNode(in: self.directory)
        _ = try await self.good("append", "1", "--url", node.url, "--idempotency-key", "k")
        #expect(
            try await self.good("append", "1", "--url", node.url, "--idempotency-key", "k")
                .hasSuffix("  (was there already)\n"))
        let other = try await self.run("append", "2", "--url", node.url, "--idempotency-key", "k")
        #expect(other.exitCode == 1)
        #expect(other.errorOutput.hasSuffix(" (HTTP 422 from \(node.url))\n"))
        let missing = try await self.run("get", "7", "--url", node.url)
        #expect(missing.exitCode == 1)
        #expect(missing.errorOutput.hasSuffix(" (HTTP 404 from \(node.url))\n"))
        #expect(await node.stop() == 0)
    }

    @Test func aPortInUse() async throws {
        let node = try await RunningNode(in: self.directory)
        let port = try #require(node.url.split(separator: ":").last)
        let result = try await self.run("serve", "--data", "other", "--port", String(port), "--log-level", "error")
        #expect(
            result
                == .init(
                    output: "",
                    errorOutput: "cairn: can't listen on 127.0.0.1, port \(port): address already in use; "
                        + "nothing was founded in other\n",
                    exitCode: 1))
        #expect(await node.stop() == 0)
    }

    @Test func settingsFromTheEnvironmentAndTheFile() async throws {
        try self.directory.write(#"{"data":"from-file","host":"nowhere.invalid"}"#, to: "c.json")
        let node = try await RunningNode(
            in: self.directory, environment: ["CAIRN_CONFIG": "c.json", "CAIRN_HOST": "127.0.0.1"])
        #expect(self.directory.exists("from-file/node.key"))
        #expect(await node.stop() == 0)
    }
}
