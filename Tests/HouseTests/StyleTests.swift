import Testing

struct StyleTests {
    private func findings(_ text: String) -> [Finding] {
        Style.findings(in: SourceFile(path: "Sources/CairnNode/a.swift", text: text))
    }

    // MARK: The checks catch what they are for

    @Test(arguments: [
        "let a = try! f()", "fatalError()", "fatalError(\"why\")", "Swift.fatalError()", "\"\\(try! f())\"",
        "final class C: @unchecked Sendable {}", "// why\n\n\n\nfinal class C: @unchecked Sendable {}",
        "extension C: @unchecked  Sendable {} // behind it", "let state = Mutex(State())", "let state: Mutex<State>",
        "import struct Synchronization.Mutex", "let count = Atomic(0)", "let one = Atomic(0), two = Atomic(0)",
    ])
    func whatIsNotAllowed(text: String) {
        #expect(self.findings(text).count == 1)
    }

    @Test(arguments: [
        "let a = try f()", "try !f()", "try? f()", "// try! and fatalError()", "let text = \"try!\"",
        "preconditionFailure(\"why\")", "let fatalError = 1", "final class C: Sendable {}",
        "// The lock guards it.\nfinal class C: @unchecked Sendable {}",
        "/// A thing. It never changes.\n@usableFromInline\nfinal class C: P,\n    @unchecked Sendable {}",
        "let state = Lock(State())", "// Mutex", "internal import Synchronization\nlet count = Atomic(0)",
    ])
    func whatIs(text: String) {
        #expect(self.findings(text).isEmpty)
    }

    @Test func findingsSayWhere() {
        #expect("\(self.findings("a\nb\ntry! c"))" == "[Sources/CairnNode/a.swift:3: `try!`: handle the error]")
    }

    @Test func theLockIsMadeOfAMutex() {
        #expect(Style.findings(in: SourceFile(path: "Sources/CairnLock/Lock.swift", text: "Mutex<Value>")).isEmpty)
    }

    @Test func testsImportWhatShips() {
        func findings(_ text: String) -> [Int] {
            Style.testFindings(in: SourceFile(path: "Tests/CairnNodeTests/a.swift", text: text)).map(\.line)
        }
        #expect(findings("import A\n@testable import B\n@testable\ninternal import C") == [2, 3])
        #expect(findings("// @testable import A\nlet text = \"@testable import A\"\nimport A").isEmpty)
    }

    // MARK: The house

    @Test func sourcesCrashOnlyWithAReason() throws {
        let findings = try Repository.sources.get().flatMap(Style.findings)
        #expect(findings == [])
    }

    @Test func testsRunOnWhatShips() throws {
        let findingsInTests = try Repository.tests.get().flatMap(Style.testFindings)
        #expect(findingsInTests == [])
    }
}
