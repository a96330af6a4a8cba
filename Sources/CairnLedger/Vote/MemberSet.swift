/// A node with a vote.
public struct Member: Hashable, Sendable {
    public var key: PublicKey
    /// 1 to `Limits.powerMax`.
    public var power: UInt64

    public init(key: PublicKey, power: UInt64 = 1) {
        self.key = key
        self.power = power
    }
}

/// What may go wrong with members while the ledger stays right; it sets the quorum.
public enum FaultModel: String, Hashable, Sendable, CaseIterable {
    /// Any minority of the power may crash: more than 1/2 makes a quorum.
    case majority
    /// Less than 1/3 of the power may lie: more than 2/3 makes a quorum.
    case bft
}

/// The members of one epoch, in the order that certificates count them.
public struct MemberSet: Hashable, Sendable {
    public let members: [Member]
    public let faultModel: FaultModel
    /// The smallest power that is a quorum.
    public let quorumPower: UInt64
    /// The most power that may lie.
    public let liarPowerMax: UInt64
    /// Whether members may lie, and any two of them have more power than may: true of 2 to 6 members with the same power
    /// under `bft`.
    public let atMostOneLies: Bool

    /// Nil unless there are 1 to `Limits.membersMax` different members with powers in range.
    public init?(_ members: [Member], faultModel: FaultModel) {
        guard !members.isEmpty, members.count <= Limits.membersMax,
            Set(members.map(\.key)).count == members.count,
            members.allSatisfy({ (1...Limits.powerMax).contains($0.power) })
        else { return nil }
        let total = members.reduce(0) { $0 + $1.power }
        self.members = members
        self.faultModel = faultModel
        self.quorumPower =
            switch faultModel {
            case .majority: total / 2 + 1
            case .bft: total * 2 / 3 + 1
            }
        self.liarPowerMax =
            switch faultModel {
            case .majority: 0
            case .bft: (total - 1) / 3
            }
        let smallest = members.map(\.power).sorted().prefix(2)
        self.atMostOneLies = faultModel == .bft && smallest.count == 2 && smallest.reduce(0, +) > self.liarPowerMax
    }

    public func position(of key: PublicKey) -> Int? {
        self.members.firstIndex { $0.key == key }
    }

    /// Whether a key is the only member's, who needs nobody's agreement.
    public func isOnly(_ key: PublicKey) -> Bool {
        self.members.count == 1 && self.members[0].key == key
    }
}
