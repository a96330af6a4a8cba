import CairnLedger
import CairnStore
import Testing

/// What a validation keeps in memory, whatever the ledger: `bench/validation.py` measures the process.
@Suite("Memory of a validation")
struct ValidationMemoryTests {
    /// What the window of the default settings and the program itself take at most, as measured: while the window's
    /// table grows, the smaller one is there, too.
    private static let windowBytes = 130_000_000

    @Test("items and a full window together stay below 200 MB", arguments: [ValidationLimits(), .device])
    func limits(limits: ValidationLimits) {
        for workers in [1, 2, 16, 1_000] {
            #expect(limits.items(workers: workers) * limits.itemMemoryBytesMax + Self.windowBytes < 200_000_000)
        }
        #expect(limits.items(workers: 1_000) == limits.itemsMax)
    }

    /// One frame an item, hundreds an item, the largest number of the smallest records, and frames of many pieces.
    @Test("no item has more memory than its limits say")
    func items() throws {
        var chain = try TestChain(isFast: true)
        for _ in 0..<40 { try chain.grow([["1"]]) }
        try chain.grow([Array(repeating: "1", count: Limits.blockRecordsMax)])
        for _ in 0..<3 { try chain.grow([["\"" + String(repeating: "x", count: 60_000) + "\""]]) }
        try chain.grow([Array(repeating: "2", count: 5_000)])
        let disk = MemoryDisk()
        try LedgerStore.create(on: disk, genesis: chain.genesis)
        var writer = try LedgerStore.open(on: disk, using: HashVerifier()).takeWriter()
        for final in chain.blocks.dropFirst() {
            try writer.append(final, leafHashes: final.block.entries.leafHashes())
        }
        _ = try writer.sync()
        try writer.close()
        for limits in [
            ValidationLimits(), ValidationLimits(chunkBytes: 5_000, pieceBytes: 1_000, chunkRecords: 64, itemsMax: 3),
        ] {
            var run = try LedgerVerifier.run(on: disk, options: ValidationOptions(workers: 2))
            run.verifier = HashVerifier()
            run.limits = limits
            #expect(run.report { _ in true }.isValid)
            #expect(run.items.count == limits.items(workers: 2) || run.items.count == limits.items(workers: 1))
            #expect(run.items.contains { $0.memoryByteCount > 0 })
            for item in run.items { #expect(item.memoryByteCount <= limits.itemMemoryBytesMax) }
        }
    }
}
