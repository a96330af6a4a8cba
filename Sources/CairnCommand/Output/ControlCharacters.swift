extension String {
    /// The text with all that a terminal would not draw as itself, as JSON escapes.
    ///
    /// Escaped are characters that move a terminal's cursor or forge a line (C0, DEL, C1, line separators), that change the
    /// direction of what is around them, and that aren't seen at all.
    package var withoutControlCharacters: String { self.escapingUnseen { $0.isUnseen } }

    /// The same, but for line feeds: of a text whose lines are meant.
    package var withoutControlCharactersInLines: String { self.escapingUnseen { $0.isUnseen && $0 != "\n" } }

    private func escapingUnseen(_ isEscaped: (Unicode.Scalar) -> Bool) -> String {
        guard self.unicodeScalars.contains(where: isEscaped) else { return self }
        var text = ""
        for scalar in self.unicodeScalars {
            switch scalar {
            case _ where !isEscaped(scalar): text.unicodeScalars.append(scalar)
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default: text += scalar.jsonEscape
            }
        }
        return text
    }
}

extension Unicode.Scalar {
    fileprivate var isUnseen: Bool {
        if (0x20...0x7E).contains(self.value) { return false }
        switch self.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return true
        default: return self.properties.isDefaultIgnorableCodePoint
        }
    }

    /// By its UTF-16 code units (RFC 8259, section 7).
    fileprivate var jsonEscape: String {
        String(self).utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }
}
