/// A number by its canonical text (RFC 8785 section 3.2.2.3).
public struct JSONNumber: Hashable, Sendable {
    /// For instance `0`, `-1.5`, `1e+21`.
    public let text: String

    /// `text` must be canonical.
    package init(canonicalText text: String) {
        self.text = text
    }

    /// `nil` above 2^53, where doubles leave out integers.
    public init?(_ integer: UInt64) {
        guard integer <= CanonicalJSON.largestExactInteger else { return nil }
        self.init(canonicalText: String(integer))
    }

    /// `nil` for infinities and NaN, which JSON doesn't have; minus zero becomes zero.
    public init?(_ double: Double) {
        guard let decimal = CanonicalJSON.Decimal(shortest: double) else { return nil }
        var text: [UInt8] = []
        decimal.append(to: &text)
        self.init(canonicalText: String(decoding: text, as: UTF8.self))
    }

    /// The value, if it is an integer from 0 to 2^53.
    public var uint64: UInt64? {
        guard let integer = UInt64(text), integer <= CanonicalJSON.largestExactInteger else { return nil }
        return integer
    }
}
