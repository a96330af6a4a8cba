import CairnCommand
import Testing

/// What a node or a file says is drawn as it is, and does nothing to a terminal.
struct ControlCharactersTests {
    @Test(
        "C10: what a terminal would not draw as itself is escaped",
        arguments: [
            ("a\u{1B}[2Jb", #"a\u001b[2Jb"#), ("a\u{9B}2J", #"a\u009b2J"#),
            ("\u{0}\u{7F}\u{80}\u{9F}", #"\u0000\u007f\u0080\u009f"#),
            ("a\r\n\tb", #"a\r\n\tb"#), ("a\u{202E}b\u{202C}", #"a\u202eb\u202c"#),
            ("\u{2066}\u{2069}\u{200E}\u{200F}\u{61C}", #"\u2066\u2069\u200e\u200f\u061c"#),
            ("a\u{200B}\u{200D}\u{2060}\u{FEFF}\u{AD}", #"a\u200b\u200d\u2060\ufeff\u00ad"#),
            ("\u{E0041}\u{E0100}\u{FE0F}", #"\udb40\udc41\udb40\udd00\ufe0f"#),
            ("\u{3164}\u{115F}\u{34F}", #"\u3164\u115f\u034f"#),
            ("\u{2028}\u{2029}\u{85}", #"\u2028\u2029\u0085"#), ("\u{1D173}", #"\ud834\udd73"#),
        ])
    func escaped(text: String, expected: String) {
        #expect(text.withoutControlCharacters == expected)
    }

    @Test(
        "C10: and what it draws stays",
        arguments: ["", "a b~", "é", "שלום", "漢字", "😀", "e\u{301}", "⟨U+202E⟩", "\\u202e"])
    func kept(text: String) {
        #expect(text.withoutControlCharacters == text)
    }

    @Test("C10: lines that are meant stay lines")
    func lines() {
        #expect("a\nb\u{1B}\r\n".withoutControlCharactersInLines == "a\nb\\u001b\\r\n")
    }
}
