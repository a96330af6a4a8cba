public import CairnLedger

/// What a node knows of another one that it has, or had, a link to.
public struct PeerStatus: Hashable, Sendable {
    public enum Direction: String, Hashable, Sendable {
        /// The other node came.
        case incoming
        /// This node went there.
        case outgoing
    }

    /// Nil as long as nobody was met at the address.
    public var key: PublicKey?
    /// Where it takes links, as it says itself; nil when it takes none.
    public var address: PeerAddress?
    public var isLinked: Bool
    public var direction: Direction?
    /// Since when there is the link, or since when there is none.
    public var since: Timestamp
    public var isMember: Bool
    /// Of the last ping.
    public var roundTrip: Duration?
    public var bytesIn: UInt64
    public var bytesOut: UInt64
    /// Why there is no link.
    public var problem: String?

    public init(
        key: PublicKey?, address: PeerAddress?, isLinked: Bool, direction: Direction?, since: Timestamp, isMember: Bool,
        roundTrip: Duration? = nil, bytesIn: UInt64 = 0, bytesOut: UInt64 = 0, problem: String? = nil
    ) {
        self.key = key
        self.address = address
        self.isLinked = isLinked
        self.direction = direction
        self.since = since
        self.isMember = isMember
        self.roundTrip = roundTrip
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
        self.problem = problem
    }
}
