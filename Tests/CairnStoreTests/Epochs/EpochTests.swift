import CairnHash
import CairnLedger
import CairnStore
import Testing

/// Members that change, in a store that is opened again after every block.
@Suite("Epochs")
struct EpochTests {
    /// From one member to four and back, with other powers, a replaced key and another fault model on the way; every
    /// second block has no certificate of its own.
    private static func chain() throws -> TestChain {
        var chain = try TestChain(isFast: true)
        let sets = [
            try chain.members([(TestChain.founder, 1), (8, 1)]),
            try chain.members([(TestChain.founder, 1), (8, 1), (9, 1), (10, 1)], .bft),
            try chain.members([(TestChain.founder, 3), (8, 1), (9, 1), (10, 1)], .bft),
            try chain.members([(11, 3), (8, 1), (9, 1), (10, 1)], .bft),
            try chain.members([(11, 3), (8, 1), (9, 1), (10, 1)], .majority),
            try chain.members([(10, 5)]),
            try chain.members([(TestChain.founder, 1)]),
        ]
        for (number, set) in sets.enumerated() {
            try chain.grow([["\(number)"]], isCertified: false)
            try chain.grow([["[\(number)]"], ["{}"]], ids: [1: TestChain.id(UInt8(number))])
            try chain.grow(number % 2 == 0 ? [] : [["true"]], change: set)
        }
        try chain.grow([["\"last\""]])
        return chain
    }

    /// Writes the blocks from one on up to the next that has a certificate.
    private static func append(_ chain: TestChain, from first: Int, to writer: inout LedgerWriter) throws -> Int {
        var next = first
        repeat {
            let final = chain.blocks[next]
            try writer.append(final, leafHashes: final.block.entries.leafHashes())
            next += 1
        } while chain.blocks[next - 1].certificate == nil
        _ = try writer.sync()
        return next
    }

    @Test("opening after every block finds the members, with a seal and without", arguments: [true, false])
    func everyBlock(isSealed: Bool) throws {
        let chain = try Self.chain()
        let check = LedgerCheck(chain: chain)
        let disk = MemoryDisk()
        try LedgerStore.create(on: disk, genesis: chain.genesis)
        var next = 1
        while next < chain.blocks.count {
            if !isSealed, next > 1 { try disk.remove(Seal.path) }
            let opened = try SmallLedger.open(disk)
            if isSealed { #expect(opened.repairs.isEmpty) }
            let problems = check.problems(in: opened.store) + check.problems(in: opened.chain)
            #expect(problems.isEmpty, "before block \(next)")
            var writer = opened.takeWriter()
            next = try Self.append(chain, from: next, to: &writer)
            if isSealed { try writer.close() }
        }
        let problems = check.verificationProblems(
            on: disk, blocks: chain.blocks.count...chain.blocks.count, isClosed: isSealed)
        #expect(problems.isEmpty)
    }

    /// A closed ledger of the whole chain.
    private static func ledger(_ chain: TestChain) throws -> MemoryDisk {
        let disk = MemoryDisk()
        try LedgerStore.create(on: disk, genesis: chain.genesis)
        var writer = try SmallLedger.open(disk).takeWriter()
        var next = 1
        while next < chain.blocks.count { next = try Self.append(chain, from: next, to: &writer) }
        try writer.close()
        return disk
    }

    @Test("any part can be verified by itself")
    func parts() throws {
        let chain = try Self.chain()
        let disk = try Self.ledger(chain)
        let store = try SmallLedger.open(disk).store
        for from in 0..<chain.blocks.count {
            for to in from..<chain.blocks.count {
                let options = ValidationOptions(
                    from: BlockIndex(from), to: BlockIndex(to), allCertificates: (from + to) % 2 == 0)
                // Up to the block that makes the last one final.
                let last = chain.blocks[to...].firstIndex { $0.certificate != nil || $0.block.index == 0 }
                let expected = (last ?? to) - from + 1
                for report in [
                    try SmallLedger.verify(disk, options), store.validate(options, progress: { _ in true }),
                ] {
                    #expect(report.failure == nil, "\(from) to \(to)")
                    #expect(report.blocks == UInt64(expected), "\(from) to \(to)")
                }
            }
        }
    }

    @Test("a store finds its way without the file of epochs, and makes it anew")
    func damagedFile() throws {
        let chain = try Self.chain()
        let disk = try Self.ledger(chain)
        let good = try #require(disk.contents(of: EpochFile.path))
        #expect(good.count == 7 * EpochFile.entryByteCount)
        for damage in HealingTests.Damage.allCases {
            let store = try SmallLedger.open(disk).store
            disk.setContents(of: EpochFile.path, to: damage.done(to: good))
            let problems = LedgerCheck(chain: chain).problems(in: store)
            #expect(problems.isEmpty, "\(damage)")
            #expect(disk.contents(of: EpochFile.path)?.prefix(good.count) == good[...], "\(damage)")
            disk.setContents(of: EpochFile.path, to: good)
        }
        for damage in HealingTests.Damage.allCases {
            disk.setContents(of: EpochFile.path, to: damage.done(to: good))
            let notes = try SmallLedger.verify(disk).notes
            #expect(notes.count == 1 && notes[0].hasPrefix(EpochFile.path), "\(damage)")
            let opened = try SmallLedger.open(disk)
            if damage != .longer { #expect(opened.repairs.isEmpty == false, "\(damage)") }
            #expect(disk.contents(of: EpochFile.path) == good)
        }
    }

    @Test("a certificate is good by the settings of its own epoch, however many have followed")
    func olderSettings() throws {
        var chain = try TestChain(isFast: true)
        try chain.grow([["1"]])
        let members = try chain.members([(8, 1), (9, 1), (10, 1), (11, 1)], .bft)
        try chain.grow([["2"]], change: members, agreement: .simplex2)
        try chain.grow([["3"]])
        for number in 0..<3 {
            let next = try chain.members([(UInt8(20 + number), 1), (9, 1), (10, 1), (11, 1)], .bft)
            try chain.grow([["\(4 + number)"]], change: next)
        }
        try chain.grow([["7"]])
        let store = try SmallLedger.open(try Self.ledger(chain)).store
        #expect(chain.blocks.contains { $0.block.header.epoch < 3 && $0.certificate?.kind == .notarise })
        for final in chain.blocks.dropFirst() {
            var certificate = try #require(final.certificate)
            try store.checkCertificate(certificate, of: final.block.header)
            certificate.votes.removeLast()
            #expect(throws: StoreError.self) { try store.checkCertificate(certificate, of: final.block.header) }
        }
    }

    @Test("a ledger from before there were epochs needs no file of them")
    func olderLedger() throws {
        var chain = try TestChain(isFast: true)
        try chain.grow([["1"]])
        let disk = try Self.ledger(chain)
        try disk.remove(EpochFile.path)
        #expect(try SmallLedger.verify(disk).notes == [])
        #expect(try SmallLedger.open(disk).repairs == [])
    }

    @Test("the file of epochs has the form that is written down")
    func format() throws {
        let disk = MemoryDisk()
        try disk.createFolder(BlockLog.folder)
        let file = EpochFile(file: try disk.open(EpochFile.path, .create))
        try file.write(3, of: 0)
        #expect(Hex.encode(disk.contents(of: EpochFile.path) ?? []) == StoredVectors.epochs)
        #expect(try file.lastBlock(of: 0) == 3)
        #expect(try file.lastBlocks(before: 1) == [3])
        #expect(try file.lastBlocks(before: 2) == nil)
        #expect(try file.lastBlock(of: Epoch(rawValue: .max)) == nil)
        #expect(try file.lastBlocks(before: Epoch(rawValue: .max)) == nil)
        // An entry is good at its own place only.
        disk.setContents(
            of: EpochFile.path, to: Array(repeating: 0, count: 12) + (disk.contents(of: EpochFile.path) ?? []))
        #expect(try file.lastBlock(of: 1) == nil)
    }

    @Test("a simulation's signatures are not Ed25519's")
    func verifiers() throws {
        let disk = try Self.ledger(try Self.chain())
        #expect(try LedgerVerifier.verify(on: disk).failure?.block == 3)
        try disk.remove(Seal.path)
        #expect(throws: StoreError.self) { _ = try LedgerStore.open(on: disk) }
    }
}
