/// Takes Swift source apart as far as the checks need it: comments, strings with interpolations, words, marks.
///
/// It doesn't know regular expression literals with quotes in them.
struct Lexer {
    private let text: [UInt8]
    private var place = 0
    private var line = 1
    private(set) var tokens: [Token] = []

    static func tokens(of text: String) -> [Token] {
        var lexer = Lexer(text: Array(text.utf8))
        lexer.readCode(untilClosingBracket: false)
        return lexer.tokens
    }

    private init(text: [UInt8]) {
        self.text = text
    }

    // MARK: Code

    private mutating func readCode(untilClosingBracket isInterpolation: Bool) {
        var depth = 0
        while self.place < self.text.count {
            let byte = self.text[self.place]
            if self.isNext("//") {
                while self.place < self.text.count, self.text[self.place] != UInt8(ascii: "\n") { self.place += 1 }
            } else if self.isNext("/*") {
                self.skipBlockComment()
            } else if self.stringStart() {
                continue
            } else if Self.isWord(byte) {
                self.readWord()
            } else {
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") {
                    depth -= 1
                }
                if byte > UInt8(ascii: " ") { self.add(.mark, from: self.place, to: self.place + 1) }
                self.advance()
                if isInterpolation, byte == UInt8(ascii: ")"), depth == 0 { return }
            }
        }
    }

    private mutating func skipBlockComment() {
        var depth = 0
        while self.place < self.text.count {
            if self.isNext("/*") {
                depth += 1
                self.place += 2
            } else if self.isNext("*/") {
                depth -= 1
                self.place += 2
                if depth == 0 { return }
            } else {
                self.advance()
            }
        }
    }

    private mutating func readWord() {
        let start = self.place
        while self.place < self.text.count, Self.isWord(self.text[self.place]) { self.place += 1 }
        self.add(.word, from: start, to: self.place)
    }

    // MARK: Strings

    /// Reads a string literal when one begins here.
    private mutating func stringStart() -> Bool {
        var quote = self.place
        while quote < self.text.count, self.text[quote] == UInt8(ascii: "#") { quote += 1 }
        guard quote < self.text.count, self.text[quote] == UInt8(ascii: "\"") else { return false }
        let pounds = String(repeating: "#", count: quote - self.place)
        self.place = quote
        let quotes = self.isNext("\"\"\"") ? "\"\"\"" : "\""
        self.place += quotes.utf8.count
        self.readString(until: quotes + pounds, escape: "\\" + pounds)
        return true
    }

    private mutating func readString(until end: String, escape: String) {
        var start = self.place
        while self.place < self.text.count {
            if self.isNext(end) {
                self.add(.string, from: start, to: self.place)
                self.place += end.utf8.count
                return
            }
            if self.isNext(escape + "(") {
                self.add(.string, from: start, to: self.place)
                self.place += escape.utf8.count
                self.readCode(untilClosingBracket: true)
                start = self.place
            } else if self.isNext(escape) {
                self.place += escape.utf8.count
                self.advance()
            } else {
                self.advance()
            }
        }
    }

    // MARK: Bytes

    private func isNext(_ literal: String) -> Bool {
        self.text[self.place...].starts(with: literal.utf8)
    }

    private mutating func advance() {
        guard self.place < self.text.count else { return }
        if self.text[self.place] == UInt8(ascii: "\n") { self.line += 1 }
        self.place += 1
    }

    private mutating func add(_ kind: Token.Kind, from start: Int, to end: Int) {
        let text = String(decoding: self.text[start..<end], as: UTF8.self)
        self.tokens.append(Token(kind: kind, text: text, line: self.line, range: start..<end))
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...0xFF:
            true
        default: false
        }
    }
}
