/// The place of a block in the chain; the genesis block's is 0.
public struct BlockIndex: LedgerNumber {
    public let rawValue: UInt64

    @inlinable
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}

/// The place of a record in the ledger, and of its leaf in the Merkle tree, from 0.
public struct RecordNumber: LedgerNumber {
    public let rawValue: UInt64

    @inlinable
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}

/// How many records the ledger holds up to some point: the number that the next record gets.
public struct TreeSize: LedgerNumber {
    public let rawValue: UInt64

    @inlinable
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// The number that the next record gets.
    @inlinable
    public var nextRecord: RecordNumber { RecordNumber(rawValue: self.rawValue) }

    @inlinable
    public func contains(_ number: RecordNumber) -> Bool { number.rawValue < self.rawValue }
}

/// The number of a member set, 0 from the genesis block on.
public struct Epoch: LedgerNumber {
    public let rawValue: UInt64

    @inlinable
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}

/// One leader's turn in an epoch, from 1.
public struct View: LedgerNumber {
    public let rawValue: UInt64

    @inlinable
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}
