extension CanonicalJSON {
    /// A member's name, as it stands in the text, between its quotes: checked, not unescaped.
    package struct Name {
        var start: Int
        var end: Int
        var hasEscape: Bool

        var quoteOffset: Int { start - 1 }
    }

    /// The order of two names by the UTF-16 code units that they stand for (RFC 8785 section 3.2.3): negative if
    /// `left` comes first, zero if they are the same.
    ///
    /// UTF-8 bytes sort like code points, and those like UTF-16, but for one case: U+E000..U+FFFF (first byte 0xEE,
    /// 0xEF) come after the surrogate pairs (first byte 0xF0..0xF4). Only first bytes are as large as that, and two
    /// characters that differ in their first byte differ there first, so that exchanging the two groups where the
    /// bytes differ is enough.
    static func compare(_ left: Name, _ right: Name, in base: UnsafeRawPointer) -> Int {
        guard !left.hasEscape, !right.hasEscape else { return compareUnescaped(left, right, in: base) }
        let leftCount = left.end &- left.start
        let rightCount = right.end &- right.start
        let leftBase = base + left.start
        let rightBase = base + right.start
        var index = 0
        let common = min(leftCount, rightCount)
        while index < common {
            let leftByte = leftBase.load(fromByteOffset: index, as: UInt8.self)
            let rightByte = rightBase.load(fromByteOffset: index, as: UInt8.self)
            if leftByte != rightByte { return rank(leftByte) &- rank(rightByte) }
            index &+= 1
        }
        return leftCount &- rightCount
    }

    private static func rank(_ byte: UInt8) -> Int {
        byte == 0xEE || byte == 0xEF ? Int(byte) &+ 0x10 : Int(byte)
    }

    @inline(never)
    private static func compareUnescaped(_ left: Name, _ right: Name, in base: UnsafeRawPointer) -> Int {
        var leftUnits = UnescapedUnits(name: left, base: base)
        var rightUnits = UnescapedUnits(name: right, base: base)
        while true {
            let leftUnit = leftUnits.next()
            let rightUnit = rightUnits.next()
            if leftUnit != rightUnit { return leftUnit &- rightUnit }
            if leftUnit < 0 { return 0 }
        }
    }

    /// The UTF-16 code units of a checked name, one after the other.
    private struct UnescapedUnits {
        var at: UnsafeRawPointer
        let end: UnsafeRawPointer
        /// The second half of a surrogate pair that was written as four bytes.
        var pending: Int?

        init(name: Name, base: UnsafeRawPointer) {
            at = base + name.start
            end = base + name.end
        }

        /// Below zero at the end, which thereby sorts before everything.
        mutating func next() -> Int {
            if let unit = pending {
                pending = nil
                return unit
            }
            guard at < end else { return -1 }
            let first = take()
            switch first {
            case UInt8(ascii: "\\"): return unescaped()
            case 0..<0x80: return Int(first)
            case 0..<0xE0: return tail(of: Int(first & 0x1F), bytes: 1)
            case 0..<0xF0: return tail(of: Int(first & 0x0F), bytes: 2)
            default:
                let offset = tail(of: Int(first & 0x07), bytes: 3) - 0x10000
                pending = 0xDC00 + (offset & 0x3FF)
                return 0xD800 + (offset >> 10)
            }
        }

        private mutating func take() -> UInt8 {
            defer { at += 1 }
            return at.load(as: UInt8.self)
        }

        private mutating func tail(of leading: Int, bytes: Int) -> Int {
            var scalar = leading
            for _ in 0..<bytes {
                scalar = scalar << 6 | Int(take() & 0x3F)
            }
            return scalar
        }

        private mutating func unescaped() -> Int {
            let kind = take()
            guard kind == UInt8(ascii: "u") else { return Int(CanonicalJSON.controlCharacter(escapedAs: kind) ?? kind) }
            var unit = 0
            for _ in 0..<4 {
                unit = unit << 4 | (CanonicalJSON.hexDigitValue(take()) ?? 0)
            }
            return unit
        }
    }
}
