/// A Swift file under Sources or Tests, taken apart.
struct SourceFile {
    /// From the repository's root, such as `Sources/<target>/…`.
    let path: String
    let lines: [Substring]
    let tokens: [Token]

    init(path: String, text: String) {
        self.path = path
        self.lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        self.tokens = Lexer.tokens(of: text)
    }

    var target: String {
        let parts = self.path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    /// The modules it imports, and where.
    var imports: [(module: String, line: Int)] {
        let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        var imports: [(module: String, line: Int)] = []
        for place in self.tokens.indices where self.tokens.matches(["import"], at: place) {
            // Not a member or a label of this name.
            if place > 0, [".", "`", "func", "case"].contains(self.tokens[place - 1].text) { continue }
            var name = place + 1
            guard name < self.tokens.count, self.tokens[name].kind == .word else { continue }
            if kinds.contains(self.tokens[name].text), name + 1 < self.tokens.count { name += 1 }
            imports.append((self.tokens[name].text, self.tokens[name].line))
        }
        return imports
    }

    func finding(line: Int, _ problem: String) -> Finding {
        Finding(path: self.path, line: line, problem: problem)
    }
}

/// Something that the house rules don't allow.
struct Finding: Hashable, CustomStringConvertible {
    var path: String
    var line: Int
    var problem: String

    var description: String { "\(self.path):\(self.line): \(self.problem)" }
}
