import CairnLedger

extension ExploreScenario {
    /// By name, in the order in which they are run.
    package static let all: [ExploreScenario] = [
        a, aMore, b1, b2, c1, c2, c3, d, aAll, aMoreAll, b1All, b2All, dAll, tAll, e1All, e2All,
        e3All,
    ]

    private static let leadsFirst = 2
    private static let everybody = [0, 1, 3]
    private static let both: [(lie: LiarScript.Lie, to: [Int])] = [(.block(0), everybody), (.block(1), everybody)]
    private static let giveUp: (lie: LiarScript.Lie, to: [Int]) = (.vote(.nullify, block: nil), everybody)
    private static let twoVotes: [(lie: LiarScript.Lie, to: [Int])] = [
        (.vote(.notarise, block: 0), everybody), (.vote(.notarise, block: 1), everybody),
    ]
    private static let votes: [(lie: LiarScript.Lie, to: [Int])] = [
        (.vote(.notarise, block: 0), everybody), (.vote(.notarise, block: 1), everybody),
        (.vote(.finalise, block: 0), everybody), (.vote(.finalise, block: 1), everybody),
    ]

    private static let supports: [(lie: LiarScript.Lie, to: [Int])] = [
        (.vote(.support, block: 0), everybody), (.vote(.support, block: 1), everybody),
    ]

    private static let a = ExploreScenario(
        name: "a", summary: "each delivery by itself; 4 members, bft, one view, whose leader shows two blocks",
        powers: [1, 1, 1, 1], faultModel: .bft, liar: leadsFirst,
        lies: [LiarScript(name: "shows two blocks, with its votes", lies: both + twoVotes)], submissions: [everybody],
        views: [1],
        delivery: .single(quietMax: 7))

    private static let aMore = ExploreScenario(
        name: "a-more", summary: "the same, and the leader may also give the view up",
        powers: [1, 1, 1, 1], faultModel: .bft, liar: leadsFirst,
        lies: [
            LiarScript(
                name: "shows two blocks, with its votes, and gives its view up", lies: both + twoVotes + [giveUp])
        ],
        submissions: [everybody], views: [1],
        delivery: .single(quietMax: 5), fairRunEach: 1_000)

    /// Of one who leads the first view, but for the last script of all.
    private static let leadsFirstLies = [
        LiarScript(name: "says nothing", lies: []),
        LiarScript(name: "shows one block to one member", lies: [(.block(0), [0])]),
        LiarScript(
            name: "shows one block to one member, and votes for what comes", lies: [(.block(0), [1])], answers: true
        ),
        LiarScript(name: "shows one block, and gives its view up", lies: [(.block(0), everybody), giveUp]),
        LiarScript(
            name: "shows one block to the next leader, another to the others",
            lies: [(.block(0), [0]), (.block(1), [1, 3])]),
        LiarScript(
            name: "shows one block to one, another to another, and gives its view up",
            lies: [(.block(0), [1]), (.block(1), [3]), giveUp], answers: true),
    ]
    private static let leadsSecondLies = [
        LiarScript(name: "says nothing", lies: []),
        LiarScript(name: "gives the first view up", lies: [(.vote(.nullify, block: nil), [1, 2, 3])]),
        LiarScript(
            name: "votes for all that comes, and builds on it, beside it, or says it again", lies: [], answers: true
        ),
    ]

    private static let b1 = ExploreScenario(
        name: "b1", summary: "all of some senders at once; 4 members, bft, two views, a liar leads the first",
        powers: [1, 1, 1, 1], faultModel: .bft, liar: leadsFirst,
        lies: leadsFirstLies + [
            LiarScript(
                name: "shows both blocks to all, and says everything", lies: both + [giveUp] + votes, answers: true)
        ],
        submissions: [everybody, [0]], views: [2], delivery: .bySender, fairRunEach: 1_000)

    private static let b2 = ExploreScenario(
        name: "b2", summary: "all of some senders at once; 4 members, bft, two views, a liar leads the second",
        powers: [1, 1, 1, 1], faultModel: .bft, liar: 0,
        lies: leadsSecondLies,
        submissions: [[1, 2, 3], [1]], views: [2], delivery: .bySender, fairRunEach: 1_000)

    private static let c1 = ExploreScenario(
        name: "c1", summary: "3 members, majority, one view, two crashes", powers: [1, 1, 1], faultModel: .majority,
        submissions: [[0, 1, 2]], views: [1], crashes: 2, syncing: .next, delivery: .single(quietMax: 6))

    private static let c2 = ExploreScenario(
        name: "c2", summary: "3 members, majority, two views, two crashes", powers: [1, 1, 1], faultModel: .majority,
        submissions: [[0, 1, 2]], views: [2], crashes: 2, syncing: .next, viewTime: .milliseconds(260),
        fairRunEach: 1_000)

    private static let c3 = ExploreScenario(
        name: "c3", summary: "3 members, majority, three views, one crash", powers: [1, 1, 1], faultModel: .majority,
        submissions: [[0, 1, 2]], views: [3], crashes: 1, syncing: .next, viewTime: .milliseconds(260),
        fairRunEach: 1_000)

    private static let d = ExploreScenario(
        name: "d", summary: "3 members, majority, a change of powers between two views, one crash, separate syncs",
        powers: [1, 1, 1], faultModel: .majority, submissions: [[0, 1, 2], [2]], nextPowers: [1, 1, 3],
        views: [1, 1], crashes: 1, syncing: .apart, delivery: .single(quietMax: 6))

    /// For tests: done in a moment.
    package static let small = ExploreScenario(
        name: "small", summary: "3 members, majority, one view", powers: [1, 1, 1], faultModel: .majority,
        submissions: [[0, 1, 2]], views: [1], syncing: .next, delivery: .single(quietMax: 6), fairRunEach: 10)

    // MARK: Final with all

    private static let aAll = ExploreScenario(
        name: "a-all",
        summary: "each delivery by itself; 4 members, bft, final with all, one view, whose leader shows two blocks",
        powers: [1, 1, 1, 1], faultModel: .bft, agreement: .simplex2, liar: leadsFirst,
        lies: [LiarScript(name: "shows two blocks, with its votes", lies: both + twoVotes)], submissions: [everybody],
        views: [1], delivery: .single(quietMax: 7), fairRunEach: 1_000)

    private static let aMoreAll = ExploreScenario(
        name: "more-all", summary: "as a-all, and the leader may also support both, and give the view up",
        powers: [1, 1, 1, 1], faultModel: .bft, agreement: .simplex2, liar: leadsFirst,
        lies: [
            LiarScript(
                name: "shows two blocks, with its votes, supports both, and gives its view up",
                lies: both + supports + [giveUp])
        ],
        submissions: [everybody], views: [1], delivery: .single(quietMax: 4), fairRunEach: 1_000)

    private static let b1All = ExploreScenario(
        name: "b1-all",
        summary: "all of some senders at once; 4 members, bft, final with all, two views, a liar leads the first",
        powers: [1, 1, 1, 1], faultModel: .bft, agreement: .simplex2, liar: leadsFirst,
        lies: leadsFirstLies + [
            LiarScript(
                name: "shows one block to one, another to the others, and votes to notarise both to the first",
                lies: [(.block(0), [0]), (.block(1), [1, 3]), (.vote(.notarise, block: 1), [0])]),
            LiarScript(
                name: "shows one block to two, and supports it to the third",
                lies: [(.block(0), [0, 1]), (.vote(.support, block: 0), [3])], answers: true),
            LiarScript(
                name: "shows both blocks to all, and says everything", lies: both + [giveUp] + votes + supports,
                answers: true),
        ],
        submissions: [everybody, [0]], views: [2], delivery: .bySender, fairRunEach: 1_000)

    private static let b2All = ExploreScenario(
        name: "b2-all",
        summary: "all of some senders at once; 4 members, bft, final with all, two views, a liar leads the second",
        powers: [1, 1, 1, 1], faultModel: .bft, agreement: .simplex2, liar: 0, lies: leadsSecondLies,
        submissions: [[1, 2, 3], [1]], views: [2], delivery: .bySender, fairRunEach: 1_000)

    private static let tAll = ExploreScenario(
        name: "t-all",
        summary: "4 members, bft, final with all, one view, whose leader talks to two; crashes with new journals",
        powers: [1, 1, 1, 1], faultModel: .bft, agreement: .simplex2, liar: leadsFirst,
        lies: [LiarScript(name: "shows its block to two, with its vote", lies: [(.block(0), [0, 1])])],
        submissions: [everybody], views: [1], crashes: 2, trims: true, delivery: .single(quietMax: 4),
        fairRunEach: 10)

    private static let dAll = ExploreScenario(
        name: "d-all",
        summary: "3 members, bft, final with all, a change of powers between two views, one crash, separate syncs",
        powers: [1, 1, 1], faultModel: .bft, agreement: .simplex2, submissions: [[0, 1, 2], [2]],
        nextPowers: [1, 1, 3], views: [1, 1], crashes: 1, syncing: .apart, delivery: .single(quietMax: 6))
}
