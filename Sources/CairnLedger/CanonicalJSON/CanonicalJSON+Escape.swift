extension CanonicalJSON {
    /// The control character that `\` and this letter stand for; `nil` for `"`, `\`, `/`, which stand for themselves.
    package static func controlCharacter(escapedAs letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "r"): 0x0D
        default: nil
        }
    }

    /// The letter after `\` in the short escape of this ASCII character (RFC 8785 section 3.2.2.2), if it has one.
    static func shortEscape(of character: UInt8) -> UInt8? {
        switch character {
        case 0x08: UInt8(ascii: "b")
        case 0x09: UInt8(ascii: "t")
        case 0x0A: UInt8(ascii: "n")
        case 0x0C: UInt8(ascii: "f")
        case 0x0D: UInt8(ascii: "r")
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): character
        default: nil
        }
    }

    static func hexDigitValue(_ digit: UInt8) -> Int? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(digit - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(digit - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    /// Appends an ASCII character as it stands in a canonical string.
    static func appendInString(_ character: UInt8, to output: inout [UInt8]) {
        if let letter = shortEscape(of: character) {
            output.append(UInt8(ascii: "\\"))
            output.append(letter)
        } else if character < 0x20 {
            let low = character & 0x0F
            output.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0")])
            output.append(UInt8(ascii: "0") + character >> 4)
            output.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        } else {
            output.append(character)
        }
    }
}

extension CanonicalJSON.Pass {
    /// Reads the escape at `start` and returns where it ends; one that is not canonical is replaced.
    mutating func escape(at start: Int) throws(CanonicalJSONError) -> Int {
        guard start &+ 1 < count else { throw CanonicalJSONError(.unexpectedEnd, at: count) }
        let end = start &+ 2
        switch byte(at: start &+ 1) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            return end
        case UInt8(ascii: "/"):
            try endRun(at: start)
            output.append(UInt8(ascii: "/"))
            runStart = end
            return end
        case UInt8(ascii: "u"):
            return try unicodeEscape(at: start)
        default:
            throw CanonicalJSONError(.invalidEscape, at: start)
        }
    }

    private mutating func unicodeEscape(at start: Int) throws(CanonicalJSONError) -> Int {
        let unit = try codeUnit(at: start)
        var end = start &+ 6
        var scalar = unit
        switch unit {
        case 0xD800..<0xDC00:
            let low = try lowSurrogate(at: end, after: start)
            scalar = 0x10000 &+ (unit &- 0xD800) << 10 &+ (low &- 0xDC00)
            end &+= 6
        case 0xDC00..<0xE000:
            throw CanonicalJSONError(.loneSurrogate, at: start)
        case ..<0x20 where CanonicalJSON.shortEscape(of: UInt8(unit)) == nil:
            // Canonical, unless the last digit is a capital.
            let last = byte(at: end &- 1)
            if !(UInt8(ascii: "A")...UInt8(ascii: "F")).contains(last) { return end }
        default:
            break
        }
        try endRun(at: start)
        appendScalar(UInt32(scalar))
        runStart = end
        return end
    }

    /// The second half of the pair that the escape at `first` begins.
    private func lowSurrogate(at start: Int, after first: Int) throws(CanonicalJSONError) -> Int {
        for (index, expected) in [UInt8(ascii: "\\"), UInt8(ascii: "u")].enumerated() {
            guard start &+ index < count else { throw CanonicalJSONError(.unexpectedEnd, at: count) }
            guard byte(at: start &+ index) == expected else { throw CanonicalJSONError(.loneSurrogate, at: first) }
        }
        let unit = try codeUnit(at: start)
        guard (0xDC00..<0xE000).contains(unit) else { throw CanonicalJSONError(.loneSurrogate, at: first) }
        return unit
    }

    /// The four hex digits of the escape at `start`.
    private func codeUnit(at start: Int) throws(CanonicalJSONError) -> Int {
        var unit = 0
        for at in start &+ 2..<start &+ 6 {
            guard at < count else { throw CanonicalJSONError(.unexpectedEnd, at: count) }
            guard let digit = CanonicalJSON.hexDigitValue(byte(at: at)) else {
                throw CanonicalJSONError(.invalidEscape, at: start)
            }
            unit = unit << 4 | digit
        }
        return unit
    }

    private mutating func appendScalar(_ scalar: UInt32) {
        let tail = { (shift: UInt32) in UInt8(truncatingIfNeeded: 0x80 | scalar >> shift & 0x3F) }
        switch scalar {
        case ..<0x80:
            CanonicalJSON.appendInString(UInt8(scalar), to: &output)
        case ..<0x800:
            output.append(UInt8(0xC0 | scalar >> 6))
            output.append(tail(0))
        case ..<0x10000:
            output.append(UInt8(0xE0 | scalar >> 12))
            output.append(tail(6))
            output.append(tail(0))
        default:
            output.append(UInt8(0xF0 | scalar >> 18))
            output.append(tail(12))
            output.append(tail(6))
            output.append(tail(0))
        }
    }
}
