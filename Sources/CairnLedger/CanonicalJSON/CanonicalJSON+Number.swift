extension CanonicalJSON {
    /// 2^53: up to here a double holds every integer, so that its canonical text is its digits.
    static let largestExactInteger: UInt64 = 1 << 53
}

extension CanonicalJSON.Pass {
    mutating func number() throws(CanonicalJSONError) {
        let start = position
        let isNegative = byte(at: start) == UInt8(ascii: "-")
        let firstDigit = isNegative ? start &+ 1 : start
        var at = firstDigit
        var integer: UInt64 = 0
        // 2^53 has 16 digits; so many can't overflow.
        let limit = min(count, firstDigit &+ 16)
        while at < limit {
            let digit = byte(at: at) &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            integer = integer &* 10 &+ UInt64(digit)
            at &+= 1
        }
        // An integer below 2^53 with no leading zero, and not minus zero, stays as it is.
        let hasCanonicalStart = at > firstDigit && (byte(at: firstDigit) != UInt8(ascii: "0") || at == start &+ 1)
        if hasCanonicalStart, integer <= CanonicalJSON.largestExactInteger, !continuesNumber(at: at) {
            position = at
        } else {
            try decimalNumber(at: start)
        }
    }

    @inline(__always)
    private func continuesNumber(at offset: Int) -> Bool {
        guard offset < count else { return false }
        switch byte(at: offset) {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): return true
        default: return false
        }
    }

    /// Any number.
    @inline(never)
    private mutating func decimalNumber(at start: Int) throws(CanonicalJSONError) {
        let text = UnsafeRawBufferPointer(start: base, count: count)
        let scanned = try CanonicalJSON.ScannedNumber(text, at: start)
        let decimal = try scanned.exactDecimal(at: start)
        position = scanned.end

        // If the text has the canonical bytes already, the run goes on.
        scratch.removeAll(keepingCapacity: true)
        decimal.append(to: &scratch)
        let written = UnsafeRawBufferPointer(start: base + start, count: scanned.end - start)
        guard !scratch.elementsEqual(written) else { return }
        try endRun(at: start)
        output.append(contentsOf: scratch)
        runStart = scanned.end
    }
}
