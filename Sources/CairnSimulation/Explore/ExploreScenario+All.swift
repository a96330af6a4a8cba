import CairnLedger

extension ExploreScenario {
    /// By name, in the order in which they are run.
    package static let all: [ExploreScenario] = [a, b, c2, c3, d]

    private static let leadsFirst = 2
    private static let everybody = [0, 1, 3]

    private static let a = ExploreScenario(
        name: "a", summary: "each delivery by itself; 4 members, bft, one view, whose leader shows two blocks",
        powers: [1, 1, 1, 1], faultModel: .bft, liar: leadsFirst,
        lies: [
            LiarScript(
                name: "shows two blocks, says that it has none, and notarises both",
                lies: [
                    (.block(0), everybody), (.block(1), everybody), (.vote(.nullify, block: nil), everybody),
                    (.vote(.notarise, block: 0), everybody), (.vote(.notarise, block: 1), everybody),
                ])
        ],
        submissions: [everybody], views: [1])

    private static let b = ExploreScenario(
        name: "b", summary: "all of some senders at once; 4 members, bft, two views, listed lies",
        powers: [1, 1, 1, 1], faultModel: .bft, liar: leadsFirst, lies: [],
        submissions: [everybody, [0]], views: [2], delivery: .bySender)

    private static let c2 = ExploreScenario(
        name: "c2", summary: "3 members, majority, two views, two crashes", powers: [1, 1, 1], faultModel: .majority,
        submissions: [[0, 1, 2], [0]], views: [2], crashes: 2, syncing: .together)

    private static let c3 = ExploreScenario(
        name: "c3", summary: "3 members, majority, three views, one crash", powers: [1, 1, 1], faultModel: .majority,
        submissions: [[0, 1, 2], [0]], views: [3], crashes: 1, syncing: .together)

    private static let d = ExploreScenario(
        name: "d", summary: "3 members, majority, a change of powers between two views, one crash, separate syncs",
        powers: [1, 1, 1], faultModel: .majority, submissions: [[0, 1, 2], [2]], nextPowers: [1, 1, 3],
        views: [1, 1], crashes: 1, syncing: .apart)
}
