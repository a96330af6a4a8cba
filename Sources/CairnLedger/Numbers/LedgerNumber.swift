/// A 64-bit number that counts one kind of thing, so that a record's number is never taken for a block's index.
public protocol LedgerNumber: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible,
    ExpressibleByIntegerLiteral
where RawValue == UInt64, IntegerLiteralType == UInt64 {
    init(rawValue: UInt64)
}

extension LedgerNumber {
    @inlinable
    public init(integerLiteral value: UInt64) {
        self.init(rawValue: value)
    }

    @inlinable
    public init(_ value: some BinaryInteger) {
        self.init(rawValue: UInt64(value))
    }

    @inlinable
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }

    public var description: String {
        String(self.rawValue)
    }

    /// The number after this one. Traps after 2^64 - 1: nothing real counts that far, so getting there is a bug.
    @inlinable
    public func next() -> Self {
        Self(rawValue: self.rawValue + 1)
    }

    /// The number before this one, nil for 0.
    @inlinable
    public func previous() -> Self? {
        self.rawValue == 0 ? nil : Self(rawValue: self.rawValue - 1)
    }

    @inlinable
    public static func + (left: Self, right: Int) -> Self {
        precondition(right >= 0, "numbers of a ledger only grow")
        return Self(rawValue: left.rawValue + UInt64(right))
    }
}
