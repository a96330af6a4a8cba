/// When links do things, and when they give up.
public struct PeerTimes: Sendable {
    /// From a connection's beginning to its greetings.
    public var handshake: Duration = .seconds(10)
    /// The same for who takes the connection: places of those that say nothing are few.
    public var incomingHandshake: Duration = .seconds(5)
    /// How often the other end is asked for a sign of life.
    public var ping: Duration = .seconds(5)
    /// How long nothing may come from the other end.
    public var silence: Duration = .seconds(20)
    /// How often is looked who could be dialed.
    public var look: Duration = .milliseconds(500)
    /// The wait after a first failed dial; it doubles with each further one, up to the last. What is waited is
    /// between half of that and all of it, by chance, so that nodes that lost each other don't come back in step.
    public var backoffFirst: Duration = .milliseconds(500)
    public var backoffLast: Duration = .seconds(60)
    /// How long an address that a person named while the node runs is looked at without meeting anybody.
    public var forgetNamed: Duration = .seconds(900)
    /// How long a banned node is kept away.
    public var ban: Duration = .seconds(3_600)
    /// How often learned addresses are saved at most.
    public var save: Duration = .seconds(5)

    public init() {}
}
