import CairnHash
import CairnLedger
import TestSupport
import Testing

struct ChainStateTests {
    /// Grows a chain by random blocks in two ways.
    @Test func makingAndCheckingAgree() throws {
        var random = SplitMix64(seed: 10)
        var maker = try Samples.chain(window: 20)
        var checker = maker
        var tree = MerkleTree()
        for number in 0..<120 {
            let entries = try Samples.entries(count: Int.random(in: 1...5, using: &random), from: number)
            var items: [SubmissionList.Item] = []
            for offset in 0..<entries.count where Bool.random(using: &random) {
                items.append(.init(id: Samples.id(UInt64(number * 10 + offset)), offsets: offset..<offset + 1))
            }
            let proposed = maker.sampleBlock(entries, submissions: items.isEmpty ? nil : SubmissionList(items))
            #expect(proposed.hash == proposed.block.header.hash)
            #expect(proposed.leafHashes == entries.leafHashes())
            maker.advance(to: proposed)
            try checker.apply(proposed.block, leafHashes: entries.leafHashes())
            for leafHash in entries.leafHashes() { tree.append(leafHash) }
            #expect(maker.summary == checker.summary)
            #expect(maker.head.treeRoot == tree.root(at: tree.size))
            for item in items { #expect(maker.window[item.id] == checker.window[item.id]) }
        }
        // And from what a node keeps.
        let resumed = try ChainState(
            genesis: Samples.genesis(window: 20), head: maker.head, frontier: maker.frontier, window: maker.window,
            of: maker.present, change: nil)
        #expect(resumed.summary == maker.summary)
        #expect(resumed.chain == maker.chain)
    }

    @Test func aClockThatWasSetBackStopsNothing() throws {
        var chain = try Samples.chain()
        let entries = try Samples.entries(count: 1)
        let early = chain.tip.makeBlock(
            entries: entries, leafHashes: entries.leafHashes(), submissions: nil,
            proposer: Samples.key(1).publicKey, now: Timestamp(microseconds: 1))
        #expect(early.block.header.timestamp == Samples.start)
        try chain.apply(early.block, leafHashes: entries.leafHashes())
    }

    @Test func anEmptyListIsNoAnnex() throws {
        var chain = try Samples.chain()
        let proposed = chain.sampleBlock(try Samples.entries(count: 1), submissions: SubmissionList([]))
        #expect(proposed.block.annexBytes.isEmpty)
        try chain.apply(proposed.block, leafHashes: proposed.leafHashes)
    }

    @Test func treeAndHeaderHaveToAgreeInTheMiddle() throws {
        var chain = try Samples.chain()
        let genesis = try Samples.genesis()
        chain.advance(to: chain.sampleBlock(try Samples.entries(count: 3)))
        #expect(
            throws: BlockError.wrongTreeSize(expected: 0, found: 3)
        ) {
            try ChainState(
                genesis: genesis, head: chain.head, frontier: MerkleFrontier(), window: chain.window,
                of: chain.present, change: nil)
        }
        var other = MerkleFrontier()
        other.append(contentsOf: [Samples.digest(1), Samples.digest(2), Samples.digest(3)])
        #expect(throws: BlockError.wrongTreeRoot(expected: other.root, found: chain.head.treeRoot)) {
            try ChainState(
                genesis: genesis, head: chain.head, frontier: other, window: chain.window, of: chain.present,
                change: nil)
        }
    }

    /// A window that was refilled from the blocks with lists alone knows what later blocks pushed out.
    @Test func aRefilledWindowIsTheOneThatWasLost() throws {
        let genesis = try Samples.genesis(window: 100)
        var chain = try ChainState(genesis: genesis)
        let list = SubmissionList([.init(id: Samples.id(1), offsets: 0..<1)])
        chain.advance(to: chain.sampleBlock(try Samples.entries(count: 50), submissions: list))
        var refilled = SubmissionWindow(capacity: 100)
        refilled.insert(list, blockFirstRecord: 0, treeSize: 50)
        chain.advance(to: chain.sampleBlock(try Samples.entries(count: 60)))
        #expect(chain.window[Samples.id(1)] == nil)

        let resumed = try ChainState(
            genesis: genesis, head: chain.head, frontier: chain.frontier, window: refilled, of: chain.present,
            change: nil)
        #expect(resumed.window[Samples.id(1)] == nil)
        // So that a block that takes the id again is valid for both.
        let again = chain.sampleBlock(try Samples.entries(count: 1), submissions: list)
        for var state in [chain, resumed] {
            try state.apply(again.block, leafHashes: again.leafHashes)
            #expect(state.window[Samples.id(1)]?.firstRecord == 110)
        }
    }
}
