import CairnLedger
import CairnStore
import TestSupport
import Testing

@Suite("Founding a directory with its key and journal")
struct FoundingTests {
    private let chain: TestChain

    init() throws {
        self.chain = try TestChain()
    }

    private func hasJournal(_ disk: any Disk, _ key: PublicKey) throws -> Bool {
        switch try Journal.open(on: disk, chain: self.chain.state.chain, key: key) {
        case .usable(_, let entries, _): return entries.isEmpty
        case .unusable: return false
        }
    }

    @Test("a crash at any point leaves what can be founded again, and a key that is new gets its journal")
    func crashes() throws {
        var generator = SplitMix64(seed: 1)
        var change = 0
        var isCrashed = true
        while isCrashed {
            let disk = FaultyDisk(MemoryDisk(), plan: FaultyDisk.Plan(changesUntilCrash: change))
            do throws(StoreError) {
                let key = try UnusedKey.make(on: disk).publicKey
                _ = try LedgerStore.found(on: disk, genesis: self.chain.genesis, key: key, isNewChain: false)
                isCrashed = false
            } catch {}
            let after = disk.memory.afterCrash(using: &generator)
            if try !LedgerStore.exists(on: after) {
                let made = try KeyFile.readIfThere(on: after, path: KeyFile.path)
                let key = try made ?? UnusedKey.make(on: after)
                // The second try may be for another ledger: this one's journal isn't in the way.
                let mayVote = try LedgerStore.found(
                    on: after, genesis: self.chain.genesis, key: key.publicKey, isNewChain: false)
                #expect(mayVote, "change \(change)")
            }
            let key = try KeyFile.read(on: after).publicKey
            #expect(try self.hasJournal(after, key), "change \(change)")
            change += 1
        }
        #expect(change > 10)
    }

    @Test("a key that isn't known to be unused follows a ledger that others have, and founds its own")
    func usedKeys() throws {
        let disk = MemoryDisk()
        let key = try KeyFile.readOrCreate(on: disk).publicKey
        #expect(try LedgerStore.found(on: disk, genesis: self.chain.genesis, key: key, isNewChain: false) == false)
        #expect(try self.hasJournal(disk, key) == false)

        let own = MemoryDisk()
        let other = try KeyFile.readOrCreate(on: own).publicKey
        #expect(try LedgerStore.found(on: own, genesis: self.chain.genesis, key: other, isNewChain: true))
        #expect(try self.hasJournal(own, other))
        #expect(throws: StoreError.ledgerExists(path: Segment.path(firstBlock: 0))) {
            _ = try LedgerStore.found(on: own, genesis: self.chain.genesis, key: other, isNewChain: true)
        }
    }

    @Test("a copy of the mark with another key, or a mark that was used, counts for nothing")
    func marks() throws {
        let disk = MemoryDisk()
        let key = try UnusedKey.make(on: disk).publicKey
        #expect(throws: StoreError.keyExists(path: KeyFile.path)) { _ = try UnusedKey.make(on: disk) }
        #expect(try UnusedKey.isThere(for: key, on: disk))
        #expect(try UnusedKey.isThere(for: PrivateKey().publicKey, on: disk) == false)
        try UnusedKey.use(on: disk)
        try UnusedKey.use(on: disk)
        #expect(try UnusedKey.isThere(for: key, on: disk) == false)
        #expect(try LedgerStore.found(on: disk, genesis: self.chain.genesis, key: key, isNewChain: false) == false)
    }
}
