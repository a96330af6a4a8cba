package import CairnHash

/// Numbers as the C2SP formats write them.
enum Decimal {
    /// ASCII digits without sign and leading zeros, below 2^64. Nil for anything else.
    static func parse(_ digits: some Collection<UInt8>) -> UInt64? {
        guard let first = digits.first, digits.count <= 20, first != UInt8(ascii: "0") || digits.count == 1
        else { return nil }
        var number: UInt64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (shifted, overflows) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflowsToo) = shifted.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
            guard !overflows, !overflowsToo else { return nil }
            number = sum
        }
        return number
    }
}

extension Base64 {
    /// Nil unless the text is that of exactly 32 bytes.
    package static func digest(_ text: some Collection<UInt8>) -> Digest? {
        guard text.count == 44, let bytes = Self.decode(String(decoding: text, as: UTF8.self)) else { return nil }
        return Digest(bytes: bytes)
    }
}
