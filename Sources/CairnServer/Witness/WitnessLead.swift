package import CairnLedger

/// Whether a witness that has cosigned a larger tree than this node has means that the node's data directory is an old copy.
/// Decisions only.
///
/// In a cluster it usually means that the node has just come back, or that another member was quicker: the other members have
/// the records, and this node will have them soon.
package struct WitnessLead {
    /// How long a ledger that others have too may stay behind what a witness has seen.
    package static let patience: Duration = .seconds(30)

    private var first: (size: TreeSize, time: Duration)?

    package init() {}

    /// - Parameters:
    ///   - size: what the witness has cosigned.
    ///   - own: how large the tree of this node is.
    ///   - others: whether other members have the ledger too, so that this node can get from them what it lacks.
    ///   - isReady: whether this node has all that the other members have, as far as it knows.
    ///   - now: time since any fixed moment.
    package mutating func isLoss(
        at size: TreeSize, own: TreeSize, others: Bool, isReady: Bool, now: Duration
    ) -> Bool {
        guard others else { return true }
        guard let first, first.size > own else {
            self.first = (size, now)
            return false
        }
        return isReady && now - first.time >= Self.patience
    }
}
