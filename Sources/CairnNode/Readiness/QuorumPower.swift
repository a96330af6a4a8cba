internal import CairnLedger

/// How much of the members' power is there, and how much decides.
public struct QuorumPower: Hashable, Sendable {
    /// Of the members that are there, as far as this node can tell, itself among them when its vote counts.
    public var present: UInt64
    /// The least that decides.
    public var needed: UInt64
    public var total: UInt64

    public init(present: UInt64, needed: UInt64, total: UInt64) {
        self.present = present
        self.needed = needed
        self.total = total
    }

    /// Nobody is there.
    init(_ members: MemberSet) {
        self.init(
            present: 0, needed: members.quorumPower, total: members.members.reduce(0) { $0 + $1.power })
    }
}

extension QuorumPower: CustomStringConvertible {
    public var description: String {
        "this node hears of a power of \(self.present) of \(self.total), and \(self.needed) decides"
    }
}
