import ArgumentParser

/// So many bytes a second, or none: `8MB/s`, `off`.
package struct ByteRate: Hashable, Sendable {
    /// Nil when it is off.
    package var bytesPerSecond: UInt64?

    private static let units: [(name: String, bytes: UInt64)] = [
        ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1),
    ]

    package init(bytesPerSecond: UInt64?) {
        self.bytesPerSecond = bytesPerSecond
    }

    /// A whole number from 1 on and a decimal unit, with `/s` or without; or `off`.
    package init?(_ text: String) {
        guard text != "off" else {
            self.bytesPerSecond = nil
            return
        }
        let amount = text.hasSuffix("/s") ? text.dropLast(2) : text[...]
        guard let unit = Self.units.first(where: { amount.hasSuffix($0.name) }) else { return nil }
        let digits = amount.dropLast(unit.name.count)
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = UInt64(digits), number > 0 else {
            return nil
        }
        let (bytes, overflows) = number.multipliedReportingOverflow(by: unit.bytes)
        guard !overflows else { return nil }
        self.bytesPerSecond = bytes
    }
}

extension ByteRate: CustomStringConvertible {
    package var description: String {
        guard let bytesPerSecond else { return "off" }
        for unit in Self.units where bytesPerSecond.isMultiple(of: unit.bytes) {
            return "\(bytesPerSecond / unit.bytes)\(unit.name)/s"
        }
        return "\(bytesPerSecond)B/s"
    }
}

extension ByteRate: ExpressibleByArgument {
    package init?(argument: String) {
        self.init(argument)
    }
}
