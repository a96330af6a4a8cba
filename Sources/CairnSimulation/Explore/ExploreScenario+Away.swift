import CairnLedger

// Where a block may be final with the votes of all, one member has been away for long, and some don't wait for it any more: they
// vote for a block before its leader does, which must have shown no other one.
extension ExploreScenario {
    private static let away = 3
    /// Of the view that comes after the prelude.
    private static let leader = 0
    /// Somebody needs more than what the leader may have lost.
    private static let records = [[leader], [1]]

    private static func withOneAway(_ name: String, _ summary: String, _ prelude: Prelude) -> ExploreScenario {
        ExploreScenario(
            name: name, summary: summary, powers: [1, 1, 1, 1], faultModel: .bft, agreement: .simplex2, liar: away,
            lies: [LiarScript(name: "says nothing", lies: [])], submissions: records, submissionsAfterRestart: records,
            prelude: prelude, views: [2], crashes: 2, syncing: .next, delivery: .single(quietMax: 7),
            fairRunEach: 1_000)
    }

    static let e1All = withOneAway(
        "e1-all", "4 members, bft, final with all, one is away, one waits for all; a view after another, two crashes",
        Prelude(waitsInVain: [3, 3, 0, 0]))

    static let e2All = withOneAway(
        "e2-all", "as e1-all, and nobody waits for all", Prelude(waitsInVain: [3, 3, 3, 0]))

    static let e3All = withOneAway(
        "e3-all", "as e1-all, and the leader has said nothing in the view before",
        Prelude(absent: [leader], waitsInVain: [3, 3, 0, 0]))
}
