/// Whether a node takes records now, and if not, why: derived from the states that would refuse or hold up an append, and from
/// nothing else. What `/readyz`, `/v1/node`, `cairn_ready` and `cairn status` say is this.
public struct Readiness: Hashable, Sendable {
    /// Why an append would be refused, or not become final.
    public enum Obstacle: Hashable, Sendable {
        /// The node stopped by itself.
        case failed(String)
        case stopping
        /// This node is a member and must not vote.
        case lostVote(String)
        /// A quorum made a block final that this program can't follow: it is too old, or they lied.
        case halted(String)
        /// Something stored is not what was written.
        case damaged(String)
        /// The disk has no room for this file.
        case diskFull(file: String)
        /// Others have to agree, and the node was opened without links.
        case noLinks
        /// Others have to agree, and the node knows no address of any, nor did one come to it.
        case noAddresses
        /// It just began, and didn't hear from enough members yet.
        case starting(QuorumPower)
        case noQuorum(QuorumPower)
        /// Blocks that others have are being fetched.
        case catchingUp(block: UInt64, of: UInt64)
        /// Enough members are there, records wait, and no block has become final for so many seconds.
        case stalled(seconds: Int64)
    }

    /// What hinders no append, and somebody has to know.
    public enum Caution: Hashable, Sendable {
        /// The newest block's time is so far ahead of this node's clock. New blocks repeat it until the clock is there.
        case headAhead(seconds: Int64)
    }

    /// The most important one first.
    public var obstacles: [Obstacle]
    public var cautions: [Caution]

    package init(obstacles: [Obstacle], cautions: [Caution] = []) {
        self.obstacles = obstacles
        self.cautions = cautions
    }

    public var isReady: Bool { self.obstacles.isEmpty }
    /// The most important obstacle in words; nil when there is none.
    public var reason: String? { self.obstacles.first.map { "\($0)" } }
}
