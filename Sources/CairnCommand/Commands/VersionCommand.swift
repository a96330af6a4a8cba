import ArgumentParser
import CairnHash
import CairnLedger

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version, and how this machine hashes.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        let output = Output.standard()
        if self.output.json {
            try output.line(
                JSONValue.object([
                    "version": .string(Version.text),
                    "format": .integer(GenesisSettings.format),
                    "sha256": .string(SHA256Stream.kernel),
                ]).bytes)
        } else {
            try output.line("cairn \(Version.text)")
            try output.line("ledger format \(GenesisSettings.format)")
            try output.line("SHA-256 \(SHA256Stream.kernel)")
        }
        try output.flush()
    }
}
