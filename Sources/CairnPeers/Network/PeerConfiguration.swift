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
    public var limits: PeerLimits
    public var times: PeerTimes

    public init(
        listen: PeerAddress?, advertised: [PeerAddress] = [], join: [PeerAddress] = [], agent: String = "cairn",
        limits: PeerLimits = PeerLimits(), times: PeerTimes = PeerTimes()
    ) {
        self.listen = listen
        self.advertised = advertised
        self.join = join
        self.agent = agent
        self.limits = limits
        self.times = times
    }
}

extension PeerConfiguration {
    /// - Throws: what can't be.
    func validate() throws(PeerError) {
        guard self.advertised.count <= MessageLimits.addressesMax else {
            throw .configuration(
                problem: "\(self.advertised.count) addresses are advertised; at most \(MessageLimits.addressesMax) are")
        }
        for address in self.advertised where !PeerAddress.isHost(address.host) || address.port == 0 {
            throw .configuration(problem: "the advertised address \"\(address)\" is none that others could dial")
        }
        guard self.agent.utf8.count <= MessageLimits.agentBytesMax else {
            throw .configuration(problem: "the program's name has more than \(MessageLimits.agentBytesMax) bytes")
        }
        guard self.limits.links > 0, self.limits.handshakes > 0, self.limits.handshakesPerHost > 0 else {
            throw .configuration(problem: "no link would be allowed at all")
        }
    }
}
