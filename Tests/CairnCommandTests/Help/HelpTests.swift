import ArgumentParser
import CairnCommand
import Foundation
import Testing

/// The help of each command stands in a file under `Texts`, so that a change to it is seen.
///
/// After a wanted change: `CAIRN_UPDATE_HELP=1 swift test --filter HelpTests`.
struct HelpTests {
    static let commands = [
        "", "serve", "init", "keygen", "status", "backup", "restore", "cluster", "members", "members add",
        "members remove", "members power",
        "members replace", "members settings", "members sign", "members submit", "peers", "peers add", "peers remove",
        "append", "get",
        "import", "export",
        "canonicalize", "log", "verify", "repair", "proof", "check-proof", "policy", "consistency", "witness", "audit",
        "check-evidence", "version",
    ]

    @Test(arguments: commands)
    func help(command: String) throws {
        let arguments = command.split(separator: " ").map { String($0) } + ["--help"]
        let error = try #require(throws: (any Error).self) {
            // Commands that parse are asked for their help when they run.
            var parsed = try Cairn.parseAsRoot(arguments)
            try parsed.run()
        }
        let help = Cairn.fullMessage(for: error, columns: 100) + "\n"
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Texts/\(command.isEmpty ? "cairn" : command.replacing(" ", with: "-")).txt")
        if ProcessInfo.processInfo.environment["CAIRN_UPDATE_HELP"] != nil { try Data(help.utf8).write(to: file) }
        #expect(help == String(decoding: try Data(contentsOf: file), as: UTF8.self))
    }

    /// No command of the program is missing above.
    @Test func allCommandsAreHere() {
        let names = Cairn.configuration.subcommands.compactMap { command in
            command.configuration.commandName ?? "\(command)".lowercased()
        }
        let grouped = Cairn.configuration.groupedSubcommands.flatMap(\.subcommands).map { command in
            command.configuration.commandName ?? "\(command)".lowercased()
        }
        #expect(Set(names + grouped) == Set(Self.commands.filter { !$0.isEmpty && !$0.contains(" ") }))
    }
}
