extension CanonicalJSON {
    /// A decimal number of at most 17 digits, as many as tell all doubles apart: ±significand × 10^exponent. The
    /// significand doesn't end in a zero, so that equal values are equal; zero is never negative.
    struct Decimal: Hashable {
        var isNegative: Bool
        var significand: UInt64
        var exponent: Int

        static let zero = Decimal(isNegative: false, significand: 0, exponent: 0)

        /// The shortest digits that read back as `double`, and of those the closest to it: what `Number::toString`
        /// prints (ECMA-262 section 6.1.6.1.20 with its note 2, which RFC 8785 section 3.2.2.3 makes binding). Swift's
        /// `description` finds the same digits and only writes them differently.
        ///
        /// `nil` for an infinity and NaN.
        init?(shortest double: Double) {
            guard double.isFinite else { return nil }
            var description = double.description
            let scanned = description.withUTF8 { text in
                try? ScannedNumber(UnsafeRawBufferPointer(text), at: 0)
            }
            guard let scanned, !scanned.hasTooManyDigits else { return nil }
            self = scanned.decimal
        }

        init(isNegative: Bool, significand: UInt64, exponent: Int) {
            self.isNegative = isNegative
            self.significand = significand
            self.exponent = exponent
        }

        /// Appends the text that `Number::toString` lays out, steps 6 to 10: 25 bytes at most.
        func append(to output: inout [UInt8]) {
            guard significand != 0 else { return output.append(UInt8(ascii: "0")) }
            if isNegative {
                output.append(UInt8(ascii: "-"))
            }
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { buffer in
                var first = buffer.count
                var rest = significand
                while rest > 0 {
                    first -= 1
                    buffer[first] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
                append(digits: buffer[first...], to: &output)
            }
        }

        private func append(digits: Slice<UnsafeMutableBufferPointer<UInt8>>, to output: inout [UInt8]) {
            // The decimal point stands after this many digits.
            let point = digits.count + exponent
            switch point {
            case digits.count...21:
                output += digits
                output += repeatElement(UInt8(ascii: "0"), count: exponent)
            case 1...21:
                output += digits.prefix(point)
                output.append(UInt8(ascii: "."))
                output += digits.dropFirst(point)
            case -5...0:
                output.append(UInt8(ascii: "0"))
                output.append(UInt8(ascii: "."))
                output += repeatElement(UInt8(ascii: "0"), count: -point)
                output += digits
            default:
                output += digits.prefix(1)
                if digits.count > 1 {
                    output.append(UInt8(ascii: "."))
                    output += digits.dropFirst()
                }
                output.append(UInt8(ascii: "e"))
                output.append(point > 0 ? UInt8(ascii: "+") : UInt8(ascii: "-"))
                output += String((point - 1).magnitude).utf8
            }
        }
    }
}
