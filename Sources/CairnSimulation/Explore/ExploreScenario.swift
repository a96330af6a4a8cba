import CairnLedger

/// What one exploration goes through, and its bounds. docs/simulator.md says what they mean.
package struct ExploreScenario: Sendable {
    /// When what a member wrote is durable.
    enum Syncing: Sendable {
        /// Within the step that wrote it.
        case atOnce
        /// For the journal and the log together, before anything else happens to the member, unless it crashes first.
        case next
        /// By a step for the journal and another one for the log.
        case apart
    }

    /// What a member does in one step.
    enum Delivery: Sendable {
        /// It takes messages one by one. So many that it says nothing on may matter for what it says next.
        case single(quietMax: Int)
        /// It takes everything that some of the others have said so far.
        case bySender
    }

    /// What is before the first state: a fair run in which one block becomes final, in the first view.
    struct Prelude: Sendable {
        /// Who isn't there, and gets that block afterwards: it has said nothing then, and its disk doesn't have the block yet.
        var absent: [Int] = []
        /// By member: how often in a row it has waited in vain for the votes of all.
        var waitsInVain: [Int]
    }

    package var name: String
    package var summary: String
    var powers: [UInt64]
    var faultModel: FaultModel
    var agreement = AgreementRule.simplex1
    var liar: Int?
    var lies: [LiarScript] = []
    /// Each record that a client hands in, and at which members.
    var submissions: [[Int]]
    /// The same after a restart, nil when it is the same records: those whose node is gone may try others, and others come.
    var submissionsAfterRestart: [[Int]]?
    var prelude: Prelude?
    /// The members' powers in epoch 1, when there is a change on its way.
    var nextPowers: [UInt64]?
    /// How many views there are in each epoch.
    var views: [UInt64]
    var crashes = 0
    /// Whether a member may also have begun its journal anew just before a crash.
    var trims = false
    var syncing = Syncing.atOnce
    var delivery = Delivery.single(quietMax: 4)
    /// Whether what is missing may be asked for, and is given.
    var hasRequests = false
    /// So long a view may last by each member's clock.
    var viewTime: Duration = .milliseconds(350)
    /// Of the states found, from each so many a fair run is begun.
    package var fairRunEach = 100

    /// All the time that there can be, in all views and after all restarts.
    var time: Duration { self.viewTime * (Int(self.views.reduce(0, +)) + self.crashes + 1) }

    var honest: [Int] { self.powers.indices.filter { $0 != self.liar } }
}

/// What a liar may say, in any order and to each receiver or not.
struct LiarScript: Sendable {
    enum Lie: Sendable {
        /// One of its two blocks in the view that it leads first, with its first vote there, as one who passes it on would show it.
        case block(Int)
        case vote(Vote.Kind, block: Int?)
    }

    var name: String
    /// Each with who may hear it.
    var lies: [(lie: Lie, to: [Int])]
    /// Whether it votes everything for each block that it hears of, and builds on it and beside it where it leads.
    var answers = false
}
