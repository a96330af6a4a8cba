public import CairnLedger

/// A record of the ledger, proven to be in the signed tree at its number.
public struct VerifiedRecord: Hashable, Sendable {
    public var number: RecordNumber
    public var record: Record

    public init(number: RecordNumber, record: Record) {
        self.number = number
        self.record = record
    }
}
