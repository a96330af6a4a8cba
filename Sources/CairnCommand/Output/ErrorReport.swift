import ArgumentParser

/// What is printed when a command ends with an error: one line, or the help that was asked for.
package struct ErrorReport: Equatable {
    /// For standard output.
    package var output: String
    /// For standard error, without the line feed.
    package var errorLine: String
    package var exitCode: Int32

    package init(output: String = "", errorLine: String = "", exitCode: Int32) {
        self.output = output
        self.errorLine = errorLine
        self.exitCode = exitCode
    }
}

extension ErrorReport {
    package init(_ error: any Error) {
        if let failure = error as? CommandFailure {
            let line = failure.message.isEmpty ? "" : Self.line(failure.message)
            self.init(errorLine: line, exitCode: failure.exitCode)
            return
        }
        self.init(exitCode: Cairn.exitCode(for: error).rawValue)
        if self.exitCode == 0 {
            self.output = Cairn.fullMessage(for: error)
            return
        }
        // The parser begins its messages like sentences; others don't.
        let message = Cairn.message(for: error)
        // A command that printed what is wrong ends with an exit code alone.
        guard !message.isEmpty else { return }
        var line = Self.line(message.prefix(1).lowercased() + message.dropFirst())
        if self.exitCode == ExitCode.validationFailure.rawValue, let hint = Self.hint(Cairn.fullMessage(for: error)) {
            line += " (\(hint))"
        }
        self.errorLine = line
    }

    /// Messages may quote what came from a file or from a node.
    private static func line(_ message: String) -> String {
        var text = message
        while text.last == "." { text.removeLast() }
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return "cairn: " + words.withoutControlCharacters
    }

    /// Where help stands: `see 'cairn append --help'`, from the parser's own message, which knows the command.
    private static func hint(_ fullMessage: String) -> String? {
        guard let line = fullMessage.split(separator: "\n").last(where: { $0.hasPrefix("  See '") }),
            let end = line.lastIndex(of: "'")
        else { return nil }
        return "see" + line[line.startIndex...end].dropFirst(5)
    }
}
