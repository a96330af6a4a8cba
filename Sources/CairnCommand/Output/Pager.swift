import Foundation

/// Shows long output page by page when it goes to a terminal, as `git log` does.
package enum Pager {
    /// Runs `body` with an output that a pager shows. Nil as the `command`, or an empty one: straight to standard output.
    package static func run(
        _ command: String?, _ body: (Output) async throws -> Void
    ) async throws {
        guard let command, !command.isEmpty, let pager = popen(command, "w") else {
            let output = Output.standard()
            try await body(output)
            try output.flush()
            return
        }
        // Quitting the pager before the end is no failure.
        signal(SIGPIPE, SIG_IGN)
        defer { pclose(pager) }
        let output = Output(descriptor: fileno(pager), name: "the pager", isShown: true)
        do {
            try await body(output)
            try output.flush()
        } catch let failure as CommandFailure where failure == .outputClosed {}
    }

    /// The pager that the environment asks for: `PAGER`, or `less` set to end at once when all fits the screen.
    package static func command(environment: [String: String], isTerminal: Bool) -> String? {
        guard isTerminal else { return nil }
        return environment["PAGER"] ?? "less -FRX"
    }
}
