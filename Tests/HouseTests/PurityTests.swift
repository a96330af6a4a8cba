import Testing

struct PurityTests {
    private func findings(_ text: String, in target: String = "CairnLedger") -> [Finding] {
        Purity.findings(in: SourceFile(path: "Sources/\(target)/a.swift", text: text))
    }

    // MARK: The checks catch what they are for

    @Test(arguments: [
        "import Foundation", "internal import FoundationEssentials", "import Glibc", "import Dispatch",
        "import struct Foundation.Date", "#if canImport(Glibc)\nimport Glibc\n#endif",
        "let now = ContinuousClock.now", "let clock: SuspendingClock", "let now = Date()", "Date.now",
        "var random = SystemRandomNumberGenerator()", "Int.random(in: 0..<3)", "let coin = Bool.random()",
        "list.shuffled()", "list.randomElement()", "Int.random(in: f(0)..<g(3, [4]))", "UUID()",
        "\"at \\(Date())\"", "try await Task.sleep(for: .seconds(1))", "print(1)",
    ])
    func whatAsksTheSystem(text: String) {
        for target in Purity.pureTargets { #expect(self.findings(text, in: target).count == 1, "\(target): \(text)") }
        #expect(self.findings(text, in: "CairnNode").isEmpty)
    }

    @Test(arguments: [
        "import Crypto", "// Date() and ContinuousClock", "let text = \"Date()\"", "let dates: [MyDate]",
        "Int.random(in: 0..<3, using: &generator)", "list.shuffled(using: &generator)", "func date() {}",
        "struct Dated { var Date: Int }", "throw .random(bytes: 3)", "PrivateKey()",
    ])
    func whatDoesNot(text: String) {
        #expect(self.findings(text).isEmpty)
    }

    @Test func theStoreKnowsNoNIO() {
        #expect(self.findings("import NIOCore", in: "CairnStore").count == 1)
        #expect(self.findings("import NIOPosix\nimport NIO", in: "CairnStore").map(\.line) == [1, 2])
        #expect(self.findings("import NIOCore", in: "CairnServer").isEmpty)
        #expect(self.findings("import CairnLedger", in: "CairnStore").isEmpty)
    }

    // MARK: The house

    @Test func pureTargetsArePure() throws {
        let sources = try Repository.sources.get()
        for target in Purity.pureTargets { #expect(sources.contains { $0.target == target }) }
        #expect(sources.flatMap(Purity.findings) == [])
    }
}
