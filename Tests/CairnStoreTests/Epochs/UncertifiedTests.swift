import CairnHash
import CairnLedger
import CairnStore
import Testing

/// Blocks without a certificate of their own: final through a later block of their epoch, or not at all.
@Suite("Blocks without a certificate")
struct UncertifiedTests {
    /// Block 1 with a certificate, 2 and 3 without, 4 with one that changes the members, 5 with one of the next epoch.
    private static func chain() throws -> TestChain {
        var chain = try TestChain(isFast: true)
        try chain.grow([["1"]])
        try chain.grow([["2"]], ids: [0: TestChain.id(2)], isCertified: false)
        try chain.grow([["3"]], isCertified: false)
        try chain.grow([], change: try chain.members([(8, 1)]))
        try chain.grow([["5"]])
        return chain
    }

    /// Frames of some blocks of a chain as somebody else may write them, the last sync's durable mark in all of them.
    private static func disk(
        _ chain: TestChain, blocks: Int, mark: UInt64, without: Set<Int> = []
    ) throws -> MemoryDisk {
        let disk = MemoryDisk()
        try LedgerStore.create(on: disk, genesis: chain.genesis)
        let path = Segment.path(firstBlock: 0)
        var bytes = disk.contents(of: path) ?? []
        for number in 1..<blocks {
            var final = chain.blocks[number]
            if without.contains(number) { final.certificate = nil }
            Frame.encode(final, durableBlocks: min(mark, UInt64(number)), into: &bytes)
        }
        disk.setContents(of: path, to: bytes)
        return disk
    }

    @Test("nobody sees a block before the one that makes it final is durable")
    func publishing() throws {
        let chain = try Self.chain()
        let disk = MemoryDisk()
        try LedgerStore.create(on: disk, genesis: chain.genesis)
        let opened = try SmallLedger.open(disk)
        let store = opened.store
        var writer = opened.takeWriter()
        for final in chain.blocks[1...3] {
            try writer.append(final, leafHashes: final.block.entries.leafHashes())
            if final.block.index == 1 { _ = try writer.sync() }
        }
        // Neither a seal nor a stop makes more of them.
        try writer.seal()
        #expect(store.head.index == 1)
        try writer.close()
        #expect(store.head.index == 1)
        let again = try SmallLedger.open(disk)
        #expect(again.store.head.index == 1)
        #expect(again.repairs.count == 1)
        #expect(again.chain.window.count == 0)
    }

    @Test("what no certificate makes final is cut, also across segments", arguments: [10_000, 300] as [UInt64])
    func cut(segmentBytesMax: UInt64) throws {
        let chain = try Self.chain()
        let check = LedgerCheck(chain: chain)
        for isTorn in [false, true] {
            let disk = MemoryDisk()
            try LedgerStore.create(on: disk, genesis: chain.genesis)
            let opened = try LedgerStore.open(on: disk, segmentBytesMax: segmentBytesMax, using: HashVerifier())
            var writer = opened.takeWriter()
            for final in chain.blocks[1...(isTorn ? 4 : 3)] {
                try writer.append(final, leafHashes: final.block.entries.leafHashes())
                if final.block.index == 1 { _ = try writer.sync() }
            }
            let left = disk.copy()
            let last = try #require(left.paths.last { $0.hasSuffix(".log") })
            #expect((last != Segment.path(firstBlock: 0)) == (segmentBytesMax == 300))
            if isTorn { left.setContents(of: last, to: (left.contents(of: last) ?? []).dropLast(1)) }

            let report = try SmallLedger.verify(left)
            #expect(report.failure == nil)
            #expect(report.notes.contains { $0.contains("no block from 2 on has a certificate") })
            // The votes that the rest stands on are looked at all the same.
            #expect(try LedgerVerifier.verify(on: left).failure?.block == 1)
            let after = try LedgerStore.open(on: left, segmentBytesMax: segmentBytesMax, using: HashVerifier())
            #expect(after.store.head.index == 1)
            #expect(after.repairs.contains { $0.contains("none has a certificate") })
            let problems = check.problems(in: after.store) + check.problems(in: after.chain)
            #expect(problems.isEmpty)
            // And it goes on from there.
            var next = after.takeWriter()
            for final in chain.blocks[2...] {
                try next.append(final, leafHashes: final.block.entries.leafHashes())
                if final.certificate != nil { _ = try next.sync() }
            }
            try next.close()
            #expect(check.verificationProblems(on: left, blocks: 6...6, isClosed: true) == [])
        }
    }

    @Test("before a durable mark, a missing certificate is damage")
    func damage() throws {
        let chain = try Self.chain()
        // The marks of the frames are 4 at most: block 3 was durable, so something made it final.
        let disk = try Self.disk(chain, blocks: 5, mark: 4, without: [4])
        let path = Segment.path(firstBlock: 0)
        let before = disk.contents(of: path)
        #expect(try SmallLedger.verify(disk).failure?.block == 2)
        Self.expectCorrupt(disk, 2)
        #expect(disk.contents(of: path) == before)
        // Without such a mark it is what a crash left.
        #expect(try SmallLedger.open(try Self.disk(chain, blocks: 5, mark: 2, without: [4])).store.head.index == 1)
    }

    @Test(
        "a damaged block with whole ones behind it is told of, though no mark says that it was durable",
        arguments: [3, 5])
    func gap(number: Int) throws {
        var chain = try Self.chain()
        try chain.grow([["6"]])
        let disk = try Self.disk(chain, blocks: 7, mark: 2)
        let path = Segment.path(firstBlock: 0)
        let before = try Self.disk(chain, blocks: number, mark: 2).contents(of: path)
        var bytes = try #require(disk.contents(of: path))
        bytes[try #require(before).count + Frame.headerByteCount + 9] ^= 1
        disk.setContents(of: path, to: bytes)
        let report = try SmallLedger.verify(disk)
        #expect(report.failure == nil)
        #expect(
            report.notes.contains {
                $0.contains("block \(number), ") && $0.contains("\(6 - number) whole blocks follow it")
            })
        let opened = try SmallLedger.open(disk)
        // Block 3 is one of those that block 4 makes final.
        #expect(opened.store.head.index == (number == 3 ? 1 : 4))
        #expect(opened.repairs.contains { $0.contains("a loss of power or damage left block \(number) so") })
        #expect(try SmallLedger.verify(disk).failure == nil)
    }

    @Test("the last block of an epoch has a certificate of its own")
    func epochEnds() throws {
        let chain = try Self.chain()
        let disk = try Self.disk(chain, blocks: 6, mark: 2, without: [4])
        #expect(try SmallLedger.verify(disk).failure?.block == 4)
        Self.expectCorrupt(disk, 4)
        // Block 5 vouches for it through its hash, but in the name of members whom only block 4 made members.
        let good = try Self.disk(chain, blocks: 6, mark: 2)
        #expect(try SmallLedger.verify(good).failure == nil)
        #expect(try SmallLedger.open(good).store.head.index == 5)
    }

    @Test("headers of blocks without a certificate are vouched for by the next one")
    func headers() throws {
        let chain = try Self.chain()
        let disk = try Self.disk(chain, blocks: 6, mark: 2)
        let store = try SmallLedger.open(disk).store
        for final in chain.blocks { #expect(try store.header(of: final.block.index) == final.block.header) }
        _ = try store.tamper(withBlock: 3)
        #expect(try store.header(of: 3) == chain.blocks[3].block.header)
        #expect(store.validate(ValidationOptions(), progress: { _ in true }).failure?.block == 3)
    }

    @Test("one behind which the chain is broken is not given out, and the next one is named")
    func brokenChain() throws {
        let chain = try Self.chain()
        let disk = try Self.disk(chain, blocks: 6, mark: 2)
        let store = try SmallLedger.open(disk).store
        let path = Segment.path(firstBlock: 0)
        var bytes = try #require(disk.contents(of: path))
        var place = Segment.headerByteCount
        // Behind the frames of blocks 0, 1 and 2.
        for _ in 0..<3 {
            place += try Frame.decode(bytes.span.bytes.extracting(place..<bytes.count)).header.frameByteCount
        }
        // The end of the timestamp.
        bytes[place + Frame.headerByteCount + 19] ^= 1
        disk.setContents(of: path, to: bytes)
        for read in [{ _ = try store.soundBlock(2) }, { _ = try store.header(of: 2) }] as [() throws -> Void] {
            do {
                try read()
                Issue.record("it was given out")
            } catch StoreError.corrupt(let corruption) {
                #expect(corruption.block == 3)
            }
        }
        // The votes for the one before are its own.
        #expect(try store.soundBlock(1) == chain.blocks[1])
    }

    /// The next block of a chain, which changes the settings to what only a later version knows.
    private static func newer(_ chain: TestChain) throws -> Block {
        var entries = Entries()
        entries.append(try Record(json: "6"))
        var block = chain.state.tip.makeBlock(
            entries: entries, leafHashes: entries.leafHashes(), submissions: nil,
            proposer: chain.state.members.members[0].key, now: chain.state.head.timestamp
        ).block
        block.annexBytes = Array(#"{"change":{"format":3}}"#.utf8)
        block.header.annexHash = Digest(hashing: block.annexBytes)
        return block
    }

    @Test("what anybody may have written is no block of a newer version, whatever it says")
    func newerVersion() throws {
        let chain = try Self.chain()
        let path = Segment.path(firstBlock: 0)
        let block = try Self.newer(chain)
        let signed = chain.certificate(of: block.header)
        var forged = signed
        forged.votes = try #require(chain.blocks[5].certificate).votes
        for (certificate, isSigned) in [(signed, true), (forged, false), (nil, false)] as [(Certificate?, Bool)] {
            let disk = try Self.disk(chain, blocks: 6, mark: 6)
            var bytes = try #require(disk.contents(of: path))
            Frame.encode(FinalBlock(block: block, certificate: certificate), durableBlocks: 6, into: &bytes)
            disk.setContents(of: path, to: bytes)
            let failure = try SmallLedger.verify(disk).failure
            #expect(failure?.block == 6 && failure?.isOfNewerVersion == isSigned)
            Self.expectCorrupt(disk, 6, isOfNewerVersion: isSigned)
        }
        // Nor is one that those signed whom no final block made members.
        let short = chain.prefix(5)
        let next = try Self.newer(short)
        let disk = try Self.disk(short, blocks: 5, mark: 2, without: [4])
        var bytes = try #require(disk.contents(of: path))
        let certificate = short.certificate(of: next.header)
        Frame.encode(FinalBlock(block: next, certificate: certificate), durableBlocks: 2, into: &bytes)
        disk.setContents(of: path, to: bytes)
        let failure = try SmallLedger.verify(disk).failure
        #expect(failure?.block == 4 && failure?.isOfNewerVersion == false)
        Self.expectCorrupt(disk, 4)
    }

    private static func expectCorrupt(_ disk: MemoryDisk, _ block: BlockIndex, isOfNewerVersion: Bool = false) {
        do throws(StoreError) {
            _ = try SmallLedger.open(disk)
            Issue.record("it was opened")
        } catch {
            guard case .corrupt(let corruption) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(corruption.block == block && corruption.isOfNewerVersion == isOfNewerVersion)
        }
    }
}
