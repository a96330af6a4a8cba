/// How a node links with others. The defaults fit a node of a small cluster.
public struct PeerConfiguration: Sendable {
    /// Where links are taken; nil for a node that only goes to others. Port 0 lets the system choose.
    public var listen: PeerAddress?
    /// Where others find this node, if that is not where it listens (behind a router, say).
    public var advertised: [PeerAddress]
    /// Where other nodes may be found, to begin with.
    public var join: [PeerAddress]
    /// What the program calls itself to others, for people.
    public var agent: String
    public var threads: Int
    public var limits: PeerLimits
    public var times: PeerTimes

    public init(
        listen: PeerAddress?, advertised: [PeerAddress] = [], join: [PeerAddress] = [], agent: String = "cairn",
        threads: Int = 1, limits: PeerLimits = PeerLimits(), times: PeerTimes = PeerTimes()
    ) {
        self.listen = listen
        self.advertised = advertised
        self.join = join
        self.agent = agent
        self.threads = threads
        self.limits = limits
        self.times = times
    }
}
