import CairnConsensus
import CairnHash
import CairnLedger
import TestSupport
import Testing

/// What becomes of a node when the others' program knows settings that its own doesn't: it stops, says so, and accuses nobody.
struct NewerVersionTests {
    private static let reason =
        #"it changes the settings to settings.agreement "simplex-3", which this program doesn't know: it needs a "#
        + "newer version of Cairn"

    private static func chain(
        blocks: Int, epochEvery: Int = .max, isCertified: Bool = true
    ) throws -> SampleChain {
        var random = SplitMix64(seed: 7)
        var chain = try SampleChain(blocks: blocks, epochEvery: epochEvery, &random)
        try chain.appendNewerSettings(isCertified: isCertified)
        return chain
    }

    private static func world(_ chain: SampleChain, natures: [SampleSource.Nature]) throws -> CatchUpWorld {
        let sources = try natures.enumerated().map { place, nature in
            SampleSource(
                key: try QuickSigner(UInt8(100 + place)), nature: nature, delay: 1_000_000...20_000_000)
        }
        return try CatchUpWorld(
            chain, sources, key: try QuickSigner(50),
            configuration: CatchUpConfiguration(
                blocksBehindMin: 8, headersAheadMax: 240, rangeBytes: 8_192, rangeBlocksMax: 12, rangesPerNode: 3),
            SplitMix64(seed: 7))
    }

    /// Far behind by its headers, near by the block itself.
    @Test(arguments: [3, 120], [10, 70, 1_000])
    func aFollowerStopsThere(blocks: Int, epochEvery: Int) throws {
        let chain = try Self.chain(blocks: blocks, epochEvery: epochEvery)
        var world = try Self.world(chain, natures: [.honest, .honest])
        world.run(seconds: 60)
        let problem = try #require(world.problem)
        // Headers lead to the last certificate before it: where that is near enough, the block itself comes next.
        let isNear = blocks == 3 || epochEvery == 10
        let start = isNear ? "the vote machine halted" : "halted"
        #expect(problem == "\(start) at \(blocks + 1): \(Self.reason)")
        #expect(world.banned.isEmpty)
        if isNear { #expect(world.log.count == blocks) }
    }

    /// Nobody stops because a single node made such a block up.
    @Test func aLiarIsBanned() throws {
        let chain = try Self.chain(blocks: 120, isCertified: false)
        var world = try Self.world(chain, natures: [.honest])
        world.run(seconds: 60)
        #expect(world.problem?.contains("halted") != true)
        #expect(!world.banned.isEmpty)
    }

    // MARK: The vote machine

    private static func member(_ chain: SampleChain) throws -> QuickMachine {
        let key = try QuickSigner(2)
        return QuickMachine(
            chain: try ChainState(genesis: chain.genesis), headCertificate: nil, key: key, memory: .journal([]),
            configuration: VoteConfiguration(capacity: QueueCapacity(records: 10, bytes: 1 << 20)), idSeed: [1],
            now: Self.now)
    }

    private static let now = Moment(instant: Instant(nanoseconds: 1_000_000_000), timestamp: Samples.start)

    @Test func aMemberVotesNoMore() throws {
        let chain = try Self.chain(blocks: 1)
        var machine = try Self.member(chain)
        #expect(machine.hasVote && !machine.isHalted)
        let check = MessageCheck(present: machine.chain.present, verifier: try QuickSigner(2))
        let from = try QuickSigner(1).publicKey
        var halts: [String] = []
        // First it follows to the block before.
        for round in 0..<3 {
            let head = machine.chain.tip
            #expect(head.header.index == (round == 0 ? 0 : 1))
            let checked = try #require(
                try check.check(.finals(Array(chain.blocks.dropFirst())), behind: head))
            for effect in machine.handle(.received(checked, from: from), now: Self.now) {
                switch effect {
                case .halted(let index, let error): halts.append("\(index): \(error)")
                case .misbehaved: Issue.record("somebody is accused")
                case .journal(.vote, _) where round > 0: Issue.record("it votes")
                default: break
                }
            }
        }
        #expect(halts == ["2: \(Self.reason)"])
        #expect(machine.isHalted && !machine.hasVote)
        // It asks nobody for what it can't read.
        let later = Moment(instant: Self.now.instant + .seconds(60), timestamp: Samples.start)
        for effect in machine.handle(.timeReached, now: later) {
            if case .send(.finalsRequest, _) = effect { Issue.record("it asks again") }
        }
    }

    /// Final blocks before it are followed, up to the last one that has a certificate itself.
    @Test(arguments: [2, 3, 1_000])
    func whatComesBeforeItIsKept(epochEvery: Int) throws {
        let chain = try Self.chain(blocks: 5, epochEvery: epochEvery)
        let state = try ChainState(genesis: chain.genesis)
        let check = MessageCheck(present: state.present, verifier: try QuickSigner(2))
        var finals = Array(chain.blocks.dropFirst())
        for count in [5, 4] {
            guard case .finals(let kept)? = try check.check(.finals(finals), behind: state.tip)?.content else {
                Issue.record("nothing is kept")
                return
            }
            #expect(kept.map { $0.block.block } == finals.prefix(count).map { $0.block })
            #expect(kept.last?.certificate == finals[count - 1].certificate)
            finals[4].certificate = nil
        }
    }

    @Test func whatNoQuorumSignedIsALie() throws {
        let chain = try Self.chain(blocks: 1, isCertified: false)
        let state = try ChainState(genesis: chain.genesis)
        let check = MessageCheck(present: state.present, verifier: try QuickSigner(2))
        #expect(throws: MessageError.self) {
            try check.check(.finals(Array(chain.blocks.dropFirst())), behind: state.tip)
        }
    }

    // MARK: A snapshot

    @Test(arguments: [true, false])
    func aSnapshotEndsThere(isCertified: Bool) throws {
        let chain = try Self.chain(blocks: 20, epochEvery: 6, isCertified: isCertified)
        let node = try QuickSigner(11).publicKey
        var machine = try #require(
            SnapshotMachine(
                genesis: chain.genesis, key: try QuickSigner(99).publicKey,
                configuration: SnapshotConfiguration(blocksMin: 8), using: try QuickSigner(99)))
        let ends = chain.ends(before: 3)
        let last = chain[chain.head]
        let newer = EpochEnd(
            header: last.block.header, annexBytes: last.block.annexBytes,
            certificate: try #require(last.certificate))
        _ = machine.handle(.linked(node), now: Self.now.instant)
        let answer = SnapshotMessage.Answer(ends: ends + [newer], head: nil)
        var said: [String] = []
        for effect in machine.handle(.received(.snapshot(answer), from: node), now: Self.now.instant) {
            switch effect {
            case .finished(.broken(let index, let why)): said.append("\(index): \(why)")
            case .misbehaved: said.append("banned")
            default: break
            }
        }
        #expect(said == [isCertified ? "21: \(Self.reason)" : "banned"])
    }
}
