/// How a vote machine uses time and room. Nothing here decides what is valid: members may differ in it.
public struct VoteConfiguration: Hashable, Sendable {
    /// What may wait for a block.
    public var capacity: QueueCapacity
    /// A view's time until its leader is given up lies between these; within, it follows what views lately took.
    public var viewTimeoutMin: Duration
    public var viewTimeoutMax: Duration
    /// How long a message is waited for before it is sent or asked for again, at first. Doubles up to
    /// `viewTimeoutMax`.
    public var repeatAfter: Duration
    /// How often a node says how far it has come, when nothing else happens.
    public var heartbeat: Duration
    /// How far a block's timestamp may be ahead of a voter's own clock, where it is also ahead of its parent's.
    public var timestampAheadMax: Duration
    /// With so many blocks that are not final yet, the newest is proposed again instead of another one.
    public var unfinishedBlocksMax: Int
    /// So many records, and bytes of them, don't wait for the block under way to become final before they are proposed.
    public var gatherRecordsMax: Int
    public var gatherBytesMax: Int

    public init(
        capacity: QueueCapacity, viewTimeoutMin: Duration = .milliseconds(250),
        viewTimeoutMax: Duration = .seconds(8), repeatAfter: Duration = .milliseconds(200),
        heartbeat: Duration = .seconds(1), timestampAheadMax: Duration = .seconds(10), unfinishedBlocksMax: Int = 8,
        gatherRecordsMax: Int = 1_024, gatherBytesMax: Int = 1 << 20
    ) {
        precondition(.zero < viewTimeoutMin && viewTimeoutMin <= viewTimeoutMax, "time-outs are in order")
        precondition(.zero < repeatAfter && .zero < heartbeat, "nothing is repeated without a pause")
        precondition(unfinishedBlocksMax >= 1, "at least one block is under way")
        self.capacity = capacity
        self.viewTimeoutMin = viewTimeoutMin
        self.viewTimeoutMax = viewTimeoutMax
        self.repeatAfter = repeatAfter
        self.heartbeat = heartbeat
        self.timestampAheadMax = timestampAheadMax
        self.unfinishedBlocksMax = unfinishedBlocksMax
        self.gatherRecordsMax = gatherRecordsMax
        self.gatherBytesMax = gatherBytesMax
    }
}
