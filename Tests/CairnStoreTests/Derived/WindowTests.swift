import CairnLedger
import CairnStore
import TestSupport
import Testing

/// The window of submissions that opening reads from the newest annexes is the one that a running ledger has.
@Suite("Submission window")
struct WindowTests {
    @Test("reopening at every block finds the same ids", arguments: [1, 2, 3, 5, 8, 13, 1_000] as [UInt64])
    func everyBlock(window: UInt64) throws {
        var chain = try TestChain(submissionWindow: window)
        let disk = MemoryDisk()
        try LedgerStore.create(on: disk, genesis: chain.genesis)
        var generator = SplitMix64(seed: window)
        for block in 0..<24 {
            let opened = try LedgerStore.open(on: disk)
            let problems = LedgerCheck(chain: chain).problems(in: opened.chain)
            #expect(problems.isEmpty, "before block \(block + 1)")
            var submissions: [[String]] = []
            var ids: [Int: SubmissionID] = [:]
            for place in 0..<Int.random(in: 1...4, using: &generator) {
                submissions.append(Array(repeating: "\(block)", count: Int.random(in: 1...3, using: &generator)))
                // Every third block has no annex.
                if block % 3 != 2, Bool.random(using: &generator) {
                    ids[place] = TestChain.id(UInt8(block * 4 + place))
                }
            }
            let next = try chain.grow(submissions, ids: ids)
            var writer = opened.takeWriter()
            try writer.append(next.final, leafHashes: next.leafHashes)
            _ = try writer.sync()
            if block % 2 == 0 { try writer.close() }
        }
    }

    /// Walked through, read from the newest annexes, and taken from a snapshot's base: it is the same whenever it changes.
    @Test("settings change it for all in the same way", arguments: 0..<6 as Range<UInt64>)
    func otherSettings(seed: UInt64) throws {
        var chain = try TestChain(submissionWindow: 6, isFast: true)
        let disk = MemoryDisk()
        try LedgerStore.create(on: disk, genesis: chain.genesis)
        var generator = SplitMix64(seed: seed)
        for block in 0..<40 {
            let opened = try LedgerStore.open(on: disk, using: chain.verifier)
            let problems = LedgerCheck(chain: chain).problems(in: opened.chain)
            #expect(problems.isEmpty, "before block \(block + 1)")
            #expect(opened.chain.present == chain.state.present && opened.store.members == chain.state.present)
            #expect(opened.chain.window.submissions.map(\.1) == chain.state.window.submissions.map(\.1))
            var ids: [Int: SubmissionID] = [:]
            let count = Int.random(in: 1...4, using: &generator)
            for place in 0..<count where Bool.random(using: &generator) {
                ids[place] = TestChain.id(UInt8(block * 4 + place))
            }
            let other = UInt64.random(in: 1...30, using: &generator)
            let changes = other != chain.state.window.capacity && Int.random(in: 0..<4, using: &generator) == 0
            let next = try chain.grow(
                (0..<count).map { ["\(block)", "\($0)"] }, ids: ids, window: changes ? other : nil)
            var writer = opened.takeWriter()
            try writer.append(next.final, leafHashes: next.leafHashes)
            _ = try writer.sync()
            if Bool.random(using: &generator) { try writer.close() }

            let base = try chain.base(before: chain.blocks.count - 1)
            let decoded = try ChainBase(decoding: base.encoded().span.bytes)
            let state = try decoded.state(chain: chain.state.chain, using: chain.verifier)
            let before = chain.states[chain.states.count - 2]
            #expect(state.present == before.present)
            #expect(state.window.submissions.map(\.0) == before.window.submissions.map(\.0))
            #expect(state.window.capacity == before.window.capacity && state.window.start == before.window.start)
        }
        let report = try LedgerVerifier.verify(on: disk, using: chain.verifier)
        #expect(report.failure == nil)
        for first in 0..<chain.blocks.count {
            let options = ValidationOptions(from: BlockIndex(first))
            #expect(try LedgerVerifier.verify(on: disk, options: options, using: chain.verifier).failure == nil)
        }
    }

    @Test("an annex that somebody changed is not believed")
    func damagedAnnex() throws {
        let ledger = try SmallLedger()
        let path = ledger.logs[0]
        let (_, range) = try #require(ledger.frames(path).first { $0.block == 2 })
        let start = range.lowerBound + Frame.headerByteCount + BlockHeader.byteCount + 4
        let annex = ledger.chain.blocks[2].block.annexBytes
        // "spans":[[0,1,2]]: other numbers are as good an annex.
        let place = try #require(annex.lastIndex(of: UInt8(ascii: "1")))
        var bytes = ledger.contents(path)
        bytes[start + place] = UInt8(ascii: "2")
        for fixesChecksum in [false, true] {
            if fixesChecksum {
                var frame = Array(bytes[range])
                Frame.setChecksum(of: &frame)
                bytes.replaceSubrange(range, with: frame)
            }
            do throws(StoreError) {
                _ = try SmallLedger.open(ledger.with(path, bytes))
                Issue.record("it was opened")
            } catch {
                guard case .corrupt(let corruption) = error else { throw error }
                #expect(corruption.block == 2)
            }
        }
    }
}
