import CairnLedger
import CairnStore
import Testing

/// Every bit of every file, turned over after a clean stop.
@Suite("Bit flips")
struct BitFlipTests {
    private static let parts = 4

    /// What is wrong about how a flip in a log file is noticed. A mask of 0 changes nothing, and must be found out.
    private func logProblems(_ ledger: SmallLedger, _ path: String, _ place: Int, mask: UInt8) throws -> [String] {
        let owner = ledger.owners[path]?[place]
        var bytes = ledger.contents(path)
        bytes[place] ^= mask
        let disk = ledger.with(path, bytes)
        let found = try SmallLedger.verify(disk).failure
        return found?.block == owner && found?.file == path ? [] : ["verify: \(String(describing: found))"]
    }

    /// After opening: an error that names the block, or a ledger in which the block alone is missed.
    private func openingProblems(_ ledger: SmallLedger, _ path: String, _ place: Int, mask: UInt8) -> [String] {
        guard let owner = ledger.owners[path]?[place] else { return ["no block is there"] }
        var bytes = ledger.contents(path)
        bytes[place] ^= mask
        let disk = ledger.with(path, bytes)
        var problems: [String] = []
        do throws(StoreError) {
            let store = try SmallLedger.open(disk).store
            if store.head.hash != ledger.chain.state.headHash { problems.append("the head differs") }
            for final in ledger.chain.blocks {
                do throws(StoreError) {
                    if try store.block(final.block.index) != final { problems.append("\(final.block.index) differs") }
                    if final.block.index == owner { problems.append("the damage was not noticed") }
                } catch {
                    guard case .corrupt(let corruption) = error, corruption.block == owner else {
                        problems.append("\(error)")
                        continue
                    }
                }
            }
        } catch {
            guard case .corrupt(let corruption) = error, corruption.block == owner else { return ["\(error)"] }
        }
        if disk.contents(of: path) != bytes { problems.append("the log was changed") }
        return problems
    }

    @Test("verify names the block of every bit of the log", arguments: 0..<parts)
    func log(part: Int) throws {
        let ledger = try SmallLedger()
        #expect(ledger.logs.count == 2)
        for path in ledger.logs {
            for place in stride(from: part, to: ledger.contents(path).count, by: Self.parts) {
                for bit in 0..<8 {
                    let problems = try self.logProblems(ledger, path, place, mask: 1 << UInt8(bit))
                    #expect(problems.isEmpty, "\(path), byte \(place), bit \(bit)")
                }
            }
        }
    }

    @Test("opening never takes a damaged log for a shorter one", arguments: 0..<parts)
    func opening(part: Int) throws {
        let ledger = try SmallLedger()
        for path in ledger.logs {
            for place in stride(from: part, to: ledger.contents(path).count, by: Self.parts) {
                let problems = self.openingProblems(ledger, path, place, mask: 1 << UInt8(place % 8))
                #expect(problems.isEmpty, "\(path), byte \(place)")
            }
        }
    }

    @Test("without a flip, the checks of this file complain")
    func noFlip() throws {
        let ledger = try SmallLedger()
        let path = ledger.logs[1]
        #expect(try self.logProblems(ledger, path, 100, mask: 0).isEmpty == false)
        #expect(self.openingProblems(ledger, path, 100, mask: 0) == ["the damage was not noticed"])
        #expect(self.derivedProblems(ledger, BlockPlaces.path, 5, mask: 0) == ["no note names the file"])
    }

    /// A damaged seal or derived file is noted, and costs nothing.
    private func derivedProblems(_ ledger: SmallLedger, _ path: String, _ place: Int, mask: UInt8) -> [String] {
        var bytes = ledger.contents(path)
        bytes[place] ^= mask
        let disk = ledger.with(path, bytes)
        do throws(StoreError) {
            let report = try SmallLedger.verify(disk)
            var problems = report.failure.map { ["verify: \($0)"] } ?? []
            if !report.notes.contains(where: { $0.hasPrefix(path) }) { problems.append("no note names the file") }
            let opened = try SmallLedger.open(disk)
            return problems + ledger.check.problems(in: opened.store) + ledger.check.problems(in: opened.chain)
        } catch {
            return ["\(error)"]
        }
    }

    @Test("a bit of a derived file or the seal costs nothing", arguments: 0..<parts)
    func derived(part: Int) throws {
        let ledger = try SmallLedger()
        for path in ledger.derived + [Seal.path] {
            let bytes = ledger.contents(path)
            for place in stride(from: part, to: bytes.count, by: Self.parts) {
                for bit in path == Seal.path ? place % 8..<place % 8 + 1 : 0..<8 {
                    let problems = self.derivedProblems(ledger, path, place, mask: 1 << UInt8(bit))
                    #expect(problems.isEmpty, "\(path), byte \(place), bit \(bit)")
                }
            }
        }
    }

    @Test("without a seal, the marks of later frames tell damage from a crash's traces")
    func marks() throws {
        let ledger = try SmallLedger()
        for path in ledger.logs {
            for (block, range) in ledger.frames(path) where block > 0 {
                for place in stride(from: range.lowerBound, to: range.upperBound, by: 11) {
                    var bytes = ledger.contents(path)
                    bytes[place] ^= 1
                    let disk = ledger.with(path, bytes)
                    try disk.remove(Seal.path)
                    let failure = try SmallLedger.verify(disk).failure
                    if block < SmallLedger.firstUnmarked {
                        #expect(failure?.block == block, "byte \(place)")
                        #expect(throws: StoreError.self, "byte \(place)") { _ = try SmallLedger.open(disk) }
                        #expect(disk.contents(of: path) == bytes)
                    } else {
                        // No frame follows that could know that it was durable.
                        #expect(failure == nil)
                        #expect(try SmallLedger.open(disk).store.head.index == SmallLedger.firstUnmarked.previous())
                    }
                }
            }
        }
    }

    /// Its checksum fits, and the next number would be none.
    @Test("a seal with a number that can't be is damaged", arguments: [.max, .max - 1, .max / 2 + 1] as [UInt64])
    func sealNumber(sequence: UInt64) throws {
        let ledger = try SmallLedger()
        let bytes = ledger.contents(Seal.path)
        let slots = [0, Seal.slotByteCount].compactMap {
            Seal(decoding: bytes.span.bytes.extracting($0..<$0 + Seal.slotByteCount))
        }
        let blocks = try #require(slots.map(\.blocks).max())
        let newest = try #require(slots.first { $0.blocks == blocks })
        let disk = ledger.disk.copy()
        let slot = Int(sequence % 2)
        var changed = bytes
        changed.replaceSubrange(
            slot * Seal.slotByteCount..<(slot + 1) * Seal.slotByteCount,
            with: Seal(
                sequence: sequence, blocks: blocks, lastSegment: 0, end: newest.end, headHash: newest.headHash
            ).encoded())
        disk.setContents(of: Seal.path, to: changed)
        #expect(try Seal.read(from: disk).problems == ["slot \(slot) is damaged"])
        #expect(try SmallLedger.open(disk).store.head.blocks == blocks)
    }

    @Test("no bit of the seal's slots goes unnoticed")
    func seal() throws {
        let bytes = try SmallLedger().contents(Seal.path)
        for slot in 0..<2 {
            let good = Array(bytes[slot * Seal.slotByteCount..<(slot + 1) * Seal.slotByteCount])
            #expect(Seal(decoding: good.span.bytes) != nil)
            for place in good.indices {
                for bit in 0..<8 {
                    var flipped = good
                    flipped[place] ^= 1 << UInt8(bit)
                    #expect(Seal(decoding: flipped.span.bytes) == nil)
                }
            }
        }
    }
}
