import CairnConsensus
import CairnLedger

/// What has to hold in every state, looked at once for all states in which the same was said and shown.
struct StateCheck {
    private let stage: ExploreStage
    private let tables: [MemberTable?]
    private let packets: ExploredPackets
    private var seen = TupleTable()

    init(stage: ExploreStage, tables: [MemberTable?], packets: ExploredPackets) {
        self.stage = stage
        self.tables = tables
        self.packets = packets
    }

    /// How many different ones were looked at.
    var count: Int { self.seen.count }

    /// - Parameter state: the number of each member's state.
    mutating func check(_ state: TupleTable.Tuple) throws(Violation) {
        var shown = TupleTable.Tuple(repeating: 0)
        for (place, table) in self.tables.enumerated() {
            if let table { shown[place] = table.shown(state[place]) }
        }
        guard self.seen.insert(shown).isNew else { return }
        var judge = self.stage.judge
        for (place, table) in self.tables.enumerated() {
            guard let member = table?.member(showing: shown[place]).member else { continue }
            if let violation = member.violation { throw violation }
            for final in member.disk.shown { try judge.finalised(final, by: place) }
        }
        for (place, table) in self.tables.enumerated() {
            for number in table?.member(showing: shown[place]).sent ?? [] {
                switch self.packets[number].message {
                case .vote(let vote) where Int(vote.member) == place:
                    try judge.cast(vote) { self.stage.scenario.liar.map { self.stage.keys[$0].publicKey.bytes } == $0 }
                case .proposal(let proposal) where proposal.vote.map({ Int($0.member) == place }) ?? true:
                    try judge.propose(
                        proposal.block.header.hash, in: CastPlace(epoch: proposal.epoch, view: proposal.view), by: place
                    )
                default: break
                }
            }
        }
    }
}
