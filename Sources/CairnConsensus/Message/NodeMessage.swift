public import CairnLedger

/// Everything that nodes say to one another over their links.
public enum NodeMessage: Hashable, Sendable {
    /// For the vote machine.
    case vote(Message)
    /// For catching up over many blocks, and for the repair of single ones.
    case catchUp(CatchUpMessage)
    /// For beginning at the newest block.
    case snapshot(SnapshotMessage)
    /// A member's signatures under a checkpoint.
    case checkpoint(CheckpointShare)
}

/// What a member signed of a checkpoint, on its way to the others, who gather a quorum of such.
public struct CheckpointShare: Hashable, Sendable {
    /// The checkpoint as a signed note, with the member's own lines and no others.
    public var note: [UInt8]
    /// Whose lines these are.
    public var keys: CertifiedNoteKeys

    public init(note: [UInt8], keys: CertifiedNoteKeys) {
        self.note = note
        self.keys = keys
    }
}
