/// How a client talks to nodes.
public struct ClientConfiguration: Sendable {
    /// Of a whole exchange, from the connection to the last byte. Appending waits for a disk, and a busy one.
    public var exchangeTimeout: Duration = .seconds(30)
    public var connectTimeout: Duration = .seconds(5)

    /// How often a submission is sent at most. Each goes out under one idempotency key, so it is written once.
    public var attemptsMax = 8
    /// Before a node is asked again; doubles each time. A node that says when to come back is obeyed.
    public var retryDelayFirst: Duration = .milliseconds(200)
    public var retryDelayMax: Duration = .seconds(30)

    /// How often a follower looks for new records.
    public var pollInterval: Duration = .milliseconds(500)

    /// Hears of every node that failed or must not be believed, also when another one helped: worth a line in a log.
    public var report: @Sendable (NodeFailure) -> Void = { _ in }

    public init() {}

    func retryDelay(attempt: Int) -> Duration {
        min(self.retryDelayFirst * (1 << min(attempt - 1, 16)), self.retryDelayMax)
    }
}
