extension CanonicalJSON.Pass {
    /// Reads the string at `position`; returns whether it holds an escape.
    mutating func string() throws(CanonicalJSONError) -> Bool {
        var at = position &+ 1
        var hasEscape = false
        while true {
            at = plainEnd(from: at)
            guard at < count else { throw CanonicalJSONError(.unexpectedEnd, at: count) }
            switch byte(at: at) {
            case UInt8(ascii: "\""):
                position = at &+ 1
                return hasEscape
            case UInt8(ascii: "\\"):
                hasEscape = true
                at = try escape(at: at)
            case 0x80...:
                at = try multibyteEnd(from: at)
            default:
                throw CanonicalJSONError(.controlCharacterInString, at: at)
            }
        }
    }

    /// The first byte from `start` on that ends a run of plain ASCII: a quote, a backslash, a control character, a
    /// byte of a multibyte character; or the end of the text.
    ///
    /// Eight bytes at a time, each tested by arithmetic on its top bit ("Bit Twiddling Hacks", S. E. Anderson: haszero,
    /// hasless). A borrow can mark a byte wrongly only above one that is marked rightly, and the lowest is what counts.
    @inline(__always)
    private func plainEnd(from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var at = start
        while at &+ 8 <= count {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            let low = (word &- ones &* 0x20) & ~word
            let marks = (low | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | word) & tops
            if marks != 0 { return at &+ (marks.trailingZeroBitCount &>> 3) }
            at &+= 8
        }
        while at < count {
            let next = byte(at: at)
            if next < 0x20 || next >= 0x80 || next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\") { break }
            at &+= 1
        }
        return at
    }

    /// Checks the characters of more than one byte at `start` (RFC 3629 section 4) and returns where they end.
    private func multibyteEnd(from start: Int) throws(CanonicalJSONError) -> Int {
        var at = start
        while at < count {
            let first = byte(at: at)
            // The second byte's range keeps out overlong forms, surrogates and what lies above U+10FFFF.
            let length: Int
            let second: ClosedRange<UInt8>
            switch first {
            case ..<0x80: return at
            case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
            case 0xE0: (length, second) = (3, 0xA0...0xBF)
            case 0xED: (length, second) = (3, 0x80...0x9F)
            case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
            case 0xF0: (length, second) = (4, 0x90...0xBF)
            case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
            case 0xF4: (length, second) = (4, 0x80...0x8F)
            default: throw CanonicalJSONError(.invalidUTF8, at: at)
            }
            guard count &- at >= length, second.contains(byte(at: at &+ 1)) else {
                throw CanonicalJSONError(.invalidUTF8, at: at)
            }
            var index = 2
            while index < length {
                guard byte(at: at &+ index) & 0xC0 == 0x80 else { throw CanonicalJSONError(.invalidUTF8, at: at) }
                index &+= 1
            }
            at &+= length
        }
        return at
    }
}
