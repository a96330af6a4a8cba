extension CanonicalJSON {
    /// A number of RFC 8259 section 6, read digit by digit without ever making it a double; linear in its length.
    struct ScannedNumber {
        /// Where its text ends.
        private(set) var end: Int
        /// The exponent of its first digit that isn't zero: the number lies in 10^leading..<10^(leading + 1).
        private(set) var leadingExponent = 0
        /// There are more than 17 digits between the first and the last that aren't zero; `decimal` says nothing then.
        private(set) var hasTooManyDigits = false
        private(set) var decimal = Decimal.zero

        /// More than the digits of any text can make up for; ten times as much is still an Int.
        private static let exponentLimit = 1 << 58

        /// - Parameters:
        ///   - text: The number starts at `start`, and what follows it is not looked at.
        init(_ text: UnsafeRawBufferPointer, at start: Int) throws(CanonicalJSONError) {
            end = start
            let isNegative = skip(UInt8(ascii: "-"), in: text)
            var digits = SignificantDigits()
            let integerStart = end
            try readDigits(text, start) { digits.append($0) }
            let integerCount = end - integerStart
            guard text[integerStart] != UInt8(ascii: "0") || integerCount == 1 else {
                throw CanonicalJSONError(.invalidNumber, at: start)
            }
            if skip(UInt8(ascii: "."), in: text) {
                try readDigits(text, start) { digits.append($0) }
            }
            var exponent = 0
            if skip(UInt8(ascii: "e"), in: text) || skip(UInt8(ascii: "E"), in: text) {
                let isSmall = skip(UInt8(ascii: "-"), in: text)
                _ = !isSmall && skip(UInt8(ascii: "+"), in: text)
                try readDigits(text, start) { exponent = min(exponent * 10 + Int($0), Self.exponentLimit) }
                exponent = isSmall ? -exponent : exponent
            }
            guard let first = digits.first else { return }
            leadingExponent = integerCount - 1 - first + exponent
            hasTooManyDigits = digits.last - first >= SignificantDigits.countMax
            decimal = Decimal(
                isNegative: isNegative,
                significand: digits.significand,
                exponent: integerCount - 1 - digits.last + exponent)
        }

        /// The number's value, if the text of its nearest double has the same.
        func exactDecimal(at start: Int) throws(CanonicalJSONError) -> Decimal {
            guard decimal.significand != 0 else { return .zero }
            // The doubles reach from 4.9e-324 to 1.8e308.
            guard (-324...308).contains(leadingExponent) else { throw CanonicalJSONError(.numberOutOfRange, at: start) }
            guard !hasTooManyDigits else { throw CanonicalJSONError(.inexactNumber, at: start) }
            // Any two numbers of up to 15 digits have different nearest doubles (DBL_DIG), away from the subnormal
            // ones; so no shorter text can stand for this one's, and no other of the same length.
            if decimal.significand < 1_000_000_000_000_000, (-300...300).contains(leadingExponent) { return decimal }

            let sign = decimal.isNegative ? "-" : ""
            guard let nearest = Double("\(sign)\(decimal.significand)e\(decimal.exponent)"), nearest.isFinite,
                nearest != 0
            else { throw CanonicalJSONError(.numberOutOfRange, at: start) }
            // Up to 2^53 each integer is a double; beyond, its shortest text may be another number's.
            guard Decimal(shortest: nearest) == decimal else { throw CanonicalJSONError(.inexactNumber, at: start) }
            return decimal
        }

        private mutating func skip(_ byte: UInt8, in text: UnsafeRawBufferPointer) -> Bool {
            guard end < text.count, text[end] == byte else { return false }
            end += 1
            return true
        }

        private mutating func readDigits(
            _ text: UnsafeRawBufferPointer, _ start: Int, _ append: (UInt8) -> Void
        ) throws(CanonicalJSONError) {
            let first = end
            while end < text.count, case let digit = text[end] &- UInt8(ascii: "0"), digit < 10 {
                append(digit)
                end += 1
            }
            guard end == first else { return }
            guard end < text.count else { throw CanonicalJSONError(.unexpectedEnd, at: end) }
            throw CanonicalJSONError(.invalidNumber, at: start)
        }
    }

    /// The digits of a number from the first to the last that isn't zero.
    private struct SignificantDigits {
        static let countMax = 17

        /// The index, among all digits, of the first that isn't zero, and of the last.
        private(set) var first: Int?
        private(set) var last = 0
        /// The digits from `first` to `last`, while they are at most 17.
        private(set) var significand: UInt64 = 0
        private var count = 0

        mutating func append(_ digit: UInt8) {
            defer { count += 1 }
            guard digit != 0 else { return }
            if let first, count - first < Self.countMax {
                // The zeros since the last one now count.
                for _ in last..<count {
                    significand *= 10
                }
                significand += UInt64(digit)
            } else if first == nil {
                first = count
                significand = UInt64(digit)
            }
            last = count
        }
    }
}
