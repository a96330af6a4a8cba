import CairnLedger
import CairnStore
import Testing

@Suite("Repair of a ledger in use")
struct OnlineRepairTests {
    private let ledger: SmallLedger
    private let disk: MemoryDisk

    init() throws {
        self.ledger = try SmallLedger()
        self.disk = self.ledger.disk
    }

    private var blocks: [FinalBlock] { self.ledger.chain.blocks }

    @Test("every block heals, readers see it, and appending goes on", arguments: [1, 2, 4])
    func tamper(block: Int) throws {
        var chain = self.ledger.chain
        let opened = try SmallLedger.open(self.disk)
        let store = opened.store
        var writer = opened.takeWriter()
        let index = BlockIndex(block)
        _ = try store.tamper(withBlock: index)
        #expect(store.validate(ValidationOptions(), progress: { _ in true }).failure?.block == index)
        let verified = try #require(try RepairHelp.fill(try store.beginRepair(of: index), from: self.blocks))
        #expect(verified.blocks == [index])

        // The ledger grew since the repair was prepared, and has a block that isn't durable yet.
        let one = try chain.grow([["\"grown\""]])
        try writer.append(one.final, leafHashes: one.leafHashes)
        _ = try writer.sync()
        let two = try chain.grow([["\"grown too\""]])
        try writer.append(two.final, leafHashes: two.leafHashes)
        let before = store.head
        #expect(try writer.repair(verified) == [])
        #expect(store.head.index >= before.index)
        _ = try writer.sync()
        let three = try chain.grow([["3"], ["4"]])
        try writer.append(three.final, leafHashes: three.leafHashes)
        _ = try writer.sync()

        #expect(store.validate(ValidationOptions(), progress: { _ in true }).failure == nil)
        let problems = LedgerCheck(chain: chain).problems(in: store)
        #expect(problems.isEmpty)
        // Again, with what was prepared for a file that is no longer there.
        #expect(try writer.repair(verified).count == 1)
        try writer.close()
        let report = try SmallLedger.verify(self.disk)
        #expect(report.failure == nil && report.notes == [])
        let reopened = try SmallLedger.open(self.disk)
        #expect(reopened.repairs == [])
        #expect(reopened.store.head.hash == chain.state.headHash)
    }

    @Test("a block that another node holds with a longer frame moves what is behind it")
    func otherLengths() throws {
        let opened = try SmallLedger.open(self.disk)
        let store = opened.store
        var writer = opened.takeWriter()
        // Block 4 is stored without a certificate; the other node has one for it.
        var blocks = self.blocks
        blocks[4].certificate = self.ledger.chain.certificate(of: blocks[4].block.header)
        _ = try store.tamper(withBlock: 4)
        let verified = try #require(try RepairHelp.fill(try store.beginRepair(of: 4), from: blocks))
        _ = try writer.repair(verified)
        #expect(try store.block(4) == blocks[4])
        #expect(try store.block(5) == blocks[5])
        var chain = self.ledger.chain
        let next = try chain.grow([["7"]])
        try writer.append(next.final, leafHashes: next.leafHashes)
        _ = try writer.sync()
        #expect(try store.block(6) == next.final)
        try writer.close()
        let report = try SmallLedger.verify(self.disk)
        #expect(report.failure == nil && report.notes == [])
    }

    @Test("a whole segment finds nothing to do")
    func nothing() throws {
        let opened = try SmallLedger.open(self.disk)
        for block in 0..<self.blocks.count {
            var repair = try opened.store.beginRepair(of: BlockIndex(block))
            #expect(try repair.next() == nil)
            #expect(try repair.finish() == nil)
        }
    }

    @Test("a full disk changes nothing, and it can be tried again")
    func noSpace() throws {
        let disk = FaultyDisk(self.disk)
        let opened = try LedgerStore.open(
            on: disk, segmentBytesMax: SmallLedger.segmentBytesMax, using: HashVerifier())
        let store = opened.store
        var writer = opened.takeWriter()
        _ = try store.tamper(withBlock: 2)
        let path = self.ledger.logs[0]
        let bytes = self.disk.contents(of: path)
        let verified = try #require(try RepairHelp.fill(try store.beginRepair(of: 2), from: self.blocks))
        disk.setPlan(FaultyDisk.Plan(spaceBytes: 100))
        do throws(StoreError) {
            _ = try writer.repair(verified)
            Issue.record("there was no room")
        } catch {
            guard case .noSpace = error else { throw error }
        }
        #expect(self.disk.contents(of: path) == bytes)
        disk.setPlan(FaultyDisk.Plan())
        _ = try writer.repair(verified)
        #expect(try store.block(2) == self.blocks[2])
    }
}
