import ArgumentParser

/// A length of time on the command line: a number with ms, s, m or h behind it.
package struct Interval: ExpressibleByArgument, CustomStringConvertible {
    package let duration: Duration
    package let description: String

    package init(_ duration: Duration, text: String) {
        self.duration = duration
        self.description = text
    }

    /// Nil for anything else, for nothing and for more than a year.
    package init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        let milliseconds: Int64? =
            switch argument.dropFirst(digits.count) {
            case "ms": 1
            case "s": 1_000
            case "m": 60_000
            case "h": 3_600_000
            default: nil
            }
        guard let milliseconds, let number = Int64(digits), (1...366 * 86_400_000 / milliseconds).contains(number)
        else { return nil }
        self.init(.milliseconds(number * milliseconds), text: argument)
    }

    var defaultValueDescription: String { self.description }
}
