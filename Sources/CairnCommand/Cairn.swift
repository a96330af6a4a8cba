package import ArgumentParser

/// The command line.
package struct Cairn: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "cairn",
        abstract: "A tamper-evident ledger of JSON records.",
        discussion: """
            Examples:
              cairn serve                                 # a node on http://127.0.0.1:5000
              cairn cluster                               # four nodes of one ledger, on this machine
              cairn append '{"hello":"world"}'            # to ./cairn-data, without a node
              cairn append '{"n":1}' --url http://127.0.0.1:5000
              cairn log --oneline
              cairn verify
            """,
        version: Version.text,
        groupedSubcommands: [
            CommandGroup(name: "Ledger", subcommands: [Serve.self, Init.self, Keygen.self, Status.self]),
            CommandGroup(name: "Backups", subcommands: [Backup.self, Restore.self]),
            CommandGroup(name: "Several nodes", subcommands: [Cluster.self, Members.self, Peers.self]),
            CommandGroup(
                name: "Records",
                subcommands: [Append.self, Get.self, Import.self, Export.self, Canonicalize.self]),
            CommandGroup(
                name: "Chain and proofs",
                subcommands: [
                    Log.self, Verify.self, Repair.self, Proof.self, CheckProof.self, Policy.self, Consistency.self,
                    WitnessCommand.self, Audit.self, CheckEvidence.self,
                ]),
            CommandGroup(name: "Program", subcommands: [VersionCommand.self]),
        ])

    package init() {}

    /// To be called before anything that isn't synchronous: that needs descriptors and `/proc` already, and ends with a signal without.
    ///
    /// - Returns: the exit code when nothing can be run; what is wrong was said then.
    package static func refusal() -> Int32? {
        do throws(CommandFailure) {
            try DescriptorBudget.atStart.checkForAnything()
            try ProcessFolder.check()
            return nil
        } catch {
            Terminal.writeError("cairn: \(error.message)\n")
            return error.exitCode
        }
    }

    /// Runs a command line and gives the exit code: 0, 1 when it failed, 64 when it can't be.
    package static func run(_ arguments: [String]) async -> Int32 {
        do {
            var command = try self.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            StandardErrorLog.end(saying: "")
            return 0
        } catch {
            let report = ErrorReport(error)
            if !report.output.isEmpty { print(report.output) }
            StandardErrorLog.end(saying: report.errorLine.isEmpty ? "" : report.errorLine + "\n")
            return report.exitCode
        }
    }
}
