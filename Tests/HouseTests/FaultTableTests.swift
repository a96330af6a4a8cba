import Testing

/// docs/faults.md names the tests that see a fault again: each of them is there, and each fault has one.
struct FaultTableTests {
    private static let names = Set(
        (1...4).map { "A\($0)" } + (1...9).map { "B\($0)" } + (1...12).map { "C\($0)" } + (1...15).map { "D\($0)" })

    /// What the last column of a fault's row names.
    private static func tests(inRow row: Substring) -> [String] {
        let cells = row.split(separator: "|")
        guard cells.count == 4 else { return [] }
        return cells[3].matches(of: /`(test_[a-z0-9_]+)`/).map { String($0.1) }
    }

    private static func rows(of text: String) -> [(name: String, row: Substring)] {
        text.split(separator: "\n").compactMap { line in
            line.firstMatch(of: /^\| ([A-D][0-9]+)\b/).map { (String($0.1), line) }
        }
    }

    @Test func rowsAreRead() {
        let text =
            "| fault | a | b | c |\n| B2 | locks | nobody looked | `test_b2_a`, `test_b2_b` |\n| b2 | no | row | |\n"
        let rows = Self.rows(of: text)
        #expect(rows.map(\.name) == ["B2"])
        #expect(rows.map { Self.tests(inRow: $0.row) } == [["test_b2_a", "test_b2_b"]])
    }

    @Test func eachFaultHasARow() throws {
        let rows = Self.rows(of: try Repository.text(of: "docs/faults.md"))
        #expect(Set(rows.map(\.name)) == Self.names)
    }

    @Test func testsThatAreNamedAreThere() throws {
        let scripts = try Repository.releaseTests.get()
        for (name, row) in Self.rows(of: try Repository.text(of: "docs/faults.md")) {
            for test in Self.tests(inRow: row) {
                #expect(scripts.contains("def \(test)("), "\(name): there is no \(test) in Tests/Release")
            }
        }
    }

    /// By the fault's name in the test's own: `test_b2_…` in Python, `"B2: …"` in Swift.
    @Test func eachFaultHasATest() throws {
        let scripts = try Repository.releaseTests.get()
        let swift = try Repository.tests.get().filter { !$0.path.contains("FaultTable") }
        for name in Self.names.sorted() {
            let inScripts = scripts.contains("def test_\(name.lowercased())_")
            let inSwift = swift.contains { file in file.lines.contains { Self.isTest(of: name, $0) } }
            #expect(inScripts || inSwift, "no test has \(name) in its name")
        }
    }

    private static func isTest(of name: String, _ line: Substring) -> Bool {
        line.firstMatch(of: /@Test\(\s*"((?:[A-D][0-9]+(?:, )?)+):/).map { match in
            match.1.split(separator: ", ").contains { $0 == name }
        } ?? false
    }
}
