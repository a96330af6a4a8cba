/// What no source of ours holds: ways to crash without a word, unchecked claims without a reason, a lock of another kind; and
/// what no test holds.
enum Style {
    static func findings(in file: SourceFile) -> [Finding] {
        let tokens = file.tokens
        var findings: [Finding] = []
        for place in tokens.indices {
            // `try !condition` is something else.
            if tokens.matches(["try", "!"], at: place),
                tokens[place].range.upperBound == tokens[place + 1].range.lowerBound
            {
                findings.append(file.finding(line: tokens[place].line, "`try!`: handle the error"))
            }
            if tokens.matches(["fatalError", "("], at: place) {
                findings.append(
                    file.finding(
                        line: tokens[place].line, "`fatalError`: a bug is a `preconditionFailure` with a reason"))
            }
            if tokens.matches(["@", "unchecked", "Sendable"], at: place),
                !self.hasComment(above: tokens[place].line, in: file)
            {
                findings.append(
                    file.finding(
                        line: tokens[place].line, "`@unchecked Sendable` without a comment above that says why"))
            }
            if tokens.matches(["Mutex"], at: place), file.target != "CairnLock" {
                findings.append(
                    file.finding(line: tokens[place].line, "`Mutex`: take `Lock`, which ThreadSanitizer understands"))
            }
        }
        if let atomic = tokens.indices.first(where: { tokens.matches(["Atomic"], at: $0) }),
            !tokens.indices.contains(where: { tokens.matches(["import", "Synchronization"], at: $0) })
        {
            // Another module of ours may bring it along, but not in a build for ThreadSanitizer.
            findings.append(
                file.finding(line: tokens[atomic].line, "`Atomic` without `import Synchronization` in the same file"))
        }
        return findings
    }

    /// With `@testable`, tests would need modules that are compiled for them, and would not run on what ships.
    static func testFindings(in file: SourceFile) -> [Finding] {
        file.tokens.indices.filter { file.tokens.matches(["@", "testable"], at: $0) }.map { place in
            file.finding(
                line: file.tokens[place].line,
                "`@testable`: give what the test needs `package` access, and import it plainly")
        }
    }

    /// Whether one of the few lines above is a comment.
    private static func hasComment(above line: Int, in file: SourceFile) -> Bool {
        file.lines[max(0, line - 4)..<line - 1].contains { $0.drop { $0 == " " }.hasPrefix("//") }
    }
}
