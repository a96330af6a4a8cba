import CairnConsensus

/// How a seed's nodes catch up. A real node begins when it is 64 blocks behind, and few clusters here have as many; so all
/// sizes are small enough for what happens in long ledgers to happen in short ones.
struct CatchUpScenario: Sendable {
    var configuration: CatchUpConfiguration
    /// Whether nodes also answer those with final blocks who are far enough behind for catching up in bulk. Where they don't,
    /// nothing else helps.
    var sendsFinalsToAll: Bool
    /// Headers in an answer, or as many more as it takes to come to a certificate.
    var headersMax: Int
    /// How long it takes until a message or a run of blocks is checked, on another thread.
    var checkTime: ClosedRange<UInt64>
    /// How many of 1,000 cut links are noticed, end, and are made anew.
    var brokenLinksPerMille: Int
    /// How many of 1,000 followers of the beginning come later, to a ledger that has grown.
    var lateFollowersPerMille: Int

    /// Drawn apart from the rest of a seed, which means what it meant before.
    init(seed: UInt64) {
        var draw = SeededGenerator(seed: seed ^ 0x6361_7463_6875_7000)
        let timeout = Duration.milliseconds(draw.within(UInt64(30)...1_000))
        self.configuration = CatchUpConfiguration(
            blocksBehindMin: [1, 2, 3, 5, 8, 64][draw.pick(weights: [20, 25, 25, 15, 10, 5])],
            headersAheadMax: draw.within(1...40), bytesWaitingMax: draw.within(14...64) << 20,
            rangeBytes: draw.within(200...6_000), rangeBlocksMax: draw.within(1...8), rangesPerNode: draw.within(1...4),
            answerTimeoutMin: timeout, answerTimeoutMax: max(timeout, .seconds(draw.within(UInt64(1)...20))),
            restMin: .milliseconds(draw.within(UInt64(100)...2_000)))
        self.sendsFinalsToAll = draw.chance(perMille: 700)
        self.headersMax = draw.within(1...12)
        self.checkTime = 0...(.microseconds(draw.within(1...5_000)))
        self.brokenLinksPerMille = draw.below(1_000)
        self.lateFollowersPerMille = draw.below(1_000)
    }
}
