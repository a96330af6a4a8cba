internal import NIOCore

/// How the server is set up.
public struct ServerConfiguration: Sendable {
    /// The address to listen on: a name or an IP address. Anything but a loopback address opens the ledger to the network.
    public var host = "127.0.0.1"
    /// 0: one that is free.
    public var port = 5_000
    /// Lets clients damage a block, to see validation find it.
    public var demo = false
    /// Names that clients may call this server by, beside loopback names and addresses and the address that it listens on.
    public var allowedHosts: [String] = []
    /// Open connections; more are closed at once.
    public var connectionsMax = HTTPLimits.connectionsMax
    /// Threads that serve connections. 0: the thread on which the node decides and hears other nodes does that too. Where nodes
    /// outnumber cores, this saves most changes of threads.
    public var eventLoopThreads = System.coreCount

    package var timeouts = HTTPTimeouts()

    public init() {}
}
