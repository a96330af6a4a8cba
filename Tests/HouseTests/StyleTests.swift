import Testing

struct StyleTests {
    private func findings(_ text: String) -> [Finding] {
        Style.findings(in: SourceFile(path: "Sources/CairnNode/a.swift", text: text))
    }

    // MARK: The checks catch what they are for

    @Test(arguments: [
        "let a = try! f()", "fatalError()", "fatalError(\"why\")", "Swift.fatalError()", "\"\\(try! f())\"",
        "final class C: @unchecked Sendable {}", "// why\n\n\n\nfinal class C: @unchecked Sendable {}",
        "extension C: @unchecked  Sendable {} // behind it",
    ])
    func whatIsNotAllowed(text: String) {
        #expect(self.findings(text).count == 1)
    }

    @Test(arguments: [
        "let a = try f()", "try !f()", "try? f()", "// try! and fatalError()", "let text = \"try!\"",
        "preconditionFailure(\"why\")", "let fatalError = 1", "final class C: Sendable {}",
        "// The lock guards it.\nfinal class C: @unchecked Sendable {}",
        "/// A thing. It never changes.\n@usableFromInline\nfinal class C: P,\n    @unchecked Sendable {}",
    ])
    func whatIs(text: String) {
        #expect(self.findings(text).isEmpty)
    }

    @Test func findingsSayWhere() {
        #expect("\(self.findings("a\nb\ntry! c"))" == "[Sources/CairnNode/a.swift:3: `try!`: handle the error]")
    }

    // MARK: The house

    @Test func sourcesCrashOnlyWithAReason() throws {
        #expect(try Repository.sources.get().flatMap(Style.findings) == [])
    }
}
