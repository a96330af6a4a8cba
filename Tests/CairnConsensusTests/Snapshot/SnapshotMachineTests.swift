import CairnConsensus
import CairnHash
import CairnLedger
import TestSupport
import Testing

@Suite("A snapshot")
struct SnapshotMachineTests {
    private struct Outcome {
        var result: SnapshotResult?
        var banned: [PublicKey: SnapshotError] = [:]
        var messages = 0
        var seconds = 0.0
    }

    /// Talks with sources until the machine is done or nothing is due for long.
    private static func run(
        _ chain: SampleChain, _ sources: [SnapshotSource], asker: QuickSigner? = nil
    ) throws -> Outcome {
        let key = try asker ?? QuickSigner(99)
        var machine = try #require(
            SnapshotMachine(
                genesis: chain.genesis, key: key.publicKey, configuration: SnapshotConfiguration(blocksMin: 8),
                using: key.verifier))
        var outcome = Outcome()
        var now = Instant(nanoseconds: 1_000_000_000)
        let end = now + .seconds(300)
        var events = sources.map { SnapshotEvent.linked($0.key) }
        while outcome.result == nil, now < end {
            let event: SnapshotEvent
            if events.isEmpty {
                guard let due = machine.wakeUp else { break }
                now = max(now, due)
                event = .timeReached
            } else {
                event = events.removeFirst()
            }
            for effect in machine.handle(event, now: now) {
                switch effect {
                case .send(let message, let node):
                    outcome.messages += 1
                    if let answer = sources.first(where: { $0.key == node })?.answer(message, chain) {
                        events.append(.received(answer, from: node))
                    }
                case .sendBlockRequest(let index, let node):
                    outcome.messages += 1
                    if let blocks = sources.first(where: { $0.key == node })?.block(index, chain) {
                        events.append(.receivedBlocks(blocks, from: node))
                    }
                case .misbehaved(let node, let error): outcome.banned[node] = error
                case .finished(let result): outcome.result = result
                }
            }
        }
        outcome.seconds = Double(now.nanoseconds) / 1e9 - 1
        return outcome
    }

    private static func chain(
        window: UInt64 = 60, windows: [UInt64] = [], epochEvery: Int = 9, _ seed: UInt64 = 1
    ) throws -> SampleChain {
        var random = SplitMix64(seed: seed)
        return try SampleChain(blocks: 80, epochEvery: epochEvery, window: window, windows: windows, &random)
    }

    private static func source(_ number: UInt8, _ nature: SnapshotSource.Nature) throws -> SnapshotSource {
        SnapshotSource(key: try QuickSigner(number).publicKey, nature: nature)
    }

    private static func check(_ outcome: Outcome, _ chain: SampleChain) throws {
        guard case .found(let base, let first)? = outcome.result else {
            Issue.record("there is no snapshot: \(outcome)")
            return
        }
        #expect(first == chain[chain.head])
        // What it leads to is what the whole chain leads to.
        var whole = try ChainState(genesis: chain.genesis)
        for final in chain.blocks.dropFirst().dropLast() {
            try whole.apply(final.block, leafHashes: final.block.entries.leafHashes(), using: try QuickSigner())
        }
        let decoded = try ChainBase(decoding: base.encoded().span.bytes)
        for base in [base, decoded] {
            let state = try base.state(chain: chain.chain, using: try QuickSigner())
            #expect(state.tip.hash == whole.tip.hash && state.tip.epoch == whole.tip.epoch)
            #expect(state.present == whole.present && state.tip.frontier == whole.tip.frontier)
            #expect(state.window.submissions.map(\.0) == whole.window.submissions.map(\.0))
            #expect(state.window.submissions.map(\.1) == whole.window.submissions.map(\.1))
        }
    }

    @Test("leads to what the whole chain leads to", arguments: [1, 5, 60, 1 << 20] as [UInt64], [9, 40, 80, 79])
    func honest(window: UInt64, epochEvery: Int) throws {
        for seed in 1...3 {
            let chain = try Self.chain(window: window, epochEvery: epochEvery, UInt64(seed))
            let outcome = try Self.run(chain, [Self.source(11, .honest)])
            #expect(outcome.banned.isEmpty)
            try Self.check(outcome, chain)
        }
    }

    @Test(
        "has the window of the settings that hold, and no more than the epochs before remembered",
        arguments: [[5, 60], [60, 5], [1, 1_000, 7, 30], [1 << 20, 3]] as [[UInt64]], [9, 11, 40, 79])
    func otherSettings(windows: [UInt64], epochEvery: Int) throws {
        for seed in 1...3 {
            let chain = try Self.chain(window: 20, windows: windows, epochEvery: epochEvery, UInt64(seed))
            let outcome = try Self.run(chain, [Self.source(11, .honest)])
            #expect(outcome.banned.isEmpty)
            try Self.check(outcome, chain)
        }
    }

    @Test("is got in spite of a node that lies or is silent, who is named", arguments: SnapshotSource.Nature.allCases)
    func oneLiar(nature: SnapshotSource.Nature) throws {
        let chain = try Self.chain()
        for sources in [
            [try Self.source(11, nature), try Self.source(12, .honest)],
            [try Self.source(11, .honest), try Self.source(12, nature)],
            [try Self.source(11, nature), try Self.source(12, nature), try Self.source(13, .honest)],
        ] {
            let outcome = try Self.run(chain, sources)
            try Self.check(outcome, chain)
            let honest = try #require(sources.first { $0.nature == .honest }).key
            if nature != .honest { #expect(outcome.banned[honest] == nil) }
            if nature.isProvable, sources[0].nature == nature,
                [.empty, .forgedHead, .tooFewVotes, .skipsEnd]
                    .contains(nature)
            {
                #expect(outcome.banned[sources[0].key] != nil)
            }
            #expect(outcome.seconds < 60)
        }
    }

    @Test("is never made of lies alone", arguments: SnapshotSource.Nature.allCases)
    func liarsAlone(nature: SnapshotSource.Nature) throws {
        guard nature.isProvable || nature == .silent || nature == .without else { return }
        let chain = try Self.chain()
        let sources = [try Self.source(11, nature), try Self.source(12, nature)]
        let outcome = try Self.run(chain, sources)
        #expect(outcome.result == nil)
        if nature.isProvable { #expect(Set(outcome.banned.keys) == Set(sources.map(\.key))) }
        // Those who are silent are not asked all the time.
        #expect(outcome.messages < 200)
    }

    @Test("of an old head is one, where nobody has a newer one")
    func old() throws {
        let outcome = try Self.run(Self.chain(), [Self.source(11, .old)])
        guard case .found(let base, _)? = outcome.result else {
            Issue.record("an old head is no lie")
            return
        }
        #expect(base.firstBlock == 40)
    }

    @Test("isn't for members, nor needed for a short ledger")
    func refused() throws {
        let chain = try Self.chain(epochEvery: .max)
        guard case .member(0)? = try Self.run(chain, [Self.source(11, .honest)], asker: QuickSigner(1)).result else {
            Issue.record("a member needs the whole ledger")
            return
        }
        var random = SplitMix64(seed: 1)
        let short = try SampleChain(blocks: 7, &random)
        guard case .short(7)? = try Self.run(short, [Self.source(11, .honest)]).result else {
            Issue.record("7 blocks are short")
            return
        }
    }

    @Test("that was damaged on the disk is not read")
    func damagedBytes() throws {
        let chain = try Self.chain()
        guard case .found(let base, _)? = try Self.run(chain, [Self.source(11, .honest)]).result else { return }
        let bytes = base.encoded()
        for place in bytes.indices {
            var damaged = bytes
            damaged[place] ^= 1
            #expect(throws: ChainBaseError.self) { try ChainBase(decoding: damaged.span.bytes) }
        }
        for count in [0, 5, 191, bytes.count - 1] {
            let damaged = Array(bytes[..<count])
            #expect(throws: ChainBaseError.self) { try ChainBase(decoding: damaged.span.bytes) }
        }
    }
}
