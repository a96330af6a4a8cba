public import CairnLedger

/// Everything that readiness depends on.
package struct ReadinessSituation: Sendable {
    /// Why the node stopped by itself.
    package var failure: String?
    package var isStopping = false
    /// Whether this node is the only member, who needs nobody.
    package var isAlone = true
    /// Why this node must not vote where it is a member.
    package var lostVote: String?
    /// Why no final block can be followed any more.
    package var halted: String?
    package var damage: String?
    /// The file that the disk has no room for.
    package var fullFile: String?
    package var hasLinks = false
    /// Whether it has a link, or an address where to look for one.
    package var knowsOthers = false
    /// Of other members; nil before there are links.
    package var quorum: Quorum?
    package var catchUp: (block: UInt64, of: UInt64)?
    /// How long records have been waiting without any block becoming final.
    package var stalledFor = Duration.zero
    package var headTimestamp = Timestamp(microseconds: 0)
    package var now = Timestamp(microseconds: 0)

    package struct Quorum: Hashable, Sendable {
        package var power: QuorumPower
        package var isThere: Bool
        /// Whether the node began so recently that others may not have been met yet.
        package var isStarting: Bool

        package init(power: QuorumPower, isThere: Bool, isStarting: Bool) {
            self.power = power
            self.isThere = isThere
            self.isStarting = isStarting
        }
    }

    package init() {}
}

extension Readiness {
    /// Longer than views take that a leader's death or a bad line costs.
    package static let stalledMin = Duration.seconds(10)
    /// Clocks differ by some seconds: that is nobody's business.
    public static let headAheadMin = Duration.seconds(5)

    package init(_ situation: ReadinessSituation) {
        var obstacles: [Obstacle] = []
        if let failure = situation.failure { obstacles.append(.failed(failure)) }
        if situation.isStopping { obstacles.append(.stopping) }
        if let halted = situation.halted { obstacles.append(.halted(halted)) }
        if let lostVote = situation.lostVote { obstacles.append(.lostVote(lostVote)) }
        if let damage = situation.damage { obstacles.append(.damaged(damage)) }
        if let file = situation.fullFile { obstacles.append(.diskFull(file: file)) }
        if !situation.isAlone { obstacles += Self.others(situation) }
        let headAhead = Self.headAhead(situation.headTimestamp, now: situation.now)
        self.init(obstacles: obstacles, cautions: headAhead.map { [$0] } ?? [])
    }

    /// What hinders those who need others.
    private static func others(_ situation: ReadinessSituation) -> [Obstacle] {
        guard situation.hasLinks, let quorum = situation.quorum else { return [.noLinks] }
        var obstacles: [Obstacle] = []
        if !quorum.isThere {
            if !situation.knowsOthers {
                obstacles.append(.noAddresses)
            } else {
                obstacles.append(quorum.isStarting ? .starting(quorum.power) : .noQuorum(quorum.power))
            }
        }
        if let catchUp = situation.catchUp { obstacles.append(.catchingUp(block: catchUp.block, of: catchUp.of)) }
        if quorum.isThere, situation.stalledFor >= Self.stalledMin {
            obstacles.append(.stalled(seconds: situation.stalledFor.components.seconds))
        }
        return obstacles
    }

    /// Whether the newest block's time is ahead of a clock, by more than clocks usually differ.
    public static func headAhead(_ head: Timestamp, now: Timestamp) -> Caution? {
        guard head > now else { return nil }
        let seconds = Int64(clamping: (head.microseconds - now.microseconds) / 1_000_000)
        return Duration.seconds(seconds) >= Self.headAheadMin ? .headAhead(seconds: seconds) : nil
    }
}
