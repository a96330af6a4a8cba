import CairnConsensus
import CairnLedger
import CairnStore

/// A machine in the simulated world, with its key, clocks and disk, and the program that runs on it or doesn't.
final class Node {
    let number: Int
    let key: SimulatedKey
    var clock: SimulatedClock
    var disk = FaultyDisk(MemoryDisk())
    /// Nil while it is down, and of a liar.
    var process: NodeProcess?
    let lie: LieKind?
    var liar: Liar?

    /// Counts starts: what was planned for an earlier run doesn't happen.
    var run = 0
    var pausedUntil: WorldTime = 0
    /// When the machine wants to be woken.
    var wakeAt: WorldTime?
    /// How often it was woken without time going on.
    var wakesAtOnce = 0
    var lastWake: WorldTime = 0
    var isSealPlanned = false
    /// Its links: to which run of which node.
    var links: [Int: Int] = [:]

    /// Its journal was lost: it doesn't vote any more.
    var hasLostVote = false
    /// Nobody starts it again.
    var isRetired = false
    /// Its power is off until others have passed many views.
    var isAway = false
    /// Its wall clock is wrong by minutes, and nobody sets it.
    var hasWrongClock = false
    /// Bits of its disk were flipped.
    var isDamaged = false
    /// The newest head that clients were shown since the power went last.
    var shownHead: UInt64 = 0

    init(number: Int, key: SimulatedKey, clock: SimulatedClock, lie: LieKind?) {
        self.number = number
        self.key = key
        self.clock = clock
        self.lie = lie
    }

    var isUp: Bool { self.process != nil || self.liar != nil }
    var isHonest: Bool { self.lie == nil }
    /// It can do all that a member has to, once it is up.
    var isHealthy: Bool {
        self.isHonest && !self.hasLostVote && !self.isRetired && !self.isDamaged && !self.hasWrongClock
    }
}
