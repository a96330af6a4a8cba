/// Numbers for people, always in the same form whatever the locale.
package enum Readable {
    /// `1234567` as `1,234,567`.
    package static func count(_ number: UInt64) -> String {
        var text = ""
        for (place, digit) in String(number).reversed().enumerated() {
            if place > 0, place.isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    /// `1 record`, `2 records`.
    package static func count(_ number: UInt64, _ noun: String) -> String {
        "\(self.count(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// Bytes in decimal units with one decimal: `85.1 MB`.
    package static func bytes(_ bytes: Double) -> String {
        var value = bytes
        for unit in ["B", "kB", "MB", "GB"] {
            if value < 999.95 { return unit == "B" ? "\(UInt64(clamping: value)) B" : "\(self.decimal(value)) \(unit)" }
            value /= 1_000
        }
        return "\(self.decimal(value)) TB"
    }

    /// One digit behind the point.
    static func decimal(_ value: Double) -> String {
        let tenths = UInt64(clamping: (value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// Seconds as `0:07`, `12:34` or `1:02:03`.
    package static func duration(seconds: Double) -> String {
        let whole = UInt64(clamping: seconds.rounded())
        func two(_ value: UInt64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let (hours, minutes, rest) = (whole / 3_600, whole / 60 % 60, whole % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }
}

extension UInt64 {
    /// The whole part of a number, as far as there is one: 0 of what is below and of what is none, the largest of what is beyond.
    package init(clamping value: Double) {
        self = value >= 0x1p64 ? .max : value > 0 ? UInt64(value) : 0
    }
}
