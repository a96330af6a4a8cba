extension String {
    /// The text with control characters, which could move a terminal's cursor or forge a line, as JSON escapes.
    ///
    /// Escaped are C0, DEL, C1, and the line separators U+2028 and U+2029.
    var withoutControlCharacters: String {
        guard self.unicodeScalars.contains(where: \.isControl) else { return self }
        var text = ""
        for scalar in self.unicodeScalars {
            switch scalar {
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.isControl:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool {
        self.value < 0x20 || (0x7F...0x9F).contains(self.value) || self == "\u{2028}" || self == "\u{2029}"
    }
}
