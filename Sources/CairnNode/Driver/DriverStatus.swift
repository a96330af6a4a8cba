internal import CairnConsensus
internal import CairnLedger

/// What other threads may know of the machine.
struct DriverStatus: Sendable {
    var isMember = false
    /// Whether this node is the only member.
    var isAlone = false
    /// Why this node must not vote, nil when it may.
    var lostVote: String?
    /// Why no final block can be followed any more, nil while they are.
    var halted: String?
    var epoch: Epoch = 0
    var view: View = 0
    var evidence: [Equivocation] = []
    var catchUp: CatchUpProgress?
    /// The file that the disk has no room for.
    var fullFile: String?
    /// Nil when all of the ledger is there.
    var snapshot: SnapshotProgress?
    /// Whether there is a link to any node, or was since the members are these.
    var hasMetOthers = false
    /// Nil before there are links.
    var quorum: ReadinessSituation.Quorum?
    /// How long records have been waiting without any block becoming final.
    var stalledFor = Duration.zero
}
