import CairnHash
import CairnLedger
import CairnStore
import TestSupport
import Testing

/// However the work is cut and over however many threads: what is found is what checking block after block finds.
@Suite("Parallel validation")
struct ParallelValidationTests {
    /// A report without its duration.
    struct Finding: Equatable {
        var blocks: UInt64
        var records: UInt64
        var bytes: UInt64
        var failure: Corruption?
        var notes: [String]

        init(_ report: ValidationReport) {
            self.blocks = report.blocks
            self.records = report.records
            self.bytes = report.bytes
            self.failure = report.failure
            self.notes = report.notes
        }
    }

    /// From one frame an item to all in one.
    private static let cuts: [(workers: Int, limits: ValidationLimits)] = [
        (1, ValidationLimits(chunkBytes: 1, pieceBytes: 1)),
        (3, ValidationLimits(chunkBytes: 1_500, pieceBytes: 64, chunkRecords: 8)),
        (2, ValidationLimits(chunkBytes: 9_000, pieceBytes: 1_000)),
        (1, ValidationLimits()),
    ]

    private func sequential(_ disk: MemoryDisk, _ options: ValidationOptions) throws -> Finding {
        var run = try LedgerVerifier.run(on: disk, options: options)
        run.isSequential = true
        return Finding(run.report { _ in true })
    }

    private func parallel(
        _ disk: MemoryDisk, _ options: ValidationOptions, workers: Int, limits: ValidationLimits,
        hasher: OpenCLHasher? = nil, suspectsMax: Int? = nil
    ) throws -> Finding {
        var options = options
        options.workers = workers
        var run = try LedgerVerifier.run(on: disk, options: options)
        run.limits = limits
        run.hasher = hasher
        let finding = Finding(run.report { _ in true })
        // What is gone through twice is right, and slow.
        if let suspectsMax { #expect(run.suspectItems <= suspectsMax) }
        return finding
    }

    @Test("a good ledger is good however it is cut", arguments: [false, true])
    func good(isFinalWithAll: Bool) throws {
        let ledger = try MixedLedger(blocks: 60, seed: 1, isFinalWithAll: isFinalWithAll)
        #expect(ledger.chain.blocks.contains { $0.certificate?.kind == .notarise } == isFinalWithAll)
        for options in [
            ValidationOptions(), ValidationOptions(deep: true, allCertificates: true), ValidationOptions(from: 17),
            ValidationOptions(to: 31), ValidationOptions(from: 9, to: 44, allCertificates: true),
            ValidationOptions(from: 60),
        ] {
            let expected = try self.sequential(ledger.disk, options)
            #expect(expected.failure == nil)
            #expect(expected.notes == [])
            #expect(expected.blocks == (options.to ?? 60).rawValue - options.from.rawValue + 1)
            // A change of members is looked at block after block.
            let suspectsMax = isFinalWithAll && options.from <= 5 ? 1 : 0
            for (workers, limits) in Self.cuts {
                let finding = try self.parallel(
                    ledger.disk, options, workers: workers, limits: limits, suspectsMax: suspectsMax)
                #expect(finding == expected)
            }
        }
    }

    @Test("bytes anywhere, with and without a checksum that fits", arguments: 0..<4)
    func tampering(part: Int) throws {
        let ledger = try MixedLedger(blocks: 50, seed: 2)
        var generator = SplitMix64(seed: UInt64(part))
        let options = ValidationOptions(deep: true, allCertificates: true)
        for path in ledger.logs {
            let size = ledger.disk.contents(of: path)?.count ?? 0
            for round in 0..<24 {
                let disk = try ledger.tampered(
                    path, Int.random(in: 0..<size, using: &generator),
                    mask: 1 << UInt8.random(in: 0..<8, using: &generator),
                    fits: round % 3 > 0)
                let expected = try self.sequential(disk, options)
                #expect(expected.failure != nil || round % 3 > 0)
                for (workers, limits) in Self.cuts {
                    #expect(try self.parallel(disk, options, workers: workers, limits: limits) == expected)
                }
            }
        }
    }

    /// On any device there is: where there is no GPU, a driver for the CPU such as PoCL stands in.
    @Test("a device finds the same", .enabled(if: (try? OpenCLDevice.best()) != nil))
    func device() throws {
        let hasher = try OpenCLDevice.best().open()
        let ledger = try MixedLedger(blocks: 40, seed: 5)
        var generator = SplitMix64(seed: 6)
        let limits = ValidationLimits(chunkBytes: 3_000, chunkRecords: 64, itemsMax: 4)
        let options = ValidationOptions(deep: true)
        var disks = [ledger.disk]
        for path in ledger.logs {
            let size = ledger.disk.contents(of: path)?.count ?? 0
            for round in 0..<12 {
                let place = Int.random(in: 0..<size, using: &generator)
                disks.append(try ledger.tampered(path, place, mask: 4, fits: round % 3 > 0))
            }
        }
        for disk in disks {
            let expected = try self.sequential(disk, options)
            for workers in [1, 3] {
                #expect(
                    try self.parallel(disk, options, workers: workers, limits: limits, hasher: hasher) == expected)
            }
        }
    }

    @Test("of many bad blocks the lowest is named")
    func manyBad() throws {
        let ledger = try MixedLedger(blocks: 50, seed: 3)
        let path = try #require(ledger.logs.first)
        let frames = try ledger.frames(path)
        for lowest in [1, 2, 7, frames.count - 5] {
            var bytes = ledger.disk.contents(of: path) ?? []
            for range in frames[lowest...] { bytes[range.upperBound - 130] ^= 1 }
            let disk = ledger.disk.copy()
            disk.setContents(of: path, to: bytes)
            let expected = try self.sequential(disk, ValidationOptions())
            #expect(expected.failure?.block == BlockIndex(lowest))
            for (workers, limits) in Self.cuts {
                #expect(try self.parallel(disk, ValidationOptions(), workers: workers, limits: limits) == expected)
            }
        }
    }

    @Test("files cut short, lost derived files, and what a crash left")
    func otherFiles() throws {
        let ledger = try MixedLedger(blocks: 40, seed: 4)
        var disks: [MemoryDisk] = []
        for path in ledger.disk.paths {
            let bytes = ledger.disk.contents(of: path) ?? []
            for end in [0, 1, bytes.count / 3, bytes.count - 1] where end >= 0 && end < bytes.count {
                let disk = ledger.disk.copy()
                disk.setContents(of: path, to: Array(bytes[0..<end]))
                disks.append(disk)
            }
            let flipped = ledger.disk.copy()
            flipped.setContents(of: path, to: bytes.map { $0 ^ 0x10 })
            disks.append(flipped)
            let longer = ledger.disk.copy()
            longer.setContents(of: path, to: bytes + Frame.magicBytes + [0, 0])
            disks.append(longer)
        }
        for disk in disks {
            let expected = try self.sequential(disk, ValidationOptions())
            for (workers, limits) in Self.cuts {
                #expect(try self.parallel(disk, ValidationOptions(), workers: workers, limits: limits) == expected)
            }
        }
    }

    /// The tail of a chain that repeats a submission, which its proposer would never make.
    @Test("a repeated submission is found wherever the blocks are cut")
    func repeatedSubmission() throws {
        let id = SubmissionID(client: [], idempotencyKey: [9])
        for distance in [1, 5, 12] {
            var chain = try TestChain(submissionWindow: 1_000)
            try chain.grow([["1"]], ids: [0: id])
            for number in 0..<distance { try chain.grow([["\(number)", "2"]]) }
            let disk = MemoryDisk()
            try LedgerStore.create(on: disk, genesis: chain.genesis)
            var writer = try LedgerStore.open(on: disk).takeWriter()
            let bad = chain.repeating(id)
            for final in chain.blocks.dropFirst() + [bad] {
                try writer.append(final, leafHashes: final.block.entries.leafHashes())
                _ = try writer.sync()
            }
            try writer.close()
            let expected = try self.sequential(disk, ValidationOptions())
            #expect(expected.failure?.block == bad.block.index)
            #expect(expected.failure?.reason.contains("repeats submission") == true)
            for (workers, limits) in Self.cuts {
                #expect(try self.parallel(disk, ValidationOptions(), workers: workers, limits: limits) == expected)
            }
        }
    }

    @Test("progress grows, ends early when it is told to, and says how long the rest takes")
    func progress() throws {
        var chain = try TestChain()
        let text = "\"" + String(repeating: "x", count: 60_000) + "\""
        for _ in 0..<6 { try chain.grow([Array(repeating: text, count: 60)]) }
        let disk = MemoryDisk()
        try LedgerStore.create(on: disk, genesis: chain.genesis)
        var writer = try LedgerStore.open(on: disk).takeWriter()
        for final in chain.blocks.dropFirst() {
            try writer.append(final, leafHashes: final.block.entries.leafHashes())
            _ = try writer.sync()
        }
        try writer.close()
        for workers in [1, 3] {
            var seen: [ValidationProgress] = []
            let options = ValidationOptions(workers: workers)
            let report = try LedgerVerifier.verify(on: disk, options: options) { progress in
                seen.append(progress)
                return true
            }
            #expect(report.isValid)
            #expect(seen.count > 2)
            #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.bytes < $1.bytes && $0.elapsed <= $1.elapsed })
            #expect(seen.allSatisfy { $0.bytes <= $0.bytesTotal && $0.remaining != nil })
            let cancelled = try LedgerVerifier.verify(on: disk, options: options) { _ in false }
            #expect(cancelled.wasCancelled)
            #expect(cancelled.blocks < report.blocks)
        }
    }
}

extension TestChain {
    /// The next block, valid but for a submission that the ledger holds already.
    fileprivate func repeating(_ id: SubmissionID) -> FinalBlock {
        var entries = Entries()
        for text in ["7", "8"] { if let record = try? Record(json: text) { entries.append(record) } }
        let proposed = self.state.tip.makeBlock(
            entries: entries, leafHashes: entries.leafHashes(),
            submissions: SubmissionList([SubmissionList.Item(id: id, offsets: 1..<2)]),
            proposer: self.state.members.members[0].key, now: Timestamp(microseconds: 9_000))
        return FinalBlock(block: proposed.block, certificate: self.certificate(of: proposed.block.header))
    }
}
