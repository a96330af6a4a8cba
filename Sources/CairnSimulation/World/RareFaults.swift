/// Faults that only some seeds have, and how often: each is drawn by itself, apart from the rest of a seed, which means what
/// it meant before.
package struct RareFaults: Sendable {
    /// A member is away, at the end of the faults, while the others pass one view after the other.
    package struct Absence: Sendable {
        /// Its power is off; otherwise it runs on behind links that are cut.
        package var isPoweredOff: Bool
        /// How many views the others pass meanwhile.
        package var views: UInt64
        /// When it comes back, as many of the others go for good as may: then nothing becomes final without it.
        package var othersLeave: Bool
    }

    /// Wall clocks are wrong by minutes.
    package struct WrongClocks: Sendable {
        package enum Direction: CaseIterable, Sendable {
            case ahead, behind, both
        }

        /// From when on, and until when at the latest: when the faults end, they are right.
        package var begin: UInt64
        package var end: UInt64
        /// Of a quorum of the members; otherwise of some that the others can do without.
        package var isOfQuorum: Bool
        package var direction: Direction
        /// All are wrong by the same; otherwise each by what it draws.
        package var isCommon: Bool
        /// One that the others can do without stays wrong for ever.
        package var stays: Bool
    }

    package var absence: Absence?
    /// A member's power goes for good then, if the others can do without it.
    package var leaves: UInt64?
    package var wrongClocks: WrongClocks?
    /// A window of so many records, and clients who hand their ids in again at its edge.
    package var edgeWindow: UInt64?
    /// The place of a node that also says `resolve`, as version 0.1 did.
    package var resolver: Int?
    /// What is drawn for all of this while the world runs.
    var draw: SeededGenerator

    /// How far a clock is wrong.
    static let wrongSeconds: ClosedRange<UInt64> = 60...300

    /// - Parameters:
    ///   - participants: nodes at the beginning.
    ///   - safetyTime: how long there are faults.
    init(seed: UInt64, participants: Int, safetyTime: UInt64) {
        var draw = SeededGenerator(seed: seed ^ 0x7261_7265_0000_0000)
        // Each from a generator of its own, so that the next fault that is added here changes none of them.
        var (away, gone, clocks) = (draw.fork(), draw.fork(), draw.fork())
        var (edge, resolve) = (draw.fork(), draw.fork())
        self.draw = draw.fork()
        if away.chance(perMille: 40) {
            self.absence = Absence(
                isPoweredOff: away.chance(perMille: 500), views: away.within(70...300),
                othersLeave: away.chance(perMille: 500))
        }
        if gone.chance(perMille: 60) { self.leaves = gone.below(safetyTime) }
        if clocks.chance(perMille: 80) {
            let begin = clocks.below(safetyTime / 2)
            let isShort = clocks.chance(perMille: 300)
            self.wrongClocks = WrongClocks(
                begin: begin, end: isShort ? begin + clocks.below(safetyTime - begin) : safetyTime,
                isOfQuorum: clocks.chance(perMille: 400),
                direction: clocks.choose(WrongClocks.Direction.allCases) ?? .both,
                isCommon: clocks.chance(perMille: 500), stays: clocks.chance(perMille: 250))
        }
        if edge.chance(perMille: 120) { self.edgeWindow = edge.within(3...24) }
        if resolve.chance(perMille: 125) { self.resolver = resolve.below(participants) }
    }
}
