internal import CairnLedger

/// In which views one round of votes is enough: docs/consensus.md, "Fast views".
///
/// What was voted for in one round can't be given up again. When a leader shows some members one block and some another, there is
/// a way out only if the others can trust each other from then on: if a leader that lies leaves no power for another liar.
struct FastViews: Sendable {
    /// By the leader's place.
    private let leaders: [Bool]

    init(_ members: MemberSet) {
        let powers = members.members.map(\.power)
        switch members.faultModel {
        case .majority:
            self.leaders = powers.map { _ in true }
        case .bft:
            // A quorum is all the power but what may lie.
            let lying = powers.reduce(0, +) - members.quorumPower
            self.leaders = powers.indices.map { leader in
                powers.indices.allSatisfy { $0 == leader || powers[leader] + powers[$0] > lying }
            }
        }
    }

    func contain(leader: Int) -> Bool { self.leaders[leader] }
}
