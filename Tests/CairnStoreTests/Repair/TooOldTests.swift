import CairnHash
import CairnLedger
import CairnStore
import Testing

/// Blocks that this program is too old for: nobody calls them damaged for that.
struct TooOldTests {
    private let chain: TestChain

    init() throws {
        var chain = try TestChain(isFast: true)
        try chain.grow([["1"]])
        self.chain = chain
    }

    /// A log of the chain and a block after it, which a third block's mark says was durable.
    private func disk(_ newer: FinalBlock) throws -> MemoryDisk {
        let disk = MemoryDisk()
        try LedgerStore.create(on: disk, genesis: self.chain.genesis)
        var writer = try LedgerStore.open(on: disk, using: HashVerifier()).takeWriter()
        let first = self.chain.blocks[1]
        try writer.append(first, leafHashes: first.block.entries.leafHashes())
        _ = try writer.sync()
        try writer.close()
        let path = try #require(disk.paths.first { $0.hasSuffix(".log") })
        var bytes = try #require(disk.contents(of: path))
        var last = newer
        last.block.header.index = 3
        last.block.header.previousHash = newer.block.header.hash
        last.certificate = nil
        Frame.encode(newer, durableBlocks: 2, into: &bytes)
        Frame.encode(last, durableBlocks: 3, into: &bytes)
        disk.setContents(of: path, to: bytes)
        return disk
    }

    @Test func aSignedOneIsNotRepaired() throws {
        let offline = try OfflineRepair(on: try self.disk(try self.chain.newerBlock()), using: HashVerifier())
        var segment = try offline.begin(at: 2)
        do throws(StoreError) {
            let needed = try segment.next()
            Issue.record("it needs \(String(describing: needed))")
        } catch {
            guard case .corrupt(let corruption) = error else { throw error }
            #expect(corruption.isOfNewerVersion && corruption.block == 2)
            #expect(corruption.reason.contains("simplex-3"))
        }
    }

    @Test func anotherIsAskedFor() throws {
        let disk = try self.disk(try self.chain.newerBlock(isCertified: false))
        let offline = try OfflineRepair(on: disk, using: HashVerifier())
        var segment = try offline.begin(at: 2)
        let needed = try segment.next()
        #expect(needed?.index == 2)
    }

    private func refusal(of final: FinalBlock) throws -> LedgerCopyError? {
        var copy = try LedgerCopy.open(on: MemoryDisk(), genesis: self.chain.genesis, using: HashVerifier())
        try copy.take(self.chain.blocks[1])
        do throws(LedgerCopyError) {
            try copy.take(final)
            return nil
        } catch {
            return error
        }
    }

    @Test func aCopySaysWhoIsTooOld() throws {
        guard case .newer(2, let reason)? = try self.refusal(of: try self.chain.newerBlock()) else {
            Issue.record("it isn't said to be of a newer version")
            return
        }
        #expect(reason.contains("simplex-3") && reason.contains("newer version"))
    }

    @Test func anUnsignedOneIsNotOfANewerVersion() throws {
        guard case .refused(2, _)? = try self.refusal(of: try self.chain.newerBlock(isCertified: false)) else {
            Issue.record("it isn't refused")
            return
        }
    }
}
