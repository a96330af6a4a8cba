import CairnConsensus
import CairnHash
import CairnLedger
import TestSupport
import Testing

struct CatchUpTests {
    private static let configuration = CatchUpConfiguration(
        blocksBehindMin: 8, headersAheadMax: 240, rangeBytes: 8_192, rangeBlocksMax: 12, rangesPerNode: 3)

    private static func sources(
        _ natures: [SampleSource.Nature], delay: ClosedRange<UInt64> = 1_000_000...20_000_000
    ) throws -> [SampleSource] {
        try natures.enumerated().map { place, nature in
            SampleSource(key: try QuickSigner(UInt8(100 + place)), nature: nature, delay: delay)
        }
    }

    private static func world(
        _ natures: [SampleSource.Nature], blocks: Int = 300, epochEvery: Int = 70, certificateEvery: Int = 3,
        key: UInt8 = 50, seed: UInt64 = 1
    ) throws -> CatchUpWorld {
        var random = SplitMix64(seed: seed)
        let chain = try SampleChain(
            blocks: blocks, epochEvery: epochEvery, certificateEvery: certificateEvery, &random)
        return try CatchUpWorld(
            chain, try self.sources(natures), key: try QuickSigner(key), configuration: self.configuration, random)
    }

    private static func expectWhole(
        _ world: CatchUpWorld, _ comment: Comment? = nil, location: SourceLocation = #_sourceLocation
    ) {
        #expect(world.problem == nil, comment, sourceLocation: location)
        #expect(world.log.count == Int(world.chain.head.rawValue), comment, sourceLocation: location)
        let honest = world.sources.filter { !$0.nature.isProvable }.map(\.key.publicKey)
        #expect(world.banned.isDisjoint(with: honest), comment, sourceLocation: location)
        #expect(world.waitingBytesMost <= self.configuration.bytesWaitingMax, comment, sourceLocation: location)
        #expect(
            world.headersAheadMost <= UInt64(self.configuration.headersAheadMax), comment, sourceLocation: location)
    }

    @Test func aNodeGetsTheWholeChainFromSeveral() throws {
        var world = try Self.world([.honest, .honest, .honest])
        world.run(seconds: 5)
        Self.expectWhole(world)
        #expect(world.wasRunning)
        #expect(world.machine.progress.nodes.count == 3)
        #expect(!world.machine.progress.isRunning)
        #expect(world.machine.progress.blocks + 8 >= 300)
        // Only the end is fetched by the vote machine, which doesn't ask in between.
        #expect(world.finalsRequests <= 4)
    }

    @Test func aJoiningMemberCatchesUpToItsOwnEpoch() throws {
        var world = try Self.world([.honest, .honest], key: 4)
        world.run(seconds: 5)
        Self.expectWhole(world)
    }

    /// The vote machine asks for a few blocks at a time until headers have come: what it gets meanwhile must not make these
    /// useless, or on a long link they would be for ever.
    @Test(arguments: 0..<8)
    func headersThatComeLateAreOfUse(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let chain = try SampleChain(blocks: 300, epochEvery: 90, certificateEvery: 3, &random)
        let sources = try Self.sources([.honest, .honest], delay: 20_000_000...200_000_000)
        var world = try CatchUpWorld(
            chain, sources, key: try QuickSigner(50), configuration: Self.configuration, random)
        world.run(seconds: 30)
        Self.expectWhole(world)
        #expect(world.wasRunning)
        #expect(world.headersRequests <= 300 / 50 + 4)
        #expect(world.machine.progress.blocks >= 250)
    }

    @Test func shortGapsAreLeftToTheVoteMachine() throws {
        var world = try Self.world([.honest, .honest], blocks: 7, epochEvery: 2)
        world.run(seconds: 5)
        Self.expectWhole(world)
        #expect(!world.wasRunning)
        // Three epochs, and one answer.
        #expect(world.finalsRequests == 1)
    }

    @Test(arguments: [
        SampleSource.Nature.otherRecords, .fewerRecords, .otherBlock, .brokenHeaders, .otherSigner, .hidesEpochEnd,
        .exchangesAnnex, .uncertifiedHeaders,
    ])
    func aLiarIsNamedAndTheChainIsWhole(nature: SampleSource.Nature) throws {
        var world = try Self.world([nature, .honest])
        world.run(seconds: 30)
        Self.expectWhole(world)
        #expect(world.banned == [world.sources[0].key.publicKey])
    }

    @Test(arguments: [SampleSource.Nature.silent, .boaster, .dripping])
    func whoIsOfNoHelpHoldsNobodyUp(nature: SampleSource.Nature) throws {
        var world = try Self.world([nature, nature, .honest])
        world.run(seconds: 20)
        Self.expectWhole(world)
        #expect(world.banned.isEmpty)
    }

    @Test func aBoasterAloneStartsNothingForLong() throws {
        var world = try Self.world([.boaster, .honest], blocks: 16, epochEvery: 100)
        world.head = 12
        world.blockNanoseconds = 500_000_000
        world.run(seconds: 10)
        Self.expectWhole(world)
    }

    @Test func memoryHoldsNoMoreThanIsAllowed() throws {
        var random = SplitMix64(seed: 3)
        // 48 blocks of 1 MiB, and one node that is so slow that the others' blocks pile up.
        let chain = try SampleChain(blocks: 48, records: 17...17, padding: 61_000, &random)
        var sources = try Self.sources([.honest, .honest, .honest])
        sources[2] = SampleSource(key: sources[2].key, nature: .honest, delay: 800_000_000...900_000_000)
        let configuration = CatchUpConfiguration(blocksBehindMin: 8, bytesWaitingMax: 40 << 20)
        var world = try CatchUpWorld(
            chain, sources, key: try QuickSigner(50), configuration: configuration, random)
        world.run(seconds: 60)
        #expect(world.problem == nil)
        #expect(world.log.count == 48)
        #expect(world.waitingBytesMost <= 40 << 20)
        #expect(world.waitingBytesMost > 20 << 20)
    }

    @Test(arguments: 0..<30)
    func aRandomWorldComesToTheSameChain(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let all: [SampleSource.Nature] = [
            .silent, .boaster, .dripping, .otherRecords, .fewerRecords, .otherBlock, .brokenHeaders, .otherSigner,
            .hidesEpochEnd, .exchangesAnnex, .uncertifiedHeaders, .honest, .honest,
        ]
        var natures = [SampleSource.Nature.honest]
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            natures.append(all[Int.random(in: 0..<all.count, using: &random)])
        }
        natures.shuffle(using: &random)
        let chain = try SampleChain(
            blocks: Int.random(in: 50...300, using: &random), epochEvery: Int.random(in: 1...200, using: &random),
            certificateEvery: Int.random(in: 1...6, using: &random), &random)
        var sources = try Self.sources(natures)
        for place in sources.indices {
            let least = UInt64.random(in: 1...50, using: &random) * 1_000_000
            sources[place] = SampleSource(
                key: sources[place].key, nature: sources[place].nature, delay: least...4 * least,
                headersMax: UInt64.random(in: 5...100, using: &random))
        }
        var world = try CatchUpWorld(
            chain, sources, head: BlockIndex(rawValue: chain.head.rawValue / 2),
            key: try QuickSigner(UInt8.random(in: 3...5, using: &random)), configuration: Self.configuration, random)
        world.blockNanoseconds = UInt64.random(in: 2...40, using: &random) * 1_000_000
        world.lostPercent = Int.random(in: 0...5, using: &random)
        world.doubledPercent = Int.random(in: 0...20, using: &random)
        for source in sources.indices where Int.random(in: 0..<3, using: &random) == 0 {
            world.departures.append(
                (at: UInt64.random(in: 0...1_000_000_000, using: &random), source: source, comesBack: true))
        }
        world.run(seconds: 300)
        Self.expectWhole(world, "seed \(seed): \(natures)")
    }
}
