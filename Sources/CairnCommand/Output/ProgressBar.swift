/// How far something long has come, as one line of text.
package struct ProgressBar {
    /// What is being done: `verify`.
    package var label: String
    /// What is counted: `blocks`.
    package var unit: String
    package var done: UInt64 = 0
    /// Of the unit. Nil when it isn't known.
    package var total: UInt64?
    package var bytes: UInt64 = 0
    /// Nil or zero when it isn't known; otherwise the bar goes by bytes, which pass more evenly than units.
    package var bytesTotal: UInt64?

    package init(
        label: String, unit: String, done: UInt64 = 0, total: UInt64? = nil, bytes: UInt64 = 0,
        bytesTotal: UInt64? = nil
    ) {
        self.label = label
        self.unit = unit
        self.done = done
        self.total = total
        self.bytes = bytes
        self.bytesTotal = bytesTotal
    }

    private static let barColumnsMax = 40
    private static let barColumnsMin = 6

    /// From 0 to 1, nil when no total is known.
    package var fraction: Double? {
        if let bytesTotal, bytesTotal > 0 { return min(1, Double(self.bytes) / Double(bytesTotal)) }
        guard let total, total > 0 else { return nil }
        return min(1, Double(self.done) / Double(total))
    }

    /// The line, at most `columns` wide.
    package func line(seconds: Double, columns: Int) -> String {
        var parts = ["\(Readable.count(self.done)) \(self.unit)"]
        if seconds > 0 {
            parts.append("\(Readable.count(UInt64(clamping: Double(self.done) / seconds))) \(self.unit)/s")
            parts.append("\(Readable.bytes(Double(self.bytes) / seconds))/s")
        }
        let fraction = self.fraction
        if let fraction, fraction > 0, seconds > 0 {
            parts.append("ETA \(Readable.duration(seconds: seconds * (1 - fraction) / fraction))")
        }
        let percent = fraction.map { value in
            let digits = "\(Int(value * 100))%"
            return String(repeating: " ", count: 4 - digits.count) + digits
        }
        let numbers = parts.joined(separator: "  ")
        let head = [self.label, percent].compactMap { $0 }.joined(separator: " ")
        // Two brackets and the spaces around the bar.
        let room = columns - head.count - numbers.count - 5
        guard let fraction, room >= Self.barColumnsMin else { return String("\(head)  \(numbers)".prefix(columns)) }
        let width = min(room, Self.barColumnsMax)
        let filled = Int(Double(width) * fraction)
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
        return "\(head) [\(bar)]  \(numbers)"
    }
}
