/// What other nodes may take of this one.
public struct PeerLimits: Hashable, Sendable {
    /// Links in all. A member always finds room: a link to another node ends for it.
    public var links = 64
    /// How many of the links this node itself looks for, besides those to members.
    public var linksWanted = 8
    /// Connections that haven't proven who they are, in all and from one IPv4 address or IPv6 network of 64 bits.
    public var handshakes = 64
    public var handshakesPerHost = 16
    /// Beside these, for networks that members come from.
    public var handshakesReserved = 32
    /// Connections of others that begin in a second: a TLS handshake takes up to a millisecond of the deciding thread. More wait
    /// for their turn.
    public var handshakesPerSecond = 256
    /// Addresses that persons name while the node runs.
    public var namedAddresses = 64
    /// Addresses that a node was started with, now or before: of those of earlier starts no more are kept.
    public var joinedAddresses = 64
    /// Dials under way at the same time, to nodes that are no members.
    public var dialsAtOnce = 8
    /// The same to members.
    public var memberDialsAtOnce = 32
    /// What waits to be sent on one link, in bytes: messages above `urgentBytes` can take this much, smaller ones a
    /// bit more (`urgentReserve`), so that blocks don't crowd out votes.
    public var queueBytes = 32 << 20
    public var urgentBytes = 4 << 10
    public var urgentReserve = 1 << 20
    /// What came on one link and isn't dealt with: it is not read on beyond this many bytes.
    public var unfinishedBytes = 16 << 20
    /// The same in messages.
    public var unfinishedMessages = 4_096
    /// What a member, and any other node, may ask of this one: everything but answers counts.
    public var memberBudget = PeerBudget(messagesPerSecond: 20_000, bytesPerSecond: 256 << 20)
    public var otherBudget = PeerBudget(messagesPerSecond: 500, bytesPerSecond: 16 << 20)
    /// What all nodes together may that are no members: however many there are, what they send takes a part of the deciding
    /// thread's time only.
    public var othersBudget = PeerBudget(messagesPerSecond: 4_000, bytesPerSecond: 64 << 20)
    /// Addresses of other nodes that one link may bring: each costs a check of a signature. The rest is not looked at.
    public var addressesPerSecond = 32
    /// Nodes whose addresses are kept.
    public var knownNodes = 1_024
    /// Nodes that are kept away at the same time.
    public var bans = 1_024

    public init() {}

    /// How many descriptors links take at most. A dial may try two addresses at the same time.
    public var descriptors: Int {
        self.links + self.handshakes + self.handshakesReserved + 2 * (self.dialsAtOnce + self.memberDialsAtOnce)
    }
}

/// What a node may use up, on average; for a moment, as much as in two seconds.
public struct PeerBudget: Hashable, Sendable {
    public var messagesPerSecond: Int
    public var bytesPerSecond: Int

    public init(messagesPerSecond: Int, bytesPerSecond: Int) {
        self.messagesPerSecond = messagesPerSecond
        self.bytesPerSecond = bytesPerSecond
    }
}
