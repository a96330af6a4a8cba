/// How a catch-up machine uses links, memory and time. Nothing here decides what is valid.
public struct CatchUpConfiguration: Hashable, Sendable {
    /// Begins when another node claims to be so many blocks ahead; with fewer, the vote machine asks one node for them.
    public var blocksBehindMin: UInt64
    /// How many verified headers may wait for their blocks.
    public var headersAheadMax: Int
    /// What may be under way, wait for its turn, and wait for the disk, in bytes. An answer that is under way counts as if
    /// it were as long as a message can be.
    public var bytesWaitingMax: Int
    /// What one node is asked for with one message, in bytes, as far as that can be told before.
    public var rangeBytes: Int
    /// And in blocks.
    public var rangeBlocksMax: Int
    /// How many messages of blocks a node may owe, so that its link isn't idle while an answer travels.
    public var rangesPerNode: Int
    /// How long an answer is waited for before it is wanted elsewhere lies between these; within, it follows how long the
    /// node's answers lately took.
    public var answerTimeoutMin: Duration
    public var answerTimeoutMax: Duration
    /// How long a node that didn't answer is left alone, at first; doubles up to `restMax`.
    public var restMin: Duration
    public var restMax: Duration

    public init(
        blocksBehindMin: UInt64 = 64, headersAheadMax: Int = 65_536, bytesWaitingMax: Int = 64 << 20,
        rangeBytes: Int = 2 << 20, rangeBlocksMax: Int = 4_096, rangesPerNode: Int = 4,
        answerTimeoutMin: Duration = .seconds(1), answerTimeoutMax: Duration = .seconds(20),
        restMin: Duration = .seconds(2), restMax: Duration = .seconds(120)
    ) {
        precondition(blocksBehindMin >= 1 && headersAheadMax >= 1, "something is fetched")
        precondition(rangeBytes >= 1 && rangeBlocksMax >= 1 && rangesPerNode >= 1, "something is asked for")
        precondition(bytesWaitingMax >= CatchUpMachine.answerBytesMax, "the longest answer has room")
        precondition(.zero < answerTimeoutMin && answerTimeoutMin <= answerTimeoutMax, "time-outs are in order")
        precondition(.zero < restMin && restMin <= restMax, "rests are in order")
        self.blocksBehindMin = blocksBehindMin
        self.headersAheadMax = headersAheadMax
        self.bytesWaitingMax = bytesWaitingMax
        self.rangeBytes = rangeBytes
        self.rangeBlocksMax = rangeBlocksMax
        self.rangesPerNode = rangesPerNode
        self.answerTimeoutMin = answerTimeoutMin
        self.answerTimeoutMax = answerTimeoutMax
        self.restMin = restMin
        self.restMax = restMax
    }
}
