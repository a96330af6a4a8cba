import Testing

struct LexerTests {
    private func words(_ text: String) -> [String] {
        Lexer.tokens(of: text).filter { $0.kind != .string }.map(\.text)
    }

    @Test func commentsAndStringsAreNoCode() {
        #expect(self.words("a // b\nc /* d /* e */ f */ g") == ["a", "c", "g"])
        #expect(self.words(#"a "b" c"#) == ["a", "c"])
        #expect(self.words(##"a #"b " \(x) c"# d"##) == ["a", "d"])
        #expect(self.words("a \"\"\"\n b \" // \n \"\"\" c") == ["a", "c"])
        #expect(self.words(#"a "\" // b" c"#) == ["a", "c"])
    }

    @Test func interpolationsAreCode() {
        #expect(self.words(#"a "b \(c("d", e)) f" g"#) == ["a", "(", "c", "(", ",", "e", ")", ")", "g"])
        #expect(self.words(##"a #"b \#(c) \(d)"# e"##) == ["a", "(", "c", ")", "e"])
    }

    @Test func linesAndPlaces() {
        let tokens = Lexer.tokens(of: "a\n/* \n */ b\n\"\"\"\n\n\"\"\"\ncé")
        #expect(tokens.filter { $0.kind == .word }.map(\.line) == [1, 3, 7])
        #expect(tokens.last?.text == "cé")
        #expect(tokens.filter { $0.kind == .string }.map(\.text) == ["\n\n"])
    }

    @Test func textsThatEndTooEarly() {
        for text in ["\"", "\"\\", "/*", "\"\"\"", "\"\\(", "#", "##\"a\"#", "("] { _ = Lexer.tokens(of: text) }
    }

    @Test func imports() {
        let file = SourceFile(
            path: "Sources/T/a.swift",
            text: """
                public import A
                @testable import B
                internal import struct C.D
                // import E
                let text = "import F"
                x.import(G); func `import`() {}
                #if canImport(H)
                    import H
                #endif
                """)
        #expect(file.imports.map(\.module) == ["A", "B", "C", "H"])
        #expect(file.imports.map(\.line) == [1, 2, 3, 8])
        #expect(file.target == "T")
    }
}
