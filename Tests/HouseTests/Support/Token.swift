/// A piece of Swift source that a check looks at. Comments and white space are gone.
struct Token: Hashable {
    enum Kind: Hashable {
        /// A name, keyword or number.
        case word
        /// One character that is neither.
        case mark
        /// The text of a string literal, or what stands between its interpolations.
        case string
    }

    var kind: Kind
    var text: String
    /// From 1.
    var line: Int
    /// In bytes from the beginning.
    var range: Range<Int>
}

extension [Token] {
    /// Whether the tokens from `start` on are these words and marks.
    func matches(_ texts: [String], at start: Int) -> Bool {
        guard start + texts.count <= self.count else { return false }
        for (offset, text) in texts.enumerated() {
            guard self[start + offset].kind != .string, self[start + offset].text == text else { return false }
        }
        return true
    }

    /// The place behind the bracket that closes the one at `start`; the end when none does.
    func endOfBrackets(from start: Int) -> Int {
        var depth = 0
        for place in start..<self.count where self[place].kind == .mark {
            if "([{".contains(self[place].text) { depth += 1 }
            if ")]}".contains(self[place].text) { depth -= 1 }
            if depth == 0 { return place + 1 }
        }
        return self.count
    }
}
