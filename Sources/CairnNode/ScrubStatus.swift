public import CairnLedger
public import CairnStore

/// What a node's slow, endless check of its own ledger has found.
public struct ScrubStatus: Sendable {
    /// At most so much is read.
    public var bytesPerSecond: UInt64
    /// How much of the present pass is done, from 0 to 1.
    public var progress = 0.0
    /// Nil before the first one.
    public var lastPassFinishedAt: Timestamp?
    /// What the last pass found: it stays until one finds nothing.
    public var corruption: Corruption?

    init(bytesPerSecond: UInt64) {
        self.bytesPerSecond = bytesPerSecond
    }
}
